"""A media backend without media: pictures are small arrays, sources play a script, sinks remember.

For tests of what stands on top of `MediaBackend`; a real backend has its own contract.
"""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from ..errors import MediaError
from ..model import AudioInfo, CropShape, MediaInfo, OutputSpec, SourceOptions, VideoInfo, View
from ..protocols import AudioPacket, BgrArray, Luma, Picture, Samples, SinkStats


@dataclass(frozen=True)
class ScriptedPicture:
    """A picture that remembers by which view it was rendered."""

    pts: float
    width: int = 64
    height: int = 36
    view: View | None = None
    origin: float | None = None
    """The time stamp of the picture that this one was rendered from."""

    @property
    def nbytes(self) -> int:
        return self.width * self.height * 3 // 2

    @property
    def key(self) -> bool:
        return True

    def luma(self, columns: int, rows: int) -> Luma:
        return np.full((rows, columns), round(self.pts * 1000) % 256, np.uint8)

    def render(self, view: View, shape: CropShape, width: int, height: int) -> "ScriptedPicture":  # noqa: ARG002
        return ScriptedPicture(self.pts, width, height, view, self.pts)

    def to_array(self, width: int, height: int) -> BgrArray:
        return np.zeros((height, width, 3), np.uint8)

    def to_jpeg(self, width: int, height: int, quality: int) -> bytes:
        return f"jpeg {width}x{height} q{quality} pts={self.pts:.3f}".encode()


@dataclass(frozen=True)
class ScriptedSound:
    pts: float
    duration: float = 0.02


@dataclass(frozen=True)
class Wait:
    """In a script: deliver nothing until the event is set."""

    until: threading.Event


Step = ScriptedPicture | ScriptedSound | MediaError | Wait
Script = Sequence[Step]

MEDIA = MediaInfo(VideoInfo("scripted", 64, 36, Fraction(30)), AudioInfo("scripted", 48000, 2))


def pictures(first: int, count: int, rate: float = 30.0) -> list[Step]:
    """`count` pictures whose time stamps begin at picture number `first`."""
    return [ScriptedPicture(number / rate) for number in range(first, first + count)]


class ScriptedSource:
    """One connection that plays its script: items are delivered, errors raised; the end of it is the end."""

    def __init__(self, info: MediaInfo, script: Iterable[Step]) -> None:
        self.info = info
        self.closed = threading.Event()
        self._steps = deque(script)

    def read(self) -> Picture | AudioPacket | None:
        while self._steps and not self.closed.is_set():
            step = self._steps.popleft()
            if isinstance(step, MediaError):
                raise step
            if not isinstance(step, Wait):
                return step
            while not step.until.wait(0.01) and not self.closed.is_set():
                pass
        return None

    def close(self) -> None:
        self.closed.set()


@dataclass
class RecordingSink:
    """Remembers every item with its stream time."""

    target: str
    output: OutputSpec
    like: MediaInfo
    items: list[tuple[Picture | AudioPacket, float]] = field(default_factory=list)
    closed: bool = False

    def write(self, item: Picture | AudioPacket, pts: float) -> None:
        if self.closed:
            raise MediaError("written after close", retryable=False)
        self.items.append((item, pts))

    @property
    def pictures(self) -> list[tuple[ScriptedPicture, float]]:
        return [(item, pts) for item, pts in list(self.items) if isinstance(item, ScriptedPicture)]

    @property
    def stats(self) -> SinkStats:
        return SinkStats(frames_encoded=len(self.pictures), target=self.target)

    def close(self) -> None:
        self.closed = True


class ScriptedBackend:
    """Plays one script a connection, then ends; an error in place of a script refuses the connection."""

    def __init__(self, *connections: Script | MediaError, info: MediaInfo = MEDIA) -> None:
        self._connections = deque(connections)
        self._info = info
        self.opened: list[SourceOptions] = []
        self.sinks: list[RecordingSink] = []

    def probe(self, source: str, timeout: float) -> MediaInfo:  # noqa: ARG002
        return self._info

    def open_source(self, source: str, options: SourceOptions) -> ScriptedSource:  # noqa: ARG002
        self.opened.append(options)
        if not self._connections:
            raise MediaError("the script is over", retryable=False)
        script = self._connections.popleft()
        if isinstance(script, MediaError):
            raise script
        return ScriptedSource(self._info, script)

    def open_sink(self, target: str, output: OutputSpec, like: MediaInfo) -> RecordingSink:
        sink = RecordingSink(target, output, like)
        self.sinks.append(sink)
        return sink

    def picture(self, array: BgrArray, pts: float) -> ScriptedPicture:
        return ScriptedPicture(pts, array.shape[1], array.shape[0])

    def audio(self, samples: Samples, sample_rate: int, pts: float) -> ScriptedSound:
        return ScriptedSound(pts, samples.shape[1] / sample_rate)
