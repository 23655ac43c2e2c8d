"""What a detector says of the play: the wire contract's tracking update."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from .view import MAX_ZOOM, MIN_ZOOM


class Target(BaseModel):
    """One thing that a detector sees; more keys (`w`, `h`, `track_id`) are kept as they came."""

    model_config = ConfigDict(frozen=True, extra="allow")

    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=1)
    confidence: float = Field(ge=0, le=1)
    cls: str


TrackingState = Literal["stable", "warning", "lost"]
ModeHint = Literal["follow_play", "follow_ball", "half_court_lock", "fast_break", "reacquire"]
PlayPhase = Literal["set_offense", "transition", "rebound", "deadball", "free_throw"]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True)]


class TrackingUpdate(BaseModel):
    """What a detector says of one moment of the play: the wire contract's tracking update."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    tracking_confidence: float = Field(ge=0, le=1)
    tracking_state: Annotated[_Name, Field(min_length=3, max_length=32)] = "warning"
    fallback_active: bool = False
    occlusion_level: float = Field(default=0.0, ge=0, le=1)
    source: Annotated[_Name, Field(min_length=2, max_length=32)] = "external"
    tracking_mode_hint: ModeHint | None = None
    play_phase: PlayPhase | None = None
    ball_velocity_x: float | None = None
    ball_velocity_y: float | None = None
    possession_side: Literal["left", "right", "unknown"] | None = None
    court_homography_ok: bool | None = None
    target_x: float | None = Field(default=None, ge=0, le=1)
    target_y: float | None = Field(default=None, ge=0, le=1)
    target_zoom: float | None = Field(default=None, ge=MIN_ZOOM, le=MAX_ZOOM)
    targets: tuple[Target, ...] | None = Field(default=None, max_length=256)
    frame_pts: float | None = None
    """Seconds of stream time of the frame that this was measured on."""
