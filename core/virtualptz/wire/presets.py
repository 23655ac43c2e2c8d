"""Views of a camera by name, and the way to them."""

import unicodedata
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from .base import JobRequest
from .view import ViewValue

MAX_NAME = 64
MAX_GLIDE_SECONDS = 30.0


def _preset_name(text: str) -> str:
    """The same word is the same name, however its accents were typed."""
    name = unicodedata.normalize("NFC", text).strip()
    if not (0 < len(name) <= MAX_NAME and name.isprintable()):
        raise ValueError(f"a preset's name has 1 to {MAX_NAME} printable characters")
    return name


PresetName = Annotated[str, AfterValidator(_preset_name)]


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
