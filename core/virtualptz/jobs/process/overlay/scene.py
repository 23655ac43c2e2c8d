"""What there is to be drawn on one picture. Places are fractions of the picture, (0, 0) top left."""

from dataclasses import dataclass

from ....model import CameraMode, Holder


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that a detector saw, where it is in this very picture."""

    x: float
    """Its centre."""
    y: float
    w: float
    """0: the detector does not tell."""
    h: float
    cls: str
    name: str = ""
    """The track's id; "" where there is none."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What tracking says of this picture."""

    state: str
    confidence: float
    source: str
    ahead: float
    """Seconds by which the newest update is ahead of this picture; below 0: how old it is."""
    marks: tuple[Mark, ...] = ()
    strength: float = 1.0
    """0..1: what was seen too long ago fades."""


@dataclass(frozen=True, slots=True)
class Crop:
    """The part of the picture that is the program."""

    left: float
    top: float
    right: float
    bottom: float
    zoom: float


@dataclass(frozen=True, slots=True)
class Steering:
    """Who moves the camera, and why."""

    holder: Holder
    mode: CameraMode
    reason: str = ""
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    at: float
    """Stream time in seconds."""
    seen: Seen | None = None
    """None: nothing has been reported yet."""
    crop: Crop | None = None
    steering: Steering | None = None
