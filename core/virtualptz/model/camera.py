"""How the camera operator works: rules and settings, and the figures by which its work is judged."""

from typing import Literal

from pydantic import Field

from .frozen import Frozen
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
    """How tracks become a wanted view. Lengths are fractions of the source, times are seconds."""

    min_zoom: float = Field(default=MIN_ZOOM, ge=MIN_ZOOM, le=MAX_ZOOM, description="never wider than this")
    max_zoom: float = Field(default=2.6, ge=MIN_ZOOM, le=MAX_ZOOM, description="never closer than this")


class CameraQuality(Frozen):
    """How good the camera's path is. Lengths are source widths; None where nothing told it."""

    seconds: float = 0.0
    """How much of the path the figures are of."""
    rms_jerk: float = 0.0
    """Widths / s^3."""
    rms_acceleration: float = 0.0
    """Widths / s^2."""
    peak_speed: float = 0.0
    """Widths a second."""
    direction_changes_per_minute: float = 0.0
    still_share: float = 0.0
    """Share of time in which the camera stands still."""
    edge_share: float = 0.0
    """Share of time at an edge of where it may look."""
    zoom_oscillations_per_minute: float = 0.0
    wanted_distance: float | None = None
    """RMS distance of the view's centre from the wanted one."""
    players_in_view: float | None = None
    """Share of the players that the crop holds."""
    ball_in_view: float | None = None
    """Share of the time in which the crop holds the ball, of the time in which it was seen."""


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
