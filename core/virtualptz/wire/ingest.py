"""Starting and stopping an ingest."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..model import CameraMode, JobState
from .base import Request
from .camera import Limits, Lookahead, PolicyName

ProfileName = Literal["quality", "balanced", "fluid"]


class IngestStartRequest(Request):
    """Of the camera: what is not given, or null, comes from the settings."""

    session_id: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$",
        description="becomes a part of the output's address: letters, digits and . _ : -",
    )
    source_uri_ref: str
    profile: ProfileName
    replica_index: int = Field(default=0, ge=0, le=9999)
    lookahead_seconds: Lookahead | None = None
    smoothing_policy: PolicyName | None = None
    camera_mode: CameraMode | None = None
    limits: Limits | None = None
    framing: dict[str, Any] | None = Field(default=None, description="options, as RUNNER_FRAMING_<OPTION>")
    decision_log: bool | None = Field(default=None, description="write down what is seen and decided")
    detector: str | None = Field(
        default=None, description="what the agent runs for it: a tracking source, `auto` or `none`"
    )

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "session_id": "final",
                    "source_uri_ref": "rtsp://camera.example/wide",
                    "profile": "balanced",
                    "lookahead_seconds": 1.0,
                    "framing": {"max_zoom": 2.2},
                }
            ]
        }
    )


class IngestStarted(BaseModel):
    job_id: str
    state: JobState


class IngestStopped(BaseModel):
    state: Literal["stopped"] = "stopped"
