"""The bodies of the calls about the camera on air: how it works, what it does, and views by name."""

import unicodedata
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from ..jobs.messages import ViewValue
from ..jobs.rules import RuleChange
from ..model import (
    MAX_LOOKAHEAD_SECONDS,
    NO_LIMITS,
    CameraMode,
    CameraQuality,
    Holder,
    JobState,
    LimitBox,
    View,
)
from .schemas import JobRequest

MAX_NAME = 64
MAX_GLIDE_SECONDS = 30.0


def _preset_name(text: str) -> str:
    """The same word is the same name, however its accents were typed."""
    name = unicodedata.normalize("NFC", text).strip()
    if not (0 < len(name) <= MAX_NAME and name.isprintable()):
        raise ValueError(f"a preset's name has 1 to {MAX_NAME} printable characters")
    return name


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
PresetName = Annotated[str, AfterValidator(_preset_name)]


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

    @property
    def change(self) -> RuleChange:
        taken_away = "limits" in self.model_fields_set and self.limits is None
        limits = NO_LIMITS if taken_away else self.limits
        return RuleChange(self.mode, self.policy, self.lookahead_seconds, limits)


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


class PresetsRequest(JobRequest):
    """With `job_id` alone: the list. What is not given of the view is as the camera looks now."""

    name: PresetName | None = Field(default=None, description=f"1 to {MAX_NAME} printable characters")
    center_x: float | None = Field(default=None, ge=0, le=1)
    center_y: float | None = Field(default=None, ge=0, le=1)
    zoom: float | None = Field(default=None, ge=1, le=4)
    delete: bool = False

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"job_id": "ing_x", "name": "left basket", "center_x": 0.2, "center_y": 0.55, "zoom": 2.5},
                {"job_id": "ing_x"},
                {"job_id": "ing_x", "name": "left basket", "delete": True},
            ]
        }
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        view = (self.center_x, self.center_y, self.zoom) != (None, None, None)
        if self.name is None and (self.delete or view):
            raise ValueError("which preset? Give its name")
        if self.delete and view:
            raise ValueError("a preset is stored or deleted, not both")
        return self


class NamedView(ViewValue):
    name: str
    updated_at: datetime


class PresetList(BaseModel):
    job_id: str
    presets: list[NamedView]


class RecallRequest(JobRequest):
    name: PresetName
    glide_seconds: float = Field(default=1.5, ge=0, le=MAX_GLIDE_SECONDS)

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"job_id": "ing_x", "name": "left basket", "glide_seconds": 2}]}
    )


class RecallAnswer(BaseModel):
    job_id: str
    state: Literal["running"] = "running"
    name: str
    ptz: ViewValue
    glide_seconds: float = Field(description="how long it really takes: longer where that was too quick")
    applied: bool
    queued: bool
    reason: str
