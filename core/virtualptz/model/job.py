"""What a job is to do, and how it ended."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from .camera import MAX_LOOKAHEAD_SECONDS, CameraMode, FramingOptions, PtzRules
from .frozen import Frozen
from .media import OutputSpec
from .view import NO_LIMITS, LimitBox

JobKind = Literal["ingest", "preview"]
JobState = Literal["running", "stopped", "failed", "unknown"]


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
    smoothing_policy: str = "auto"
    """A policy's name; `auto`: `lookahead` where the job has look-ahead, else `spring`."""
    lookahead_seconds: float = Field(default=0.0, ge=0, le=MAX_LOOKAHEAD_SECONDS)
    """How long after the camera the program leaves."""
    lookahead_memory_mb: float = Field(default=1024.0, gt=0)
    """What the pictures on their way may take, in 1 000 000 bytes; where that is too little, the look-ahead
    is shorter."""
    camera_mode: CameraMode = "auto"
    limits: LimitBox = NO_LIMITS
    framing: FramingOptions = FramingOptions()
    detector: str = ""
    """The tracking source that the agent runs for it; empty: none."""
    decision_log: bool = False
    """Write down what the camera saw and decided, for a replay."""
    decision_log_megabytes: float = Field(default=50.0, ge=0.01)
    """How large one file of it may become."""
    decision_log_files: int = Field(default=8, ge=1, le=1000)
    """How many of them are kept, the newest ones."""
    ptz: PtzRules = PtzRules()
    initial_view: tuple[float, float, float] = (0.5, 0.5, 1.0)
    plugins_disabled: tuple[str, ...] = ()
    plugin_options: dict[str, dict[str, str]] = Field(default_factory=dict)
    source_open_timeout: float = Field(default=8.0, gt=0)
    source_read_timeout: float = Field(default=1.5, gt=0)
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
