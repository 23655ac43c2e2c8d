"""A critically damped spring with limits: the causal default."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from ...model import STILL, Edges, Frozen, Sample, Speed, View

SUBSTEP_SECONDS = 1 / 240
"""Integration step: fine enough that 30 and 60 frames a second draw the same path."""
LONGEST_STEP_SECONDS = 5.0
"""More time than this between two frames is not worth integrating: the camera has arrived."""
BRAKE_SHARE = 0.9
"""Share of the acceleration limit that brakes the last stretch: the rest absorbs the discrete steps."""


class SpringOptions(Frozen):
    frequency: float = Field(default=2.5, gt=0, le=30, description="natural frequency, radians a second")
    max_speed: float = Field(default=0.5, gt=0, description="source widths a second")
    max_acceleration: float = Field(default=0.8, gt=0, description="source widths a second squared")
    max_zoom_speed: float = Field(default=0.8, gt=0, description="octaves of zoom a second")
    max_zoom_acceleration: float = Field(default=1.6, gt=0, description="octaves a second squared")


@dataclass
class Axis:
    """One coordinate with its speed. Never faster than `max_speed`, never a harder push than
    `max_acceleration`, and no overshoot: it brakes in time for where it is going."""

    max_speed: float
    max_acceleration: float
    position: float = 0.0
    speed: float = 0.0

    def advance(self, goal: float, frequency: float, dt: float) -> None:
        distance = goal - self.position
        push = frequency * frequency * distance - 2 * frequency * self.speed
        speed = self.speed + min(max(push, -self.max_acceleration), self.max_acceleration) * dt
        ceiling = min(self.max_speed, math.sqrt(2 * BRAKE_SHARE * self.max_acceleration * abs(distance)))
        towards = math.copysign(1.0, distance)
        if speed * towards > ceiling:
            eased = max(ceiling, self.speed * towards - self.max_acceleration * dt)
            speed = towards * min(speed * towards, eased)
        self.position += (self.speed + speed) / 2 * dt
        self.speed = speed


class Spring:
    """Pulls the view to the newest wanted one. Zoom moves in octaves, so that in and out feel alike.

    Vertical speed is in source heights a second: on a wide picture that is the gentler of the two readings.
    """

    lookahead = 0.0

    def __init__(self, options: SpringOptions) -> None:
        self._frequency = options.frequency
        self._x = Axis(options.max_speed, options.max_acceleration, 0.5)
        self._y = Axis(options.max_speed, options.max_acceleration, 0.5)
        self._zoom = Axis(options.max_zoom_speed, options.max_zoom_acceleration)
        self._at: float | None = None

    def reset(self, view: View, at: float, speed: Speed = STILL) -> None:
        self._x.position, self._x.speed = view.center_x, speed.x
        self._y.position, self._y.speed = view.center_y, speed.y
        self._zoom.position, self._zoom.speed = math.log2(view.zoom), speed.zoom
        self._at = at

    def step(self, at: float, wanted: Sequence[Sample], edges: Edges) -> View:
        elapsed = 0.0 if self._at is None else min(max(at - self._at, 0.0), LONGEST_STEP_SECONDS)
        self._at = at
        if wanted and elapsed > 0:
            self._integrate(wanted[-1].view, elapsed)
        return edges.clamp(View(self._x.position, self._y.position, 2**self._zoom.position))

    def _integrate(self, goal: View, elapsed: float) -> None:
        substeps = math.ceil(elapsed / SUBSTEP_SECONDS - 1e-9)
        dt = elapsed / substeps
        octaves = math.log2(goal.zoom)
        for _ in range(substeps):
            self._x.advance(goal.center_x, self._frequency, dt)
            self._y.advance(goal.center_y, self._frequency, dt)
            self._zoom.advance(octaves, self._frequency, dt)
