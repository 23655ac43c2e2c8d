"""From the call of `ptz/update` to the first picture that shows it."""

import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import av
import av.error
import cv2
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from tests.e2e.agent import Agent
from tests.e2e.previews import PreviewViewer
from tests.e2e.processes import wait_for
from tests.media.watch import plane
from tests.ports import free_port

from .clips import texture
from .report import Result, median, p95
from .sides import agent_for

Small = npt.NDArray[np.float32]
PLACES = (0.4, 0.6)
ZOOM = 1.5
SETTLE_SECONDS = 2.0


class Screen:
    """The newest pictures that came, each with the moment of its coming."""

    def __init__(self) -> None:
        self.pictures: deque[tuple[float, Small]] = deque(maxlen=600)

    def show(self, luma: npt.NDArray[np.uint8]) -> None:
        small = cv2.resize(luma, (80, 45), interpolation=cv2.INTER_AREA).astype(np.float32)
        self.pictures.append((time.monotonic(), small))

    def first_like(self, new: Small, old: Small, since: float) -> float | None:
        """When the first picture came that is more like `new` than like `old`."""
        for at, picture in list(self.pictures):
            if at > since and np.abs(picture - new).mean() < np.abs(picture - old).mean():
                return at
        return None


def measure(folder: Path, *, quick: bool) -> Result:
    runs = 4 if quick else 40
    clip = texture(folder)
    program = run_with(clip, folder / "latency-program", runs, program_screen)
    preview = run_with(clip, folder / "latency-preview", runs, preview_screen)
    rows = (
        ("picture leaves the crop (an MJPEG viewer of the program)", preview),
        ("picture decoded from the published program", program),
    )
    return Result(
        "latency",
        "From PTZ call to pixel",
        f"Median **{1000 * median(preview):.0f} ms** to the cropped picture, "
        f"**{1000 * median(program):.0f} ms** to the decoded program.",
        ("until", "median, ms", "p95, ms", "most"),
        tuple(
            (name, *(f"{1000 * value:.0f}" for value in (median(times), p95(times), max(times))))
            for name, times in rows
        ),
        f"{runs} calls each, 720p30 balanced, policy `deadband` (a jump, so that the first changed picture "
        "is plain to see), look-ahead 1 s: that delays what the camera saw, not where the crop looks at it. "
        "The second figure holds x264's own delay and the decoder's; a real viewer's server and player add "
        "theirs.",
    )


class ProgramScreen(Screen):
    """Decodes the program as it comes."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(port,), name="screen", daemon=True)
        self._thread.start()

    def _watch(self, port: int) -> None:
        options = {"fflags": "nobuffer", "analyzeduration": "500000", "fifo_size": "100000"}
        with av.open(f"udp://127.0.0.1:{port}", "r", options=options, timeout=30) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            for packet in container.demux(stream):
                for frame in _decoded(packet):
                    self.show(plane(frame, 0))
                if self._stop.is_set():
                    return

    def close(self) -> None:
        self._stop.set()
        self._thread.join(10)


def _decoded(packet: "av.Packet[VideoStream]") -> list[VideoFrame]:
    """Nothing, where the program was joined between two key frames."""
    try:
        return [frame for frame in packet.decode() if isinstance(frame, VideoFrame)]
    except av.error.InvalidDataError:
        return []


class PreviewScreen(Screen):
    """Reads the MJPEG of the program."""

    def __init__(self, agent: Agent, job_id: str) -> None:
        super().__init__()
        url = f"{agent.base_url}/runner/preview/stream/{job_id}"
        self._viewer = PreviewViewer(url, {"Authorization": agent.client.headers["authorization"]})
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="screen", daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.is_set():
            for part in self._viewer.wait_parts(1):
                self.show(part.luma())

    def close(self) -> None:
        self._stop.set()
        self._thread.join(30)
        self._viewer.close()


def program_screen(_agent: Agent, _job_id: str, port: int) -> ProgramScreen:
    return ProgramScreen(port)


def preview_screen(agent: Agent, job_id: str, _port: int) -> PreviewScreen:
    return PreviewScreen(agent, job_id)


Opener = Callable[[Agent, str, int], ProgramScreen | PreviewScreen]


def run_with(clip: Path, folder: Path, runs: int, opener: Opener) -> list[float]:
    port = free_port(socket.SOCK_DGRAM)
    settings = {"RUNNER_SMOOTHING_POLICY": "deadband", "PREVIEW_MJPEG_FPS": "30"}
    agent = agent_for(folder, f"udp://127.0.0.1:{port}?pkt_size=1316", **settings)
    times: list[float] = []
    try:
        while len(times) < runs:
            times += one_clip(agent, clip, port, opener, runs - len(times))
    finally:
        agent.close()
    return times


def one_clip(agent: Agent, clip: Path, port: int, opener: Opener, runs: int) -> list[float]:
    """As many calls as are asked for and the clip has room for."""
    job_id = agent.start_ingest(str(clip))
    agent.wait_streaming(job_id)
    screen = opener(agent, job_id, port)
    try:
        wait_for("pictures", lambda: len(screen.pictures) > 10)
        likeness = [at_rest(agent, job_id, screen, x) for x in PLACES]
        at_rest(agent, job_id, screen, PLACES[0])
        return [call(agent, job_id, screen, likeness, turn) for turn in range(min(runs, 14))]
    finally:
        screen.close()
        agent.stop_ingest(job_id)


def at_rest(agent: Agent, job_id: str, screen: Screen, x: float) -> Small:
    """The picture of a place, once the camera has stood there for a while."""
    agent.ptz(job_id, x, zoom=ZOOM)
    time.sleep(SETTLE_SECONDS)
    return screen.pictures[-1][1]


def call(agent: Agent, job_id: str, screen: Screen, likeness: list[Small], turn: int) -> float:
    """Seconds from one call to the first picture of the other place."""
    goal = 1 - turn % 2
    began = time.monotonic()
    answer = agent.ptz(job_id, PLACES[goal], zoom=ZOOM)
    assert answer["applied"], answer
    seen = wait_for(
        "the moved picture", lambda: screen.first_like(likeness[goal], likeness[1 - goal], began), 15
    )
    # A little off the beat of the frames, so that the calls fall anywhere within one.
    time.sleep(SETTLE_SECONDS / 2 + 0.0137 * (turn % 7))
    return seen - began
