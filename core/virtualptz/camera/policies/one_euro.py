"""The One Euro filter: the faster the target moves, the less it is smoothed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from ...model import STILL, Edges, Frozen, Sample, Speed, View

SUBSTEP_SECONDS = 1 / 240
"""Fine enough that 30 and 60 frames a second draw the same path."""
LONGEST_STEP_SECONDS = 5.0
"""After a gap as long as this the filter has arrived, whatever it smooths."""
CARRY_SECONDS = 0.3
"""A speed that it was handed over fades so soon: the filter has none of its own."""


class OneEuroOptions(Frozen):
    min_cutoff: float = Field(
        default=1.0,
        gt=0,
        le=30,
        description="cut-off where the target stands",
        json_schema_extra={"unit": "hertz"},
    )
    beta: float = Field(
        default=0.0,
        ge=0,
        description="how much higher it is where the target moves",
        json_schema_extra={"unit": "hertz by source widths a second"},
    )
    derivative_cutoff: float = Field(
        default=1.0,
        gt=0,
        le=30,
        description="cut-off of the speed's estimate",
        json_schema_extra={"unit": "hertz"},
    )
    max_speed: float = Field(
        default=1.0,
        gt=0,
        description="how fast it may move or zoom",
        json_schema_extra={"unit": "source widths, or octaves, a second"},
    )


@dataclass
class Filter:
    """One coordinate. Casiez, Roussel and Vogel, CHI 2012, in continuous time: each low-pass is exact over a
    step, so the step's length does not matter."""

    options: OneEuroOptions
    position: float = 0.0
    goal: float = 0.0
    """The target before, for its speed."""
    speed: float = 0.0
    """The target's, smoothed."""
    carried: float = 0.0

    def advance(self, goal: float, dt: float) -> None:
        options = self.options
        moved, self.goal = goal - self.goal, goal
        self.speed += _share(options.derivative_cutoff, dt) * (moved / dt - self.speed)
        cutoff = options.min_cutoff + options.beta * abs(self.speed)
        step = _share(cutoff, dt) * (goal - self.position) + self.carried * dt
        self.position += min(max(step, -options.max_speed * dt), options.max_speed * dt)
        self.carried *= math.exp(-dt / CARRY_SECONDS)


class OneEuro:
    """Filters the newest wanted view. Zoom in octaves, so that in and out feel alike."""

    lookahead = 0.0

    def __init__(self, options: OneEuroOptions) -> None:
        self._x, self._y, self._zoom = (Filter(options) for _ in range(3))
        self._at: float | None = None

    def reset(self, view: View, at: float, speed: Speed = STILL) -> None:
        starts = (view.center_x, speed.x), (view.center_y, speed.y), (math.log2(view.zoom), speed.zoom)
        for axis, (position, carried) in zip((self._x, self._y, self._zoom), starts, strict=True):
            axis.position = axis.goal = position
            axis.speed, axis.carried = 0.0, carried
        self._at = at

    def step(self, at: float, wanted: Sequence[Sample], edges: Edges) -> View:
        before = at if self._at is None else max(self._at, at - LONGEST_STEP_SECONDS)
        self._at = at
        if wanted and at > before:
            substeps = math.ceil((at - before) / SUBSTEP_SECONDS - 1e-9)
            dt = (at - before) / substeps
            for number in range(1, substeps + 1):
                # Each wish from its own time on, not from the picture on that meets it first.
                self._advance(_in_force(wanted, before + number * dt), dt)
        return edges.clamp(View(self._x.position, self._y.position, 2**self._zoom.position))

    def _advance(self, goal: View, dt: float) -> None:
        self._x.advance(goal.center_x, dt)
        self._y.advance(goal.center_y, dt)
        self._zoom.advance(math.log2(goal.zoom), dt)


def _in_force(wanted: Sequence[Sample], at: float) -> View:
    return next((each.view for each in reversed(wanted) if each.at <= at), wanted[0].view)


def _share(cutoff: float, dt: float) -> float:
    """How far a low-pass of this cutoff, in hertz, goes towards its input in `dt` seconds."""
    return 1 - math.exp(-2 * math.pi * cutoff * dt)
