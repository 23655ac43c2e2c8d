"""The camera on air: how it works, and what it does."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ..model import (
    MAX_LOOKAHEAD_SECONDS,
    CameraMode,
    CameraQuality,
    Holder,
    JobState,
    LimitBox,
    View,
)
from .base import JobRequest

Lookahead = Annotated[
    float,
    Field(ge=0, le=MAX_LOOKAHEAD_SECONDS, description="seconds from the camera to the program"),
]
PolicyName = Annotated[
    str, Field(min_length=1, max_length=64, description="`auto`, or one that /runner/plugins lists")
]
Limits = Annotated[
    LimitBox, Field(description="the part of the source that the camera may show, as fractions of it")
]


class ModeRequest(JobRequest):
    """What is not given stays as it is; so does what is null, but for `limits`: null takes them away."""

    mode: CameraMode | None = None
    policy: PolicyName | None = None
    lookahead_seconds: Lookahead | None = None
    limits: Limits | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"job_id": "ing_x", "mode": "manual"},
                {"job_id": "ing_x", "limits": {"left": 0.1, "top": 0.2, "right": 0.9, "bottom": 1.0}},
            ]
        }
    )


class CameraAnswer(BaseModel):
    """How a camera works; of a job that has ended, how it did."""

    job_id: str
    state: JobState
    available: bool = Field(description="whether the job has told; else this is what was asked of it")
    view: View = Field(description="where it looks")
    wanted: View | None = Field(default=None, description="where it is going; null: nowhere")
    holder: Holder = Field(default="none", description="who moves it")
    reason: str = Field(default="", description="why it goes there")
    mode: CameraMode = "auto"
    policy: str = Field(default="", description="what makes its motion smooth")
    policy_asked: str = Field(default="", description="`auto`: the best one for the look-ahead")
    lookahead_seconds: float = Field(default=0.0, description="how long after the camera the program leaves")
    lookahead_asked_seconds: float = 0.0
    takeover_seconds_left: float | None = Field(
        default=None, description="until it goes back to the tracking, unless somebody steers"
    )
    limits: LimitBox | None = Field(default=None, description="null: it may show all of the source")
    problem: str | None = Field(default=None, description="why it works otherwise than asked")
    quality: CameraQuality = CameraQuality()


class ModeAnswer(CameraAnswer):
    applied: bool = Field(description="the rules are in force")
    queued: bool = Field(description="no process could answer now: the next one has the rules")
