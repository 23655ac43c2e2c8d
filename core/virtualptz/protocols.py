"""What a plug-in implements. Structural types: a plug-in needs no base class of ours."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from .model import (
    STILL,
    CropShape,
    Edges,
    FilmPart,
    FrameRequest,
    Histogram,
    MediaInfo,
    OutputSpec,
    PublishReport,
    Sample,
    SoundFrom,
    SourceOptions,
    Speed,
    TrackingUpdate,
    View,
)

BgrArray = npt.NDArray[np.uint8]
"""Height x width x 3, blue-green-red, full range."""
Luma = npt.NDArray[np.uint8]
"""Rows x columns."""
Samples = npt.NDArray[np.float32]
"""Channels x samples, -1..1."""


@runtime_checkable
class Picture(Protocol):
    """A decoded picture in its backend's own memory (CPU or GPU). Immutable; any thread may read it."""

    @property
    def pts(self) -> float:
        """Seconds on the connection's own clock, as the source stamped it."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    def render(self, view: View, shape: CropShape, width: int, height: int) -> "Picture":
        """The crop that `view` names, sub-pixel, scaled to width x height. `view` lies inside `shape`."""

    @property
    def nbytes(self) -> int:
        """Memory that it holds: a job with look-ahead keeps seconds of pictures."""

    def to_array(self, width: int, height: int) -> BgrArray: ...

    def to_jpeg(self, width: int, height: int, quality: int) -> bytes:
        """A JPEG of the whole picture. `quality` is FFmpeg's `-q:v`: 2 (best) to 31."""


@runtime_checkable
class SampledPicture(Protocol):
    """What a source's picture has besides, where the job is to tell of a camera that hangs."""

    @property
    def key(self) -> bool:
        """Whether it was coded as a whole; True where each of them is, or nothing is coded."""

    def luma(self, columns: int, rows: int) -> Luma:
        """Brightness at points spread evenly, at most rows x columns: single pixels, no means of several.
        They are the same ones in all pictures of one size."""


@runtime_checkable
class AudioPacket(Protocol):
    """A piece of sound in its backend's own form, coded or not."""

    @property
    def pts(self) -> float:
        """Seconds on the same clock as the pictures of its source."""

    @property
    def duration(self) -> float: ...


class MediaSource(Protocol):
    """One connection to a source. Read by one thread; `close()` may come from another."""

    @property
    def info(self) -> MediaInfo: ...

    def read(self) -> Picture | AudioPacket | None:
        """The next item in decoding order; None at the end. Raises MediaError, also past its time-out."""

    def close(self) -> None:
        """Free everything; a `read()` under way ends soon with None or MediaError. Safe to call twice."""


@dataclass(frozen=True, slots=True)
class SinkStats:
    """Counts since the sink was opened."""

    frames_encoded: int = 0
    packets_dropped: int = 0
    """Coded packets that found no room because the far side was away or slow."""
    publisher_restarts: int = 0
    bytes_written: int = 0
    last_error: str | None = None
    publish: PublishReport | None = None
    """None: nothing is published (the program is thrown away, or written by the sink itself)."""
    target: str = ""
    """Where it really writes, credentials removed (a file that existed already gets a new number)."""
    bytes_acknowledged: int | None = None
    """By the server that is published to; None: that is not known of it."""
    took_out: Histogram | None = None
    """What each picture took from the encoder until the publisher had it; None: nothing is published."""


class MediaSink(Protocol):
    """One program output. `write()` comes from one thread and never blocks on the far side."""

    def write(self, item: Picture | AudioPacket, pts: float) -> None:
        """Take the item for stream time `pts`, which is later than that of the last item of its kind.

        Raises MediaError only where the sink cannot go on (encoder gone, disk refused); an unreachable
        server is the sink's own business: it retries and counts what it had to drop.
        """

    @property
    def stats(self) -> SinkStats: ...

    def close(self) -> None:
        """Flush what can be flushed within a few seconds, then end everything. Safe to call twice."""


class MediaBackend(Protocol):
    def probe(self, source: str, timeout: float) -> MediaInfo:
        """Look at a source. Raises MediaTimeoutError after `timeout` seconds, else MediaError."""

    def open_source(self, source: str, options: SourceOptions) -> MediaSource: ...

    def open_sink(self, target: str, output: OutputSpec, like: MediaInfo) -> MediaSink:
        """Open the program's output; an empty target encodes and throws away. `like` is the source's info:
        its frame rate is the output's, and its audio (None: no sound) is carried through."""

    def picture(self, array: BgrArray, pts: float) -> Picture:
        """A picture of drawn pixels."""

    def audio(self, samples: Samples, sample_rate: int, pts: float) -> AudioPacket:
        """A packet of synthetic sound, to be coded by this backend's sinks."""


@runtime_checkable
class FilmJoiner(Protocol):
    """What a media backend has besides, where `virtualptz render` can use it."""

    def join(
        self,
        parts: Sequence[FilmPart],
        sound: SoundFrom | None,
        target: str,
        progress: Callable[[float], None],
    ) -> None:
        """One film of its parts, which are copied as they are, in `target`, a file that is not there yet.

        It begins at 0 with the first part's first picture; the sound is copied where it can be, else coded
        anew. `progress` is told how many seconds are done. Raises MediaError.
        """


class SmoothingPolicy(Protocol):
    """Turns wanted views into camera motion. Pure: no clock, no I/O; the same inputs give the same path.

    An option named `lookahead` among its extension's options is set to the job's look-ahead, in seconds.
    """

    @property
    def lookahead(self) -> float:
        """Seconds of the future that it can use; 0 is causal."""

    def reset(self, view: View, at: float, speed: Speed = STILL) -> None:
        """Start anew at `view` at stream time `at`, moving with `speed`: a camera in mid-pan goes on."""

    def step(self, at: float, wanted: Sequence[Sample], edges: Edges) -> View:
        """The view at stream time `at`, which never goes back; inside `edges`.

        `wanted` is in order of time and holds what is known up to `at + lookahead`, and at least the sample
        that is in force at `at`; each holds until the next one. All of them are inside `edges`, which may
        change from step to step. It may be empty (stay).
        """


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture for a detector."""

    pts: float
    """Stream time in seconds; goes into the update as `frame_pts`."""
    image: BgrArray


class TrackingSource(Protocol):
    """Something that measures play. Runs in the tracking worker; may be slow, and may raise."""

    def wants(self, media: MediaInfo | None) -> FrameRequest | None:
        """The frames it needs; None where it needs none (simulation, file)."""

    def updates(self, frames: Iterator[Frame] | None) -> Iterator[TrackingUpdate]: ...

    def close(self) -> None: ...
