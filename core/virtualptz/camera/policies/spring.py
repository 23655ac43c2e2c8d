"""A critically damped spring with limits: the causal default."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from ...model import STILL, Edges, Frozen, Sample, Speed, View
from .references import References

SUBSTEP_SECONDS = 1 / 240
"""Integration step: fine enough that 30 and 60 frames a second draw the same path."""
LONGEST_STEP_SECONDS = 5.0
"""More time than this between two frames is not worth integrating: the camera has arrived."""
BRAKE_SHARE = 0.6
"""Of the acceleration limit, for the last stretch: the rest is for changing one's mind."""
MEDIAN_SECONDS = 0.5
FADE_SECONDS = 1.0
"""The movement of what is wanted fades so soon after the newest sample."""


class SpringOptions(Frozen):
    frequency: float = Field(
        default=3.5,
        gt=0,
        le=30,
        description="natural frequency: the higher, the closer it follows",
        json_schema_extra={"unit": "radians a second"},
    )
    max_speed: float = Field(
        default=0.5,
        gt=0,
        description="how fast the view may move",
        json_schema_extra={"unit": "source widths a second"},
    )
    max_acceleration: float = Field(
        default=0.8,
        gt=0,
        description="how quickly that speed may change",
        json_schema_extra={"unit": "source widths a second squared"},
    )
    max_zoom_speed: float = Field(
        default=0.8,
        gt=0,
        description="how fast it may zoom",
        json_schema_extra={"unit": "octaves a second"},
    )
    max_zoom_acceleration: float = Field(
        default=1.6,
        gt=0,
        description="how quickly that may change",
        json_schema_extra={"unit": "octaves a second squared"},
    )


@dataclass(frozen=True, slots=True)
class Pull:
    """Where an axis is drawn to: a place that moves, and how far it may go for that."""

    place: float
    speed: float
    low: float
    high: float


@dataclass
class Axis:
    """One coordinate with its speed and its acceleration, all continuous.

    Three loops in one another (place, speed, acceleration), each with its limit. Where none is reached they
    are a system of third order with all poles at the frequency: no overshoot, and no lag behind a place that
    moves evenly.
    """

    max_speed: float
    max_acceleration: float
    frequency: float
    position: float = 0.0
    speed: float = 0.0
    acceleration: float = 0.0

    def put(self, position: float, speed: float) -> None:
        self.position, self.speed, self.acceleration = position, speed, 0.0

    def advance(self, pull: Pull, seconds: float) -> None:
        """`pull.place` is that of the end of these seconds."""
        count = math.ceil(seconds / SUBSTEP_SECONDS - 1e-9)
        dt = seconds / count
        for left in range(count - 1, -1, -1):
            self._substep(pull.place - pull.speed * left * dt, pull, dt)

    def _substep(self, place: float, pull: Pull, dt: float) -> None:
        speed = pull.speed + self._approach(place)
        speed = min(speed, self.max_speed, max(self._approach(pull.high), 0.0))
        speed = max(speed, -self.max_speed, min(self._approach(pull.low), 0.0))
        push = self.frequency * (speed - self.speed)
        push = min(max(push, -self.max_acceleration), self.max_acceleration)
        # The exact answer of the innermost loop, so that no frequency is too high for the step.
        acceleration = push + (self.acceleration - push) * math.exp(-3 * self.frequency * dt)
        acceleration = self._within_speed(acceleration)
        before = self.speed
        self.speed += (self.acceleration + acceleration) / 2 * dt
        self.position += (before + self.speed) / 2 * dt
        self.acceleration = acceleration

    def _within_speed(self, acceleration: float) -> float:
        """What leads past the top speed is cut, the more the nearer it is; hand-overs above it come down."""
        stiff, most = 3 * self.frequency, self.max_acceleration
        lower = max(stiff * (-self.max_speed - self.speed), -most)
        upper = min(stiff * (self.max_speed - self.speed), most)
        return min(max(acceleration, min(lower, most)), max(upper, -most))

    def _approach(self, place: float) -> float:
        """The speed that brings it to rest there, within what its brakes can do."""
        distance = place - self.position
        ceiling = math.sqrt(2 * BRAKE_SHARE * self.max_acceleration * abs(distance))
        return min(max(self.frequency / 3 * distance, -ceiling), ceiling)


class Spring:
    """Pulls the view to the wanted one, and along with it. Zoom in octaves, so that in and out feel alike.

    Vertical speed is in source heights a second: on a wide picture that is the gentler of the two readings.
    """

    lookahead = 0.0

    def __init__(self, options: SpringOptions) -> None:
        across = (options.max_speed, options.max_acceleration, options.frequency)
        self._x, self._y = Axis(*across, 0.5), Axis(*across, 0.5)
        self._zoom = Axis(options.max_zoom_speed, options.max_zoom_acceleration, options.frequency)
        self._references = References(MEDIAN_SECONDS, FADE_SECONDS)
        self._at: float | None = None

    def reset(self, view: View, at: float, speed: Speed = STILL) -> None:
        self._x.put(view.center_x, speed.x)
        self._y.put(view.center_y, speed.y)
        self._zoom.put(math.log2(view.zoom), speed.zoom)
        self._at = at

    def step(self, at: float, wanted: Sequence[Sample], edges: Edges) -> View:
        elapsed = 0.0 if self._at is None else min(max(at - self._at, 0.0), LONGEST_STEP_SECONDS)
        self._at = at
        if wanted and elapsed > 0:
            self._references.take(wanted, edges, at)
            self._follow(at, elapsed, edges)
        return edges.clamp(View(self._x.position, self._y.position, 2**self._zoom.position))

    def _follow(self, at: float, seconds: float, edges: Edges) -> None:
        places, speeds = self._references.heading(at)
        x, y, octaves = places.tolist()
        speed_x, speed_y, speed_zoom = speeds.tolist()
        zoom = 2**self._zoom.position
        self._x.advance(Pull(x, speed_x, *edges.across(zoom)), seconds)
        self._y.advance(Pull(y, speed_y, *edges.down(zoom)), seconds)
        least, most = math.log2(edges.min_zoom), math.log2(edges.max_zoom)
        self._zoom.advance(Pull(octaves, speed_zoom, least, most), seconds)
