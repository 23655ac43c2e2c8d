"""How a camera moves, picture by picture: differences of its path and its turning points."""

import math
from dataclasses import dataclass

STILL_SPEED = 0.005
"""Source widths a second; slower than this it stands: a fifth of a pixel a frame of a 720p30 program."""
STILL_ZOOM_SPEED = 0.02
"""Octaves a second: the edges of the picture move by a fifth of a pixel a frame."""
ZOOM_TURN_OCTAVES = 0.04
"""The zoom has turned back once it is this far from its furthest point: 3 % of the picture."""


@dataclass(frozen=True, slots=True)
class Step:
    """From one picture to the next; lengths are source widths."""

    seconds: float
    speed: float
    acceleration: float | None
    jerk: float | None
    """None where the motion has not been seen for long enough."""
    still: bool
    turned: bool
    """The horizontal motion goes the other way than it went last."""
    zoom_turned: bool


class Motion:
    """Divided differences over the pictures' own times: any frame rate and any jitter of it will do."""

    __slots__ = ("_acceleration", "_at", "_before", "_octaves", "_sign", "_speed", "_x", "_y", "_zoom")

    def __init__(self, at: float, x: float, y: float, octaves: float) -> None:
        """`at`: stream time; `x`, `y`: the view's centre in source widths; `octaves`: of its zoom."""
        self._at, self._x, self._y, self._octaves = at, x, y, octaves
        self._before = (0.0, 0.0)
        """Seconds that the last two steps took, the newest first; 0: there was none."""
        self._speed = self._acceleration = (0.0, 0.0)
        self._sign = 0
        self._zoom = _Turns(octaves)

    def step(self, at: float, x: float, y: float, octaves: float) -> Step:
        """On to the next picture, at a later time."""
        took = at - self._at
        last, before_last = self._before
        vx, vy = (x - self._x) / took, (y - self._y) / took
        acceleration = jerk = None
        if last:
            span = (took + last) / 2
            ax, ay = (vx - self._speed[0]) / span, (vy - self._speed[1]) / span
            acceleration = math.hypot(ax, ay)
            if before_last:
                span = (took + last + before_last) / 3
                jerk = math.hypot(ax - self._acceleration[0], ay - self._acceleration[1]) / span
            self._acceleration = ax, ay
        zoom_speed = abs(octaves - self._octaves) / took
        self._at, self._x, self._y, self._octaves = at, x, y, octaves
        self._speed, self._before = (vx, vy), (took, last)
        speed = math.hypot(vx, vy)
        still = speed < STILL_SPEED and zoom_speed < STILL_ZOOM_SPEED
        return Step(took, speed, acceleration, jerk, still, self._turned(vx), self._zoom.turned(octaves))

    def _turned(self, speed: float) -> bool:
        if abs(speed) < STILL_SPEED:
            return False
        sign = 1 if speed > 0 else -1
        turned = sign == -self._sign
        self._sign = sign
        return turned


class _Turns:
    """Turning points of the zoom, counted once it has gone back by more than the threshold."""

    __slots__ = ("_high", "_low", "_sign")

    def __init__(self, octaves: float) -> None:
        self._high = self._low = octaves
        self._sign = 0

    def turned(self, octaves: float) -> bool:
        self._high, self._low = max(self._high, octaves), min(self._low, octaves)
        if self._sign <= 0 and octaves > self._low + ZOOM_TURN_OCTAVES:
            sign = 1
        elif self._sign >= 0 and octaves < self._high - ZOOM_TURN_OCTAVES:
            sign = -1
        else:
            return False
        turned = self._sign == -sign
        self._sign, self._high, self._low = sign, octaves, octaves
        return turned
