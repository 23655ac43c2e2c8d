"""What the engine tells of its jobs, as frozen values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ..model import JobKind, JobState, TrackingUpdate
from .messages import Heartbeat, Phase, TapOf, ViewValue

ProfileName = Literal["quality", "balanced", "fluid"]


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job as it stands now; an unknown id has the state `unknown` and no kind."""

    job_id: str
    kind: JobKind | None = None
    state: JobState = "unknown"
    restart_count: int = 0
    """How often the job's process had to be started again."""
    last_error: str | None = None
    phase: Phase | None = None
    heartbeat: Heartbeat | None = None
    """The newest one; None until the process has spoken, and while a new one starts."""
    session_id: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PtzOutcome:
    """What became of a `ptz/update`."""

    view: ViewValue
    applied: bool
    queued: bool
    reason: str


@dataclass(frozen=True, slots=True)
class TrackingRecord:
    update: TrackingUpdate
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class FrameStreamRequest:
    """The frames a viewer wants; viewers who want the same share one encode."""

    of: TapOf
    fps: float = 20.0
    scale: str = "640:-1"
    """"W:H" in pixels, -1 for the side that follows from the aspect."""
    quality: int = 8


@dataclass(frozen=True, slots=True)
class JpegFrame:
    pts: float
    """Stream time in seconds."""
    width: int
    height: int
    jpeg: bytes
