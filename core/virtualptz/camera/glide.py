"""A move to a view in a given time: the way to a preset."""

import math
from dataclasses import dataclass

from ..model import Edges, Speed, View

PEAK_SPEED, PEAK_ACCELERATION = 1.0, 2.5
"""Source widths a second, and a second squared: quicker looks like a cut that went wrong."""
SPEED_OF_QUINTIC, ACCELERATION_OF_QUINTIC = 15 / 8, 10 / math.sqrt(3)
"""Peaks of the minimum-jerk move over a distance of 1 in a time of 1."""


@dataclass(frozen=True, slots=True)
class _Axis:
    """The quintic that leaves `start` with `speed` and arrives at `end` standing still, in time 0..1."""

    start: float
    end: float
    speed: float

    def at(self, share: float) -> float:
        distance, s = self.end - self.start, share
        moved = distance * s**3 * (10 - 15 * s + 6 * s * s)
        return self.start + moved + self.speed * s * (1 - s) ** 3 * (1 + 3 * s)


@dataclass(frozen=True, slots=True)
class Moving:
    """A camera in motion at one moment."""

    view: View
    speed: Speed
    at: float
    """Seconds of stream time."""


@dataclass(frozen=True, slots=True)
class Glide:
    """The minimum-jerk move (Flash and Hogan 1985) from a moving view to one that stands. Zoom in octaves."""

    begins: float
    seconds: float
    goal: View
    reason: str
    _edges: Edges
    _axes: tuple[_Axis, _Axis, _Axis]

    @classmethod
    def plan(cls, start: Moving, goal: View, seconds: float, reason: str, edges: Edges) -> "Glide":
        """It takes longer than `seconds` where that would be too quick to watch, and stays inside `edges`."""
        view, speed = start.view, start.speed
        octaves = math.log2(goal.zoom / view.zoom)
        distance = max(
            abs(goal.center_x - view.center_x), abs(goal.center_y - view.center_y), abs(octaves) / 2
        )
        least = max(
            distance * SPEED_OF_QUINTIC / PEAK_SPEED,
            math.sqrt(distance * ACCELERATION_OF_QUINTIC / PEAK_ACCELERATION),
            1e-3,
        )
        seconds = max(seconds, least)
        axes = (
            _Axis(view.center_x, goal.center_x, speed.x * seconds),
            _Axis(view.center_y, goal.center_y, speed.y * seconds),
            _Axis(math.log2(view.zoom), math.log2(goal.zoom), speed.zoom * seconds),
        )
        return cls(start.at, seconds, goal, reason, edges, axes)

    def over(self, at: float) -> bool:
        return at >= self.begins + self.seconds

    def at(self, at: float) -> View:
        share = min(max((at - self.begins) / self.seconds, 0.0), 1.0)
        x, y, octaves = (axis.at(share) for axis in self._axes)
        return self._edges.clamp(View(x, y, 2**octaves))
