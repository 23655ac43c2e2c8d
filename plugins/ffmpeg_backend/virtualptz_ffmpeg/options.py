"""What can be set of this backend: `RUNNER_PLUGIN_FFMPEG_<NAME>`."""

import os

from pydantic import Field

from virtualptz.model import Frozen


def configured_binary() -> str:
    return os.environ.get("RUNNER_FFMPEG", "")


class FFmpegOptions(Frozen):
    ffmpeg: str = Field(
        default_factory=configured_binary,
        description="the ffmpeg binary, which only SRT needs; empty: PATH, else the `[ffmpeg]` extra's",
    )
    verify_certificates: bool = Field(
        default=True,
        description="of `https`, `rtsps` and `rtmps` sources, by what this system or `SSL_CERT_FILE` trusts; "
        "without, whoever sits between can answer in the camera's place",
    )
    decode_threads: int = Field(
        default=0,
        ge=0,
        le=16,
        description="0: one up to 1080p, else as many as there are cores, four at most",
        json_schema_extra={"unit": "threads"},
    )
    encode_threads: int = Field(
        default=0,
        ge=0,
        le=64,
        description="0: one for a quick preset up to 720p, else as many as there are cores, four at most",
        json_schema_extra={"unit": "threads"},
    )
    encoder_lookahead: int = Field(
        default=5,
        ge=0,
        le=60,
        description="that x264 may wait for, at most: a preset's own 10 to 60 would delay the program",
        json_schema_extra={"unit": "pictures"},
    )
    publish_buffer_seconds: float = Field(
        default=8.0,
        gt=0,
        le=120,
        description="coded program that waits for a server that is away; what is older goes, in whole GOPs",
        json_schema_extra={"unit": "seconds"},
    )
    audio_bit_rate: int = Field(
        default=128_000,
        ge=16_000,
        le=512_000,
        description="of sound that has to be coded anew",
        json_schema_extra={"unit": "bits a second"},
    )
