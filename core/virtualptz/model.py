"""Frozen values that every part of the agent and every plug-in shares.

Times are seconds of stream time (since the job's first frame); positions are fractions of the source
frame, (0, 0) top left; speeds are fractions of the source width a second.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MIN_ZOOM = 1.0
MAX_ZOOM = 4.0


@dataclass(frozen=True, slots=True)
class CropShape:
    """The part of the source, as fractions of its width and height, that a crop covers at zoom 1."""

    width: float = 1.0
    height: float = 1.0

    @classmethod
    def fit(cls, source_aspect: float, output_aspect: float) -> "CropShape":
        """The largest crop of the output's aspect inside the source, so that nothing is stretched."""
        return cls(min(1.0, output_aspect / source_aspect), min(1.0, source_aspect / output_aspect))


WHOLE_FRAME = CropShape()


@dataclass(frozen=True, slots=True)
class View:
    """Where the virtual camera looks: the crop's centre, and how many times smaller than the frame it is."""

    center_x: float = 0.5
    center_y: float = 0.5
    zoom: float = 1.0

    def inside(self, shape: CropShape = WHOLE_FRAME) -> "View":
        """The nearest view whose crop lies inside the frame."""
        zoom = min(max(self.zoom, MIN_ZOOM), MAX_ZOOM)
        half_width, half_height = shape.width / zoom / 2, shape.height / zoom / 2
        return View(
            min(max(self.center_x, half_width), 1 - half_width),
            min(max(self.center_y, half_height), 1 - half_height),
            zoom,
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """A view that somebody wants from the stream time `at` on, and why."""

    at: float
    view: View
    reason: str = ""


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
    open_timeout: float = 8.0
    read_timeout: float = 2.0


class Frozen(BaseModel):
    """Base of the values that travel as JSON between processes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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


class Target(BaseModel):
    """One thing that a detector sees; more keys (`w`, `h`, `track_id`) are kept as they came."""

    model_config = ConfigDict(frozen=True, extra="allow")

    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=1)
    confidence: float = Field(ge=0, le=1)
    cls: str


TrackingState = Literal["stable", "warning", "lost"]
ModeHint = Literal["follow_play", "follow_ball", "half_court_lock", "fast_break", "reacquire"]
PlayPhase = Literal["set_offense", "transition", "rebound", "deadball", "free_throw"]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True)]


class TrackingUpdate(BaseModel):
    """What a detector says of one moment of the play: the wire contract's tracking update."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    tracking_confidence: float = Field(ge=0, le=1)
    tracking_state: Annotated[_Name, Field(min_length=3, max_length=32)] = "warning"
    fallback_active: bool = False
    occlusion_level: float = Field(default=0.0, ge=0, le=1)
    source: Annotated[_Name, Field(min_length=2, max_length=32)] = "external"
    tracking_mode_hint: ModeHint | None = None
    play_phase: PlayPhase | None = None
    ball_velocity_x: float | None = None
    ball_velocity_y: float | None = None
    possession_side: Literal["left", "right", "unknown"] | None = None
    court_homography_ok: bool | None = None
    target_x: float | None = Field(default=None, ge=0, le=1)
    target_y: float | None = Field(default=None, ge=0, le=1)
    target_zoom: float | None = Field(default=None, ge=MIN_ZOOM, le=MAX_ZOOM)
    targets: tuple[Target, ...] | None = Field(default=None, max_length=256)
    frame_pts: float | None = None
    """Seconds of stream time of the frame that this was measured on."""


JobKind = Literal["ingest", "preview"]
JobState = Literal["running", "stopped", "failed", "unknown"]


class PtzRules(Frozen):
    """When a `ptz/update` moves the camera, and how long it stays in charge."""

    min_apply_interval_seconds: float = Field(default=0.35, ge=0)
    min_delta_xy: float = Field(default=0.008, ge=0)
    min_delta_zoom: float = Field(default=0.015, ge=0)
    takeover_seconds: float = Field(default=10.0, ge=0)


class PreviewSpec(Frozen):
    """How a preview is shown."""

    fps: float = Field(default=20, gt=0, le=60)
    scale: str = "640:-1"
    """"W:H" in pixels, -1 for the side that follows from the aspect."""
    quality: int = Field(default=8, ge=2, le=31)
    """FFmpeg's `-q:v`: lower is better."""


class JobSpec(Frozen):
    """All that a job's process needs to know. Holds credentials: written to 0600 files, never logged."""

    job_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    kind: JobKind
    session_id: str = ""
    source: str = Field(repr=False)
    start_seconds: float = Field(default=0.0, ge=0)
    begin_at: float = Field(default=0.0, ge=0)
    """Stream time of the first picture: above 0 where a process goes on for one that died."""
    target: str = Field(default="", repr=False)
    """Where the program goes; empty: processed, timed and thrown away. Unused by a preview."""
    output: OutputSpec | None = None
    """None: no program, taps only (a preview)."""
    preview: PreviewSpec | None = None
    """None: an ingest."""
    media_backend: str = "ffmpeg"
    smoothing_policy: str = "spring"
    ptz: PtzRules = PtzRules()
    initial_view: tuple[float, float, float] = (0.5, 0.5, 1.0)
    plugins_disabled: tuple[str, ...] = ()
    plugin_options: dict[str, dict[str, str]] = Field(default_factory=dict)
    source_open_timeout: float = Field(default=8.0, gt=0)
    source_read_timeout: float = Field(default=2.0, gt=0)
    orphan_seconds: float = Field(default=600.0, ge=0)


@dataclass(frozen=True, slots=True)
class JobRef:
    """A job as observers see it: no URIs, so nothing secret."""

    job_id: str
    kind: JobKind
    session_id: str = ""


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """How a job ended."""

    state: Literal["stopped", "failed"]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """The frames that a tracking source wants: at most `fps` a second, `width` pixels wide, aspect kept."""

    fps: float
    width: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `virtualptz doctor` looked at: `ok`, or what to do about it in `remedy`."""

    ok: bool
    subject: str
    detail: str
    remedy: str = ""


T_co = TypeVar("T_co", covariant=True)
OptionsT = TypeVar("OptionsT", bound=BaseModel)


class NoOptions(Frozen):
    """For an extension that has nothing to set."""


@dataclass(frozen=True)
class Extension(Generic[T_co, OptionsT]):
    """One named thing that a plug-in offers: validated options in, a working object out."""

    name: str
    options: type[OptionsT]
    create: Callable[[OptionsT], T_co]

    def build(self, values: dict[str, Any]) -> T_co:
        """Create from raw option values; raises pydantic's ValidationError where they do not fit."""
        return self.create(self.options.model_validate(values))
