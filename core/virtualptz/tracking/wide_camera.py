"""The wide fixed camera of the simulated court: where a point of the hall is in its picture."""

from math import sqrt

from .game.floor import LENGTH, WIDTH, Point

BEHIND_SIDELINE = 13.0
HEIGHT = 11.0
"""Metres: a stand's rail at half court."""
AIM_Y, AIM_Z = 2.2, 0.0
SIDE_MARGIN = 1.1
"""Metres of floor seen beyond each near corner of the court."""
NEAR_MARGIN = 3.0


_AWAY = sqrt((AIM_Y - WIDTH - BEHIND_SIDELINE) ** 2 + (AIM_Z - HEIGHT) ** 2)
_FORWARD_Y = (AIM_Y - WIDTH - BEHIND_SIDELINE) / _AWAY
_FORWARD_Z = (AIM_Z - HEIGHT) / _AWAY
"""The unit vector along the view; its x is 0."""


class WideCamera:
    """A pinhole on a stand at half court that sees the whole court, in a picture of this aspect."""

    def __init__(self, aspect: float = 16 / 9) -> None:
        self.aspect = aspect
        across = _depth(WIDTH, 0.0) / (LENGTH + 2 * SIDE_MARGIN)
        near = WIDTH + NEAR_MARGIN
        self._focal = min(across, _depth(near, 0.0) / -_rise(near, 0.0) / 2 / aspect)

    def point(self, x: float, y: float, z: float = 0.0) -> Point:
        """Metres in the hall to fractions of the picture, (0, 0) top left; outside 0..1 where not seen."""
        depth = _depth(y, z)
        return (
            0.5 + self._focal * (x - LENGTH / 2) / depth,
            0.5 - self._focal * self.aspect * _rise(y, z) / depth,
        )

    def scale(self, y: float, z: float = 0.0) -> float:
        """Fractions of the picture's width that one metre across takes there."""
        return self._focal / _depth(y, z)


def _depth(y: float, z: float) -> float:
    """Metres along the view from the camera."""
    return (y - WIDTH - BEHIND_SIDELINE) * _FORWARD_Y + (z - HEIGHT) * _FORWARD_Z


def _rise(y: float, z: float) -> float:
    """Metres above the view's axis."""
    return (y - WIDTH - BEHIND_SIDELINE) * _FORWARD_Z - (z - HEIGHT) * _FORWARD_Y
