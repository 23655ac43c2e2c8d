"""The bodies of the wire contract. Unknown fields in a request are ignored: gateways add their own."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ..jobs.messages import MediaSummary, Phase, ViewValue
from ..jobs.readiness import Check, Word
from ..jobs.scale import parse_scale
from ..jobs.status import DetectorState
from ..model import CameraMode, Holder, JobKind, JobState, PublishReport, SourceReport, TrackingUpdate

MAX_START_SECONDS = 1e6


class Request(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, hide_input_in_errors=True)


class JobRequest(Request):
    job_id: str


class ProbeRequest(Request):
    source_uri_ref: str = Field(description="rtmp, rtsp, srt, http(s) or udp URL, or the path of a file")
    timeout_seconds: float = Field(default=6.0, gt=0, le=60)


class Ptz(Request):
    """Centre of the crop as a fraction of the source frame, and how many times smaller it is."""

    center_x: float = Field(default=0.5, ge=0, le=1)
    center_y: float = Field(default=0.5, ge=0, le=1)
    zoom: float = Field(default=1.0, ge=1, le=4)

    @property
    def view(self) -> ViewValue:
        return ViewValue(center_x=self.center_x, center_y=self.center_y, zoom=self.zoom)


class PtzRequest(Ptz, JobRequest):
    pass


class PreviewProfile(Request):
    """What is not given, or null, comes from the settings."""

    fps: float | None = Field(default=None, ge=1, le=60)
    scale: str | None = Field(default=None, description='"W:H" in pixels; -1 keeps the aspect')
    q_v: int | None = Field(default=None, ge=2, le=31, description="JPEG quality, lower is better")
    q: int | None = Field(default=None, ge=2, le=31, description="the same; q_v wins")
    ptz: Ptz | None = None
    start_seconds: float | None = Field(default=None, ge=0, le=MAX_START_SECONDS)
    transport: Literal["mjpeg"] | None = None

    @field_validator("scale")
    @classmethod
    def _scale(cls, value: str | None) -> str | None:
        """A shape that can be drawn; ConfigError is a ValueError, so pydantic reports it."""
        if value is not None:
            parse_scale(value)
        return value

    @property
    def quality(self) -> int | None:
        return self.q if self.q_v is None else self.q_v


class PreviewStartRequest(Request):
    source_uri_ref: str
    profile: PreviewProfile | None = None


class TrackingRequest(TrackingUpdate):
    job_id: str

    @property
    def update(self) -> TrackingUpdate:
        return TrackingUpdate.model_validate(self.model_dump(exclude={"job_id"}))


class Health(BaseModel):
    status: Literal["ok"] = "ok"
    preview_jobs: int
    ingest_jobs: int


class Healthz(BaseModel):
    status: Literal["ok"] = "ok"


class Readyz(BaseModel):
    ready: bool
    checks: dict[Check, Word] = Field(description="a word each; `ok` where nothing is in the way")


class ProbeAnswer(BaseModel):
    ok: Literal[True] = True
    details: list[str] = Field(description="`name=value`: codec_name, width, height, r_frame_rate")


class PreviewStarted(BaseModel):
    job_id: str
    preview_kind: Literal["mjpeg"] = "mjpeg"
    preview_url: str = Field(description="works in an <img>, without a header, for a while")


class PreviewStopped(BaseModel):
    stopped: Literal[True] = True


class PreviewMoved(BaseModel):
    job_id: str
    preview_kind: Literal["mjpeg"] = "mjpeg"
    state: Literal["running"] = "running"
    ptz: ViewValue
    applied: Literal[True] = True
    method: str


class PtzAnswer(BaseModel):
    job_id: str
    state: Literal["running"] = "running"
    ptz: ViewValue
    applied: bool
    queued: bool
    reason: str


class JobAnswer(BaseModel):
    """The first four are always there; the rest once the job has told it."""

    job_id: str
    state: JobState
    restart_count: int = Field(description="how often the job's process had to be started again")
    last_error: str | None
    kind: JobKind | None = None
    session_id: str | None = None
    created_at: datetime | None = None
    phase: Phase | None = None
    media: MediaSummary | None = None
    pts: float | None = Field(default=None, description="stream time of the newest decoded picture, seconds")
    pts_out: float | None = Field(default=None, description="stream time of the newest picture published")
    fps_in: float | None = None
    fps_out: float | None = None
    frames_in: int | None = None
    frames_out: int | None = None
    frames_held: int | None = Field(default=None, description="repeated while the source was away")
    frames_dropped: int | None = Field(default=None, description="decoded too late for the output")
    packets_dropped: int | None = Field(default=None, description="coded, and the far side did not take them")
    source_restarts: int | None = None
    publisher_restarts: int | None = None
    source: SourceReport | None = Field(default=None, description="how it stands with the source")
    publish: PublishReport | None = Field(
        default=None, description="how it stands with the place where the program goes"
    )
    view: ViewValue | None = None
    holder: Holder | None = Field(default=None, description="who moves the camera")
    camera_mode: CameraMode | None = None
    policy: str | None = Field(default=None, description="what makes the camera's motion smooth")
    lookahead_seconds: float | None = Field(
        default=None, description="how long after the camera the program leaves"
    )
    camera_problem: str | None = Field(default=None, description="why the camera works otherwise than asked")
    memory_bytes: int | None = Field(
        default=None, description="of its processes; null: none, or it is a guest of an ingest"
    )
    target: str | None = Field(default=None, description="where the program goes, without credentials")
    detector: str | None = Field(default=None, description="what the agent runs for it, or `none`")
    detector_state: DetectorState | None = None
    detector_problem: str | None = Field(default=None, description="why it does not run")
    detector_next_attempt_in: float | None = Field(
        default=None, description="seconds to its next start; null: none is waited for"
    )
    overlay_url: str | None = Field(
        default=None, description="its source with what is tracked drawn on it, for an <img>, for a while"
    )


class JobList(BaseModel):
    jobs: list[JobAnswer]


class TrackingStored(TrackingUpdate):
    job_id: str
    updated_at: datetime


class TrackingKnown(TrackingStored):
    available: Literal[True] = True


class TrackingUnknown(BaseModel):
    job_id: str
    tracking_confidence: float = 0.0
    tracking_state: Literal["lost"] = "lost"
    fallback_active: Literal[True] = True
    occlusion_level: float = 1.0
    source: Literal["runner"] = "runner"
    available: Literal[False] = False


class PluginList(BaseModel):
    plugins: list[dict[str, Any]]
