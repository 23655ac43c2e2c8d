"""A camera that eases in and out: two exponential approaches, one after the other."""

import math
from collections.abc import Iterable, Sequence

from pydantic import Field

from virtualptz import hookimpl
from virtualptz.model import STILL, Edges, Extension, Frozen, Sample, Speed, View
from virtualptz.protocols import SmoothingPolicy


class EaseOptions(Frozen):
    seconds: float = Field(
        default=0.35,
        gt=0,
        le=10,
        description="time constant of each approach, seconds",
        json_schema_extra={"unit": "seconds"},
    )


class Ease:
    lookahead = 0.0

    def __init__(self, options: EaseOptions) -> None:
        self._seconds = options.seconds
        self.reset(View(), 0.0)

    def reset(self, view: View, at: float, speed: Speed = STILL) -> None:
        ahead = self._seconds
        self._at, self._view = at, view
        self._leader = View(
            view.center_x + speed.x * ahead,
            view.center_y + speed.y * ahead,
            view.zoom * 2 ** (speed.zoom * ahead),
        )

    def step(self, at: float, wanted: Sequence[Sample], edges: Edges) -> View:
        elapsed, self._at = at - self._at, at
        goal = wanted[-1].view if wanted else self._view
        if not wanted:
            self._leader = self._view
        self._view, self._leader = self._approach(elapsed, goal)
        return edges.clamp(self._view)

    def _approach(self, elapsed: float, goal: View) -> tuple[View, View]:
        """Exact for a goal that stands, so that the path is the same at any frame rate."""
        left = math.exp(-elapsed / self._seconds)
        lag = elapsed / self._seconds * left

        def move(now: float, leader: float, to: float) -> tuple[float, float]:
            first, second = leader - to, now - to
            return to + second * left + first * lag, to + first * left

        x = move(self._view.center_x, self._leader.center_x, goal.center_x)
        y = move(self._view.center_y, self._leader.center_y, goal.center_y)
        zoom = move(*(math.log2(view.zoom) for view in (self._view, self._leader, goal)))
        return View(x[0], y[0], 2 ** zoom[0]), View(x[1], y[1], 2 ** zoom[1])


@hookimpl
def vptz_smoothing_policies() -> Iterable[Extension[SmoothingPolicy, EaseOptions]]:
    return [Extension("ease", EaseOptions, Ease)]
