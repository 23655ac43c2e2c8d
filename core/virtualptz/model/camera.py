"""How the camera operator works: rules and settings, and the figures by which its work is judged."""

from typing import Literal

from pydantic import Field, model_validator

from .frozen import Frozen
from .region import PlayRegion
from .view import MAX_ZOOM, MIN_ZOOM, NO_LIMITS, LimitBox, View

MAX_LOOKAHEAD_SECONDS = 5.0

CameraMode = Literal["auto", "manual"]
"""`auto`: the tracking steers, and a person's target takes over for a while; `manual`: people only."""
Holder = Literal["auto", "manual", "none"]
"""Who holds the camera."""


class PtzRules(Frozen):
    """When a `ptz/update` moves the camera, and how long it stays in charge."""

    min_apply_interval_seconds: float = Field(default=0.35, ge=0)
    min_delta_xy: float = Field(default=0.008, ge=0)
    min_delta_zoom: float = Field(default=0.015, ge=0)
    takeover_seconds: float = Field(default=10.0, ge=0)


class FramingOptions(Frozen):
    """How tracks become a wanted view. Places are fractions of the source, times are seconds."""

    min_zoom: float = Field(
        default=MIN_ZOOM, ge=MIN_ZOOM, le=MAX_ZOOM, description="no shot of the framing is wider"
    )
    max_zoom: float = Field(default=MAX_ZOOM, ge=MIN_ZOOM, le=MAX_ZOOM, description="nor closer")
    region: PlayRegion = Field(
        default=(),
        description="corners of the polygon in which players count, `0.1,0.3 0.9,0.3 0.95,0.95 0.05,0.95`",
    )
    margin: float = Field(
        default=0.03, ge=0, le=0.4, description="of the crop, left free around what must be seen"
    )
    headroom: float = Field(default=0.05, ge=0, le=0.4, description="of the crop, left free above the heads")
    lead_seconds: float = Field(
        default=0.25, ge=0, le=2, description="the shot has room for where the ball will be after this"
    )
    min_confidence: float = Field(
        default=0.25, ge=0, le=1, description="players detected with less than this do not count"
    )
    min_tracking_confidence: float = Field(
        default=0.28, ge=0, le=1, description="an update with less than this has lost the play"
    )
    anticipation_seconds: float = Field(
        default=0.4, ge=0, le=2, description="so early is the shot as wide as it will have to be"
    )
    patience_seconds: float = Field(
        default=0.8,
        ge=0,
        le=30,
        description="less room must have been enough for this long before it closes in",
    )
    stale_seconds: float = Field(
        default=0.5, ge=0, le=10, description="silence that is bridged by prediction; then the shot holds"
    )
    hold_seconds: float = Field(
        default=2.0, ge=0, le=60, description="silence after which the shot eases to the wide view"
    )
    wide_seconds: float = Field(default=3.0, ge=0.1, le=60, description="how long that takes")
    return_seconds: float = Field(
        default=1.0, ge=0, le=60, description="how long the way back to play takes afterwards"
    )

    @model_validator(mode="after")
    def _in_order(self) -> "FramingOptions":
        if self.min_zoom > self.max_zoom:
            raise ValueError(f"min_zoom {self.min_zoom:g} is above max_zoom {self.max_zoom:g}")
        if self.stale_seconds > self.hold_seconds:
            raise ValueError(
                f"stale_seconds {self.stale_seconds:g} are more than hold_seconds {self.hold_seconds:g}"
            )
        return self


class CameraQuality(Frozen):
    """How good the camera's path is. Lengths are source widths, down as well; None where nothing told it.

    Speeds are differences over the pictures' own times and pan and tilt together; a smooth path has the same
    figures at any frame rate. Times without pictures (over 0.5 s) count for nothing.
    """

    seconds: float = 0.0
    """How much of the path the figures are of."""
    rms_jerk: float = 0.0
    """Widths / s^3: how abruptly the push changes. A good operator's is a few tenths; a path with corners
    in it has hundreds, and the more the higher the frame rate."""
    rms_acceleration: float = 0.0
    """Widths / s^2."""
    peak_speed: float = 0.0
    """Widths a second."""
    direction_changes_per_minute: float = 0.0
    """How often the horizontal motion turns back; what is slower than 0.005 widths/s is no motion."""
    still_share: float = 0.0
    """Share of time in which the camera stands: under 0.005 widths/s and 0.02 octaves of zoom a second."""
    edge_share: float = 0.0
    """Share of time in which the crop touches an edge of where it may look, and could move away from it."""
    zoom_oscillations_per_minute: float = 0.0
    """How often the zoom turns back, by more than 0.04 octaves (3 %)."""
    wanted_distance: float | None = None
    """RMS distance of the view's centre from the wanted one, widths."""
    players_in_view: float | None = None
    """Share of the players seen, bar those that the framing leaves out (region, confidence), whose place the
    crop held in the picture that they were seen on."""
    ball_in_view: float | None = None
    """Share of the updates that saw the ball in which the crop held it."""


class CameraReport(Frozen):
    """What the operator does, and why."""

    view: View
    wanted: View | None = None
    """What the policy follows at this moment; None: nothing."""
    holder: Holder = "none"
    mode: CameraMode = "auto"
    reason: str = ""
    """Why the wanted view is what it is."""
    policy: str = ""
    lookahead_seconds: float = 0.0
    """How long after the camera the program leaves."""
    takeover_seconds_left: float | None = None
    """While a person holds the camera in automatic mode: when it goes back, unless steered again."""
    limits: LimitBox = NO_LIMITS
    problem: str | None = None
    """What went wrong, where the operator works otherwise than it was told to."""
    quality: CameraQuality = CameraQuality()
