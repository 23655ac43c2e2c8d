"""What the engine tells of its jobs, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ..model import CameraReport, JobKind, JobState, TrackingUpdate
from ..model.histogram import Histogram
from ..wire.detector import DetectorState
from ..wire.job import Phase
from ..wire.view import ViewValue
from .messages import Heartbeat, TapOf
from .rules import CameraRules, RuleChange

LossReason = Literal["died", "hung", "memory", "unusable", "not_started"]
"""Why a worker had to be replaced. `memory`: it took more than it may. `unusable`: it says that it cannot
work. `not_started`: the system would not start it."""
ProcessLoss = Literal["died", "hung", "memory", "not_started", "unknown"]
"""Why a job's process had to be replaced. `unknown`: an earlier agent saw it."""
NO_DETECTOR = "none"
NOTHING = Histogram()


@dataclass(frozen=True, slots=True)
class DetectorStatus:
    """How the detector that the agent runs for a job does."""

    name: str = NO_DETECTOR
    state: DetectorState = "off"
    problem: str | None = None
    """Why it does not run; nothing secret in it."""
    next_attempt_in: float | None = None
    """Seconds; None: none is waited for."""


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """The process of one detector, which serves all its jobs."""

    detector: str
    up: bool = False
    """Whether it tells something."""
    losses: Mapping[LossReason, int] = field(default_factory=dict)
    """How often it was lost without being asked to go."""
    wanted: bool = True
    """False: no job has this detector any more."""
    memory_bytes: int | None = None
    """Of it and all that it started; None: there is no process."""

    @property
    def restarts(self) -> int:
        return sum(self.losses.values())


@dataclass(frozen=True, slots=True)
class TrackingPace:
    """How quickly the updates of a job come."""

    rate_hertz: float
    latency_seconds: float | None = None
    """From a frame's stream time to the arrival of its update; None: no update named its frame."""


@dataclass(frozen=True, slots=True)
class JobFigures:
    """What was counted of a job since this agent has had it, over all its processes."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """By the names that heartbeats have for them, and `publish_reconnects`; empty: no process has spoken."""
    losses: Mapping[ProcessLoss, int] = field(default_factory=dict)
    timings: Mapping[str, Histogram] = field(default_factory=dict)
    """What a picture takes, by the stage: `in`, `encode`."""
    detect: Histogram = NOTHING
    """From a frame's stream time to its tracking update."""
    outages: Histogram = NOTHING
    """How long the program was cut off from its source or its viewers, or had no process."""
    commands: Histogram = NOTHING
    """How long a `ptz/update` took to be answered."""
    source_age: float | None = None
    """Seconds since the newest picture of the source."""
    camera_speed: float | None = None
    """Source widths a second, of late."""
    tracker_updates: int = 0
    tracker_lost: int = 0
    """How often the tracking has begun to be lost."""
    viewers: int = 0
    frames_skipped: int = 0
    """Pictures that viewers did not get, since they had not taken the one before."""
    cpu_seconds: float | None = None
    """Of its processes and all that they started; None: nothing was looked at yet."""


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
    rules: CameraRules | None = None
    """How an ingest's camera was asked to work."""
    view: ViewValue | None = None
    """Where an ingest's camera looks, or will when its process has started."""
    tracking: "TrackingRecord | None" = None
    """The newest update that anybody sent."""
    pace: TrackingPace | None = None
    detector: DetectorStatus | None = None
    """What the agent itself runs for an ingest."""
    memory_bytes: int | None = None
    """Of its processes; None: there is none, or a preview is the guest of an ingest."""
    figures: JobFigures = JobFigures()

    @property
    def camera(self) -> CameraReport | None:
        """What the camera on air last told. A preview has none, also where an ingest reads its source."""
        return self.heartbeat.camera if self.heartbeat and self.kind == "ingest" else None


@dataclass(frozen=True, slots=True)
class CameraRequest:
    """What the start of an ingest asks of its camera; the rest is as the settings say."""

    rules: RuleChange = field(default_factory=RuleChange)
    framing: Mapping[str, object] = field(default_factory=dict)
    """Options of the framing, to be checked."""
    decision_log: bool | None = None


@dataclass(frozen=True, slots=True)
class Once:
    """A start that may be asked for twice and is to be made once."""

    key: str
    """Chosen by the client."""
    digest: str
    """Of what it asked for."""


@dataclass(frozen=True, slots=True)
class PtzOutcome:
    """What became of a `ptz/update`."""

    view: ViewValue
    applied: bool
    queued: bool
    reason: str


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """New rules are in force, or, where no process could answer, in the next one's spec."""

    status: JobStatus
    applied: bool


@dataclass(frozen=True, slots=True)
class Preset:
    """A view of one camera that has a name."""

    name: str
    view: ViewValue
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class RecallOutcome:
    """The camera is on its way, or, where no process could answer, the next one begins there."""

    preset: Preset
    applied: bool
    glide_seconds: float


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
    shared: bool = False
    """For a reader on this machine: pictures in shared memory where that can be had, else JPEGs."""


@dataclass(frozen=True, slots=True)
class JpegFrame:
    pts: float
    """Stream time in seconds."""
    width: int
    height: int
    jpeg: bytes
    place: str = ""
    """Where in shared memory the picture lies; there is no JPEG then."""
