"""What comes in, and how the program goes out."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pydantic import Field

from .frozen import Frozen


@dataclass(frozen=True, slots=True)
class VideoInfo:
    codec: str
    width: int
    height: int
    frame_rate: Fraction
    sample_aspect: Fraction = Fraction(1)

    @property
    def aspect(self) -> float:
        """Width over height as it is meant to be seen, non-square pixels counted in."""
        return float(self.width * self.sample_aspect / self.height)


@dataclass(frozen=True, slots=True)
class AudioInfo:
    codec: str
    sample_rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class MediaInfo:
    video: VideoInfo
    audio: AudioInfo | None = None
    duration: float | None = None
    """Seconds; None where it is not known."""
    live: bool = True
    """False for a file: it has an end, and the job ends with it."""
    realtime: bool = True
    """False for a live source that delivers in bursts (HLS)."""

    @property
    def paced(self) -> bool:
        """Whether its reader must keep real time, because the source does not."""
        return not (self.live and self.realtime)


@dataclass(frozen=True, slots=True)
class SourceOptions:
    start_seconds: float = 0.0
    """Where a file starts; ignored by live sources."""
    audio: bool = True
    video: bool = True
    """False: the sound alone."""
    open_timeout: float = 8.0
    read_timeout: float = 1.5


class PublishReport(Frozen):
    """How it stands with the place where the program goes."""

    state: Literal["connecting", "publishing", "retrying", "rejected"] = "connecting"
    """`rejected`: it was reached, and does not want us; tried seldom."""
    reason: str | None = None
    """Why the last attempt failed; None while it publishes."""
    attempts: int = 0
    """Failed ones in a row."""
    next_attempt_in: float | None = None
    """Seconds; None: nothing is waited for."""
    reconnects: int = 0
    """How often publishing has been begun again after a loss."""


class SourceReport(Frozen):
    """How it stands with the source."""

    state: Literal["connecting", "streaming", "reconnecting"] = "connecting"
    reason: str | None = None
    """Why it was lost; None while it streams."""
    attempts: int = 0
    """Failed ones in a row."""
    next_attempt_in: float | None = None
    """Seconds; None: nothing is waited for."""
    frozen_seconds: float | None = None
    """For how long a live source that streams has sent the same picture again and again; None: it moves."""


class OutputSpec(Frozen):
    """How the program is encoded."""

    width: int = Field(default=1280, ge=16, le=7680, multiple_of=2)
    height: int = Field(default=720, ge=16, le=4320, multiple_of=2)
    preset: str = "veryfast"
    """The x264 preset; another encoder takes its nearest."""
    crf: int = Field(default=24, ge=0, le=51)
    encoder: str = "auto"
    """`libx264`, `h264_nvenc`, or `auto`: a hardware encoder that works here, else libx264."""
    keyframe_seconds: float = Field(default=2.0, gt=0)
    live: bool = True
    """False: a recording that nobody waits for. It is written whole: `write()` waits for encoder and disk,
    drops nothing, and raises MediaError where the disk refuses."""


@dataclass(frozen=True, slots=True)
class FilmPart:
    """A piece of a film, as a sink has written it into a file of its own, without sound."""

    path: str
    begins: float
    """Stream time of its first picture."""


@dataclass(frozen=True, slots=True)
class SoundFrom:
    """The sound of a recording, and where it belongs beside the pictures."""

    source: str
    zero: float
    """The source's own time at stream time 0."""
    jumps: tuple[tuple[float, float], ...] = ()
    """Where the source's clock jumps: a stream time, and `zero` from then on."""
    until: float = float("inf")
    """Stream time from which on there is none."""


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """The frames that a tracking source wants: at most `fps` a second, `width` pixels wide, aspect kept."""

    fps: float
    width: int
