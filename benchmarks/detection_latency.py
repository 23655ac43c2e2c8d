"""How long after a picture has come its tracking update is with the agent, and the camera knows of it."""

import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.agent import API_KEY, Agent
from tests.e2e.processes import ffmpeg
from tests.ports import free_port

from virtualptz.client import RunnerClient
from virtualptz.model import FrameRequest
from virtualptz.tracking.worker.feed import FrameFeed

from .detection_yolo import GYM, MODEL
from .report import Part, median, p95
from .sides import agent_for

FPS = 10
POLL_SECONDS = 0.004
SETTLE_SECONDS = 12.0
"""Loading a network, and learning what a background is."""
LOOKAHEAD_SECONDS = 1.0


def measure(*, quick: bool) -> Part:
    seconds = 10.0 if quick else 60.0
    rows = []
    for detector, options in (("motion", {}), ("yolo", {"RUNNER_PLUGIN_YOLO_MODEL": str(MODEL)})):
        late = delays(detector, options, seconds)
        in_time = sum(one < LOOKAHEAD_SECONDS for one in late) / len(late)
        figures = (f"{median(late) * 1e3:.0f}", f"{p95(late) * 1e3:.0f}", f"{max(late) * 1e3:.0f}")
        rows.append((detector, *figures, f"{len(late) / seconds:.1f}", f"{in_time:.1%}"))
    return Part(
        title="From a picture to its tracking update",
        claim="",
        head=(
            "detector",
            "median, ms",
            "p95, ms",
            "most, ms",
            "updates a second",
            "in time for its own picture",
        ),
        rows=tuple(rows),
        notes=(
            f"The basketball clip, 640x360, live over UDP, {FPS} pictures a second asked for; job, agent, "
            "worker and this clock share the machine. The clock runs from when the picture reaches another "
            "reader of the same feed until `tracking/status` shows the update that was measured on it; the "
            "camera uses it from the next picture on (a 30th of a second, and the crop's time as under "
            "`latency`). In time: the update is there before the picture itself leaves, 1 s after it came."
        ),
    )


def delays(detector: str, options: dict[str, str], seconds: float) -> list[float]:
    """Seconds from picture to update, of each update that was seen within so long."""
    with tempfile.TemporaryDirectory(prefix="vptz-bench-") as folder, sent(GYM) as uri:
        agent = agent_for(Path(folder) / "agent", "", RUNNER_DETECTOR=detector, **options)
        try:
            job_id = agent.start_ingest(uri)
            agent.wait_streaming(job_id)
            return _watched(agent, job_id, seconds)
        finally:
            agent.close()


def _watched(agent: Agent, job_id: str, seconds: float) -> list[float]:
    came: dict[float, float] = {}
    known: dict[float, float] = {}
    with RunnerClient(agent.base_url, API_KEY) as client:
        feed = FrameFeed(client, job_id, FrameRequest(FPS, 64))

        def read() -> None:
            for frame in feed:
                came[round(frame.pts, 4)] = time.monotonic()

        reader = threading.Thread(target=read, name="pictures", daemon=True)
        reader.start()
        begins = time.monotonic() + SETTLE_SECONDS
        while (now := time.monotonic()) < begins + seconds:
            pts = agent.post("/runner/tracking/status", {"job_id": job_id}).get("frame_pts")
            if pts is not None and now > begins:
                known.setdefault(round(pts, 4), time.monotonic())
            time.sleep(POLL_SECONDS)
        feed.close()
        reader.join(timeout=2)
    return [at - came[pts] for pts, at in list(known.items())[1:] if pts in came]


@contextmanager
def sent(clip: Path) -> Iterator[str]:
    """The clip over and over, as a camera would send it."""
    target = f"udp://127.0.0.1:{free_port()}"
    command = [*(ffmpeg(), "-v", "error", "-re", "-stream_loop", "-1", "-i", str(clip)), "-an"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "30", "-f", "mpegts"]
    with subprocess.Popen([*command, *coded, f"{target}?pkt_size=1316"]) as sender:
        try:
            yield target
        finally:
            sender.kill()
