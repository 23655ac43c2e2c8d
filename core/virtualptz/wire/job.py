"""How jobs are."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from ..model import CameraMode, Frozen, Holder, JobKind, JobState, PublishReport, SourceReport
from .detector import DetectorState
from .view import ViewValue

Phase = Literal["connecting", "streaming", "reconnecting", "draining", "ended"]


class MediaSummary(Frozen):
    codec: str
    width: int
    height: int
    frame_rate: str
    """A fraction, as in "30000/1001"."""
    audio_codec: str | None = None
    sample_rate: int | None = None
    channels: int | None = None
    live: bool = True


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
