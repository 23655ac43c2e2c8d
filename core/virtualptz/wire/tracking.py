"""Reporting what is tracked, and asking for it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from ..model import TrackingUpdate


class TrackingRequest(TrackingUpdate):
    job_id: str

    @property
    def update(self) -> TrackingUpdate:
        return TrackingUpdate.model_validate(self.model_dump(exclude={"job_id"}))


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
