"""Starting and stopping a detector that the agent runs."""

from typing import Literal

from pydantic import BaseModel, Field

from ..model import JobState
from .base import JobRequest

DetectorState = Literal["off", "starting", "running", "restarting", "failed"]
"""`starting`: it has told nothing of the job yet. `failed`: it cannot work as it is set, or was lost too
often; tried seldom."""


class DetectorStartRequest(JobRequest):
    detector: str | None = Field(
        default=None, description="a tracking source, `auto` or `none`; as the settings say, else `auto`"
    )


class DetectorAnswer(BaseModel):
    """What is in force."""

    job_id: str
    state: JobState = "running"
    detector: str = Field(description="the tracking source that the agent runs for the job, or `none`")
    detector_state: DetectorState
    detector_problem: str | None
    detector_next_attempt_in: float | None
