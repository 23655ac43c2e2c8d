"""The two sides of a comparison: a job of the agent, and a bare program that does only the picture work."""

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.e2e.agent import API_KEY, Agent
from tests.e2e.previews import PreviewViewer
from tests.e2e.processes import Peer, ffmpeg, peer
from tests.ports import free_port

from virtualptz.client import RunnerClient
from virtualptz.model import FrameRequest
from virtualptz.tracking.worker.feed import FrameFeed

from .plain_loop import PERIOD, SIZE, SWING, X264_PARAMS, ZOOM

X264 = [
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-g", "60", "-pix_fmt", "yuv420p"),
    *("-x264-params", X264_PARAMS),
]
"""The agent's own settings for `balanced`; the number of threads is left to FFmpeg."""
DETECTOR_FPS, DETECTOR_WIDTH = 10, 640


@contextmanager
def sink() -> Iterator[int]:
    """A UDP port that takes all that comes, so that nobody is answered `port unreachable`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        stop = threading.Event()
        receiver.settimeout(0.2)

        def drain() -> None:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    receiver.recv(65536)

        thread = threading.Thread(target=drain, name="sink", daemon=True)
        thread.start()
        try:
            yield int(receiver.getsockname()[1])
        finally:
            stop.set()
            thread.join(5)


class Swinger(threading.Thread):
    """Moves a job's camera as the bare command's crop expression moves."""

    def __init__(self, agent: Agent, job_id: str) -> None:
        super().__init__(name="swinger", daemon=True)
        self._agent, self._job_id = agent, job_id
        self._ended = threading.Event()
        self._left = True

    def run(self) -> None:
        while not self._ended.wait(PERIOD / 2):
            self._left = not self._left
            self._agent.ptz(self._job_id, 0.5 + (-SWING if self._left else SWING), zoom=ZOOM)

    def stop(self) -> None:
        self._ended.set()
        self.join(10)


class SharedFrames(threading.Thread):
    """Takes a detector's pictures as a worker on the job's own machine does: out of shared memory."""

    def __init__(self, agent: Agent, job_id: str) -> None:
        super().__init__(name="shared frames", daemon=True)
        self._client = RunnerClient(agent.base_url, API_KEY)
        assert self._client.is_local
        self._feed = FrameFeed(self._client, job_id, FrameRequest(DETECTOR_FPS, DETECTOR_WIDTH))
        self._came = threading.Semaphore(0)
        self.start()

    def run(self) -> None:
        for _ in self._feed:
            self._came.release()

    def wait_parts(self, count: int) -> None:
        for _ in range(count):
            assert self._came.acquire(timeout=30), "no picture came through shared memory"

    def close(self) -> None:
        self._feed.close()
        self.join(10)
        self._client.close()


@contextmanager
def served_job(
    agent: Agent, source: Path, session_id: str = "bench", *, shared: bool = False
) -> Iterator[str]:
    """A balanced job with a moving crop, one preview viewer, and frames for a detector at 10 fps.

    `shared`: the detector's come through shared memory, else as JPEGs.
    """
    job_id = agent.start_ingest(str(source), session_id)
    agent.wait_streaming(job_id)
    headers = {"Authorization": agent.client.headers["authorization"]}
    frames = f"{agent.base_url}/runner/job/frames/{job_id}?fps={DETECTOR_FPS}&width={DETECTOR_WIDTH}"
    viewers: list[PreviewViewer | SharedFrames] = [
        PreviewViewer(f"{agent.base_url}/runner/preview/stream/{job_id}", headers),
        SharedFrames(agent, job_id) if shared else PreviewViewer(frames, headers),
    ]
    agent.ptz(job_id, 0.5 - SWING, zoom=ZOOM)
    swinger = Swinger(agent, job_id)
    swinger.start()
    try:
        for viewer in viewers:
            viewer.wait_parts(3)
        yield job_id
    finally:
        swinger.stop()
        for viewer in viewers:
            viewer.close()
        agent.stop_ingest(job_id)


def frames_out(agent: Agent, job_id: str) -> int:
    """Pictures that a job has published."""
    return int(agent.status(job_id)["frames_out"])


def agent_for(folder: Path, output: str, **settings: str) -> Agent:
    """An agent at the contract's output size."""
    folder.mkdir(parents=True, exist_ok=True)
    size = {"RUNNER_OUTPUT_WIDTH": str(SIZE[0]), "RUNNER_OUTPUT_HEIGHT": str(SIZE[1])}
    return Agent(folder, size | {"RUNNER_INGEST_OUTPUT_URI": output} | settings).start()


def bare_command(source: Path, port: int, progress: Path) -> list[str]:
    """ffmpeg: decode, moving crop, scale, encode, at the pace of the clip."""
    width, height = f"iw/{ZOOM}", f"ih/{ZOOM}"
    x = f"(iw-ow)/2+iw*{SWING}*sin(2*PI*t/{PERIOD})"
    picture = f"crop=w={width}:h={height}:x='{x}':y='(ih-oh)/2',scale={SIZE[0]}:{SIZE[1]}"
    quiet = ["-hide_banner", "-nostdin", "-loglevel", "error", "-progress", str(progress)]
    start = [ffmpeg(), *quiet, "-re", "-i", str(source), "-vf", picture, *X264, "-c:a", "copy"]
    return [*start, "-f", "mpegts", f"udp://127.0.0.1:{port}?pkt_size=1316"]


def loop_command(source: Path, port: int, progress: Path) -> list[str]:
    """The same in a plain PyAV loop: the same FFmpeg libraries as the agent's."""
    script = Path(__file__).with_name("plain_loop.py")
    return [sys.executable, str(script), str(source), f"udp://127.0.0.1:{port}?pkt_size=1316", str(progress)]


def frames_done(progress: Path) -> int:
    """The newest `frame=` of a progress file."""
    if not progress.exists():
        return 0
    found = [line for line in progress.read_text().splitlines() if line.startswith("frame=")]
    return int(found[-1].partition("=")[2]) if found else 0


@contextmanager
def bare_jobs(commands: list[list[str]], folder: Path) -> Iterator[list[Peer]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(peer(command, folder / f"bare-{time.monotonic_ns()}-{index}.log"))
            for index, command in enumerate(commands)
        ]


def output_port() -> int:
    return free_port(socket.SOCK_DGRAM)
