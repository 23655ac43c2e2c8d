"""The bodies of starting and stopping a detector."""

from pydantic import BaseModel, Field

from ..jobs.status import DetectorState, DetectorStatus
from ..model import JobState
from ..redact import mask
from .schemas import JobRequest


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

    @classmethod
    def of(cls, job_id: str, status: DetectorStatus) -> "DetectorAnswer":
        return cls(
            job_id=job_id,
            detector=status.name,
            detector_state=status.state,
            detector_problem=None if status.problem is None else mask(status.problem),
            detector_next_attempt_in=status.next_attempt_in,
        )
