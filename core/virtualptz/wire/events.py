"""What `GET /runner/events` tells: one body for each type of event."""

from datetime import datetime
from typing import Literal, get_args

from pydantic import BaseModel, Field

from ..model import CameraMode, Holder, JobKind, JobState
from .job import Phase
from .plugins import PluginState

EventType = Literal["job", "tracking", "camera", "plugin"]
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)
PublishState = Literal["connecting", "publishing", "retrying", "rejected"]


class EventBody(BaseModel):
    at: datetime = Field(description="when the agent found it out")


class JobEvent(EventBody):
    """How a job is now, all of it; told where one of these is no longer as before."""

    job_id: str
    kind: JobKind
    session_id: str
    state: JobState
    phase: Phase | None
    restart_count: int
    last_error: str | None
    publish_state: PublishState | None = Field(description="null: nothing is published, or nothing is known")


class TrackingEvent(EventBody):
    """Told where the state or the fallback is another."""

    job_id: str
    tracking_state: str
    fallback_active: bool
    tracking_confidence: float
    source: str


class CameraEvent(EventBody):
    """Told where mode, reason or holder is another."""

    job_id: str
    mode: CameraMode
    reason: str
    holder: Holder
    policy: str
    problem: str | None


class PluginEvent(EventBody):
    """Told where state, reason or version is another."""

    name: str
    state: PluginState | Literal["removed"]
    reason: str | None
    version: str


class GapEvent(EventBody):
    """Something may have been missed: what follows is how each job is now."""

    reason: Literal["too_old", "another_agent"] = Field(
        description="`too_old`: it is no longer kept; `another_agent`: the agent has been started since"
    )
