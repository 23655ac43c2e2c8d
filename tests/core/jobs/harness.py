"""What the engine's tests share: quick timing, a stand-in for the job's process, waiting for conditions."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from virtualptz.camera.choice import policy_for
from virtualptz.camera.policies.spring import Spring, SpringOptions
from virtualptz.errors import ConfigError, PluginError
from virtualptz.jobs.children.processes import Family
from virtualptz.jobs.engine import JobEngine
from virtualptz.jobs.paths import JobPaths
from virtualptz.jobs.status import JobStatus
from virtualptz.jobs.supervision.timing import Timing
from virtualptz.model import JobOutcome, JobRef, MediaInfo, TrackingUpdate
from virtualptz.protocols import MediaBackend, SmoothingPolicy
from virtualptz.settings import Settings
from virtualptz.testing.media import ScriptedBackend
from virtualptz.wire.view import ViewValue

STAND_IN = (sys.executable, "-P", str(Path(__file__).with_name("stand_in.py")))
STAND_IN_WORKER = (sys.executable, "-P", str(Path(__file__).with_name("stand_in_worker.py")))
QUICK = Timing(
    tick=0.1,
    silence=3.0,
    adoption=4.0,
    drain=1.0,
    deaf=0.8,
    terminate=0.5,
    abort=0.3,
    file_remains=0.5,
    live_remains=0.3,
    spare=0.1,
    first_update=5.0,
    catch_up=0.2,
    unusable=0.5,
    upkeep=0.1,
    job_appetite=0.2,
)
DETECTORS = ("keen", "plain")
POLICIES = sorted({policy_for("auto", 0), policy_for("auto", 1), "glide"})
PATIENT = replace(QUICK, silence=20.0, adoption=20.0)
"""For tests in which no process hangs, and many start at once on a busy machine."""
DEADLINE = 30.0
VIEW = ViewValue(center_x=0.25, center_y=0.75, zoom=2.0)


async def until(condition: Callable[[], object], what: str) -> None:
    """Poll until `condition` is true; fails after the deadline."""
    deadline = asyncio.get_running_loop().time() + DEADLINE
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"never happened: {what}"
        await asyncio.sleep(0.02)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


class Recorder:
    """The plug-ins of a test: an observer that remembers, two policies and two detectors by name."""

    def __init__(self) -> None:
        self.started: list[tuple[JobRef, MediaInfo]] = []
        self.stopped: list[tuple[JobRef, JobOutcome]] = []
        self.updates: list[tuple[JobRef, TrackingUpdate]] = []

    def smoothing_policy(self, name: str, *, lookahead: float | None = None) -> SmoothingPolicy:
        if name not in POLICIES:
            raise PluginError(f"there is no smoothing policy {name!r}; there are: {', '.join(POLICIES)}")
        return Spring(SpringOptions())

    def media_backend(self, name: str) -> MediaBackend:
        if name != "ffmpeg":
            raise PluginError(f"there is no media backend {name!r}")
        return ScriptedBackend()

    def live_source(self, name: str) -> str:
        if name not in (*DETECTORS, "auto"):
            raise ConfigError(f"there is no tracking source {name!r}; there are: {', '.join(DETECTORS)}")
        return DETECTORS[0] if name == "auto" else name

    def job_started(self, job: JobRef, media: MediaInfo) -> None:
        self.started.append((job, media))

    def job_stopped(self, job: JobRef, outcome: JobOutcome) -> None:
        self.stopped.append((job, outcome))

    def tracking_updated(self, job: JobRef, update: TrackingUpdate) -> None:
        self.updates.append((job, update))


def source(behaviour: str, camera: str = "camera") -> str:
    """A source at which the stand-in behaves as asked (see there)."""
    return f"rtsp://user:secret-pass@{camera}/{behaviour}"


def settings_for(state_dir: Path, **more: object) -> Settings:
    usual = {"state_dir": state_dir, "spare_process": False, "pass_environment": "STAND_IN_*"}
    return Settings(**usual | more)  # type: ignore[arg-type]


def new_engine(settings: Settings, recorder: Recorder | None = None, timing: Timing = QUICK) -> JobEngine:
    return JobEngine(
        settings,
        recorder or Recorder(),
        timing=timing,
        job_command=STAND_IN,
        worker_command=STAND_IN_WORKER,
    )


class Folder:
    """A job's folder, as a test looks into it."""

    def __init__(self, state_dir: Path, job_id: str) -> None:
        self.job_id = job_id
        self.paths = JobPaths.of(state_dir, job_id)

    @property
    def journal(self) -> list[tuple[int, str]]:
        """What its processes noted, each with its pid."""
        try:
            lines = (self.paths.folder / "journal").read_text().splitlines()
        except FileNotFoundError:
            return []
        return [(int(line.partition(" ")[0]), line.partition(" ")[2]) for line in lines]

    @property
    def starts(self) -> list[int]:
        return [pid for pid, text in self.journal if text.startswith("started")]

    def noted(self, start: str) -> list[str]:
        return [text for _, text in self.journal if text.startswith(start)]

    @property
    def living(self) -> list[int]:
        sessions: set[int | None] = {None, *self.starts}
        return sorted({pid for session in sessions for pid in Family(self.job_id, session).members()})


def command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


async def ingest(engine: JobEngine, behaviour: str = "normal", **more: str) -> str:
    job = await engine.start_ingest(
        session_id=more.get("session_id", "match"), source=source(behaviour), profile="balanced"
    )
    return job.job_id


async def preview(engine: JobEngine, behaviour: str = "normal") -> str:
    job = await engine.start_preview(source=source(behaviour), fps=20, scale="320:-1", q=8, view=VIEW)
    return job.job_id


def live(engine: JobEngine, job_id: str) -> bool:
    return engine.status(job_id).phase == "streaming"


async def until_live(engine: JobEngine, job_id: str) -> JobStatus:
    await until(lambda: live(engine, job_id), f"{job_id} streams")
    return engine.status(job_id)
