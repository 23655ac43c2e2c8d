"""ByteTrack's own parameters, by their names in the field."""

from pydantic import Field

from ...model import Frozen


class ByteTrackOptions(Frozen):
    """Defaults: Ultralytics' `bytetrack.yaml` with seconds in place of frames, but for `match_thresh`,
    `margin` and `drop_duplicates`, which suit people who run about before a camera that stands still."""

    high_thresh: float = Field(
        default=0.25,
        ge=0,
        le=1,
        description="detections from this on are matched first",
        json_schema_extra={"unit": "none"},
    )
    low_thresh: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="those under this are no detections",
        json_schema_extra={"unit": "none"},
    )
    new_thresh: float = Field(
        default=0.25,
        ge=0,
        le=1,
        description="a new track begins from this on",
        json_schema_extra={"unit": "none"},
    )
    match_thresh: float = Field(
        default=0.85,
        ge=0,
        le=1,
        description="a detection further from a track than this is another's (1 - IoU)",
        json_schema_extra={"unit": "none"},
    )
    margin: float = Field(
        default=0.25,
        ge=0,
        le=2,
        description="boxes reach this many of their heights further on every side when they are matched",
        json_schema_extra={"unit": "heights of the box"},
    )
    buffer_seconds: float = Field(
        default=1.0,
        ge=0,
        le=60,
        description="a lost track is remembered for this",
        json_schema_extra={"unit": "seconds"},
    )
    fuse_score: bool = Field(default=True, description="the detection's score counts in the match")
    drop_duplicates: bool = Field(
        default=False,
        description="a lost track and one seen in its place are one; who hides behind another loses his id",
    )


AS_PUBLISHED = ByteTrackOptions(match_thresh=0.8, margin=0, drop_duplicates=True)
"""Ultralytics' defaults, and with them the same tracks as Ultralytics finds."""
