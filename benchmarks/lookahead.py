"""What look-ahead costs: memory a second of it, and processor time."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.agent import Agent
from tests.e2e.processes import ffmpeg, wait_for

from .clips import court
from .cost import WARM_UP, of_job
from .report import Part, Result, median
from .sides import agent_for, sink
from .tree import memory, with_children

HELD_SECONDS = 5.0
SETTLE_SECONDS = 3.0
CLIP_SECONDS = 20.0
READ_FPS = 6
"""Few enough for any machine to read 2160p ahead of time; as many are held as a second of 30 has."""

HELD_PICTURES = round(HELD_SECONDS * READ_FPS)


@dataclass(frozen=True)
class Source:
    name: str
    width: int
    height: int
    pixels: str

    def clip(self, folder: Path) -> Path:
        """The match in this form."""
        path = folder / f"{self.width}-{self.pixels}.mp4"
        if not path.exists():
            coder = ["libx265", "-x265-params", "log-level=none"] if "10" in self.pixels else ["libx264"]
            scaled = [
                "-vf",
                f"fps={READ_FPS},scale={self.width}:{self.height}",
                "-pix_fmt",
                self.pixels,
                "-an",
            ]
            command = [ffmpeg(), "-v", "error", "-i", str(court(folder, CLIP_SECONDS)), *scaled]
            subprocess.run([*command, "-c:v", *coder, "-preset", "ultrafast", str(path)], check=True)
        return path

    @property
    def picture_mb(self) -> float:
        """Of yuv420p: those of more bits are converted when they are read."""
        return self.width * self.height * 1.5 / 1e6


SOURCES = (
    Source("1080p, 8 bit (H.264)", 1920, 1080, "yuv420p"),
    Source("1080p, 10 bit (H.265)", 1920, 1080, "yuv420p10le"),
    Source("2160p, 8 bit (H.264)", 3840, 2160, "yuv420p"),
    Source("2160p, 10 bit (H.265)", 3840, 2160, "yuv420p10le"),
)


def measure(folder: Path, *, quick: bool) -> Result:
    sources = SOURCES[:1] if quick else SOURCES
    return Result(
        "lookahead",
        "What look-ahead costs",
        "Memory grows by what the pictures on their way take.",
        (
            "source",
            "job's process without, MB",
            f"with a second at {HELD_PICTURES} fps, MB",
            "difference, MB",
            "the pictures alone, MB",
        ),
        tuple(memory_row(source, folder) for source in sources),
        "Proportional set size of the job's process. A picture of 10 bits is converted to 8 when it is read, "
        "so it is held as one of 8.",
        more=(processor(folder, quick=quick),),
    )


def memory_row(source: Source, folder: Path) -> tuple[str, ...]:
    clip = source.clip(folder)
    without, held = (memory_with(clip, folder, seconds) for seconds in (0.0, HELD_SECONDS))
    alone = HELD_PICTURES * source.picture_mb
    return (source.name, *(f"{value:.0f}" for value in (without, held, held - without, alone)))


def memory_with(clip: Path, folder: Path, seconds: float) -> float:
    """MB of a job's process whose buffer has been full for a while."""
    with sink() as port:
        where = folder / f"lookahead-{clip.stem}-{seconds:g}"
        agent = agent_for(
            where, f"udp://127.0.0.1:{port}?pkt_size=1316", RUNNER_LOOKAHEAD_SECONDS=f"{seconds:g}"
        )
        try:
            job_id = agent.start_ingest(str(clip))
            wait_for("a full buffer", lambda: held_seconds(agent, job_id) >= seconds - 0.3)
            time.sleep(SETTLE_SECONDS)
            (job,) = agent.job_processes()
            used = memory(with_children(job.pid)[:1])
            agent.stop_ingest(job_id)
        finally:
            agent.close()
    return used.pss / 1e6


def held_seconds(agent: Agent, job_id: str) -> float:
    status = agent.status(job_id)
    return (status["pts"] or 0.0) - (status["pts_out"] or 0.0) if status["pts_out"] else -1.0


def processor(folder: Path, *, quick: bool) -> Part:
    seconds, pairs = (8.0, 2) if quick else (20.0, 5)
    clip = court(folder, seconds + 4 * WARM_UP)
    without, with_it = [], []
    for pair in range(pairs):
        without.append(of_job(clip, folder / f"without{pair}", seconds, RUNNER_LOOKAHEAD_SECONDS="0"))
        with_it.append(of_job(clip, folder / f"with{pair}", seconds, RUNNER_LOOKAHEAD_SECONDS="1"))
    ratios = [later / now for later, now in zip(with_it, without, strict=True)]
    rows = (("without", without), ("with 1 s", with_it))
    return Part(
        "Processor time",
        f"One second of look-ahead takes **{median(ratios):.3f}** times the processor time of none "
        f"({min(ratios):.3f} to {max(ratios):.3f} in {pairs} alternating pairs).",
        ("look-ahead", "CPU ms a frame, each run", "median"),
        tuple(
            (name, ", ".join(f"{value:.1f}" for value in each), f"{median(each):.1f}") for name, each in rows
        ),
        "The same job as under CPU of one job; each with the policy that `auto` takes for it.",
    )
