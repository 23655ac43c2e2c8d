"""What can be set of the motion detector."""

from pydantic import Field

from virtualptz.tracking.detection import DetectorOptions


class MotionOptions(DetectorOptions):
    sensitivity: float = Field(
        default=1.0,
        ge=0.25,
        le=4,
        description="more finds people who hardly differ from the floor, and more that is nobody",
        json_schema_extra={"unit": "none"},
    )
    stand_seconds: float = Field(
        default=60.0,
        ge=1,
        le=3600,
        description="somebody who came walking and stands stock-still is seen for so long",
        json_schema_extra={"unit": "seconds"},
    )
    person_height: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="of a person whose feet are at 60 % of the picture's height, as a share of it; 0: learnt",
        json_schema_extra={"unit": "fraction of the picture"},
    )
