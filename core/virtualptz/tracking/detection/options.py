"""What every detector of people and ball can be told, whatever finds them in a picture."""

from pydantic import Field

from ...model import Frozen
from ...model.region import PlayRegion
from ..bytetrack.options import ByteTrackOptions
from .court import CourtPoints, CourtSize


class DetectorOptions(Frozen):
    """A detector plug-in's options derive from this one and add their own."""

    fps: float = Field(
        default=10.0,
        gt=0,
        le=60,
        description="pictures a second that are looked at, at most",
        json_schema_extra={"unit": "pictures a second"},
    )
    width: int = Field(
        default=0,
        ge=0,
        le=7680,
        description="pixels of those pictures across; 0: what suits the source",
        json_schema_extra={"unit": "pixels"},
    )
    region: PlayRegion = Field(
        default=(),
        description="corners of the polygon in which feet count, `0.1,0.3 0.9,0.3 0.95,0.95 0.05,0.95`",
    )
    court: CourtPoints = Field(
        default=(),
        description="four or more points of the floor, each as picture=court in metres: "
        "`0.2,0.3=0,0 0.8,0.3=28,0 0.95,0.9=28,15 0.05,0.9=0,15`",
    )
    court_size: CourtSize = Field(
        default=None,
        description="length x width of that court in metres, `28x15`: play is read by it",
    )
    ball_confidence: float = Field(
        default=0.15,
        ge=0,
        le=1,
        description="a ball that is detected with less than this is none",
        json_schema_extra={"unit": "none"},
    )
    track: ByteTrackOptions = Field(default=ByteTrackOptions(), description="how detections become tracks")
