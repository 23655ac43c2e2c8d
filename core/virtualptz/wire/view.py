"""Views as JSON, and moving them."""

from typing import Literal

from pydantic import BaseModel, Field

from ..model import Frozen
from .base import JobRequest, Request


class ViewValue(Frozen):
    center_x: float = Field(default=0.5, ge=0, le=1)
    center_y: float = Field(default=0.5, ge=0, le=1)
    zoom: float = Field(default=1.0, ge=1, le=4)


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


class PtzAnswer(BaseModel):
    job_id: str
    state: Literal["running"] = "running"
    ptz: ViewValue
    applied: bool
    queued: bool
    reason: str
