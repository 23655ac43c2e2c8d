"""Looking at a source without starting anything."""

from typing import Literal

from pydantic import BaseModel, Field

from .base import Request


class ProbeRequest(Request):
    source_uri_ref: str = Field(description="rtmp, rtsp, srt, http(s) or udp URL, or the path of a file")
    timeout_seconds: float = Field(default=6.0, gt=0, le=60)


class ProbeAnswer(BaseModel):
    ok: Literal[True] = True
    details: list[str] = Field(description="`name=value`: codec_name, width, height, r_frame_rate")
