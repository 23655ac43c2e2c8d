"""Starting, moving and stopping a preview."""

from typing import Literal

from pydantic import BaseModel, Field, field_validator

from .base import Request
from .scale import parse_scale
from .view import Ptz, ViewValue

MAX_START_SECONDS = 1e6


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
