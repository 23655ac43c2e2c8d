"""The optimal path over what is known of the future, planned anew at every picture."""

import math
from collections.abc import Sequence

import numpy as np
from pydantic import Field

from ...model import MAX_LOOKAHEAD_SECONDS, STILL, Edges, Frozen, Sample, Speed, View
from .horizon import Array, horizon
from .planner import ZOOM, AxisLimits, Planner, X, Y
from .references import References

ARRIVED = 1e-7
"""So near in place, speed and acceleration, it stands still."""


SLIP = 1e-3
"""A path may be outside by less than this between two knots, along an edge that moves as it does."""


class LookaheadOptions(Frozen):
    lookahead: float = Field(
        default=1.0,
        ge=0,
        le=MAX_LOOKAHEAD_SECONDS,
        description="how much of the future is known: the job's own look-ahead, whatever is set here",
        json_schema_extra={"unit": "seconds"},
    )
    jerk_weight: float = Field(
        default=4e-3,
        ge=1e-8,
        le=10,
        description="of squared jerk against squared distance: the more, the smoother",
        json_schema_extra={"unit": "s^6"},
    )
    zoom_jerk_weight: float = Field(
        default=1e-2, ge=1e-8, le=10, description="the same for the zoom", json_schema_extra={"unit": "s^6"}
    )
    max_speed: float = Field(
        default=0.6,
        gt=0,
        description="how fast the view may move",
        json_schema_extra={"unit": "source widths a second"},
    )
    max_acceleration: float = Field(
        default=1.0,
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
    median_seconds: float = Field(
        default=0.5,
        ge=0,
        le=2,
        description="outliers are told by their neighbours within this window",
        json_schema_extra={"unit": "seconds"},
    )
    tail: float = Field(
        default=1.0,
        gt=0,
        le=10,
        description="in this time a movement fades after the last that is known",
        json_schema_extra={"unit": "seconds"},
    )


class Lookahead:
    """Minimises squared distance from what is wanted plus weighted squared jerk, within all limits.

    What is wanted is known as far as the samples reach; from there on it is foreseen, far enough for the
    path to be stable however little is known (see `References`). Zoom in octaves; vertical lengths in source
    heights.
    """

    def __init__(self, options: LookaheadOptions) -> None:
        self.lookahead = options.lookahead
        self._horizon = horizon(options.jerk_weight)
        self._planner = Planner(
            self._horizon,
            AxisLimits(options.jerk_weight, options.max_speed, options.max_acceleration),
            AxisLimits(options.zoom_jerk_weight, options.max_zoom_speed, options.max_zoom_acceleration),
        )
        self._references = References(options.median_seconds, options.tail)
        self._state = np.zeros((3, 3))
        self._at: float | None = None
        self._rests = True

    def reset(self, view: View, at: float, speed: Speed = STILL) -> None:
        self._state = np.array(
            [
                [view.center_x, view.center_y, math.log2(view.zoom)],
                [speed.x, speed.y, speed.zoom],
                [0.0, 0.0, 0.0],
            ]
        )
        self._at = at
        self._rests = False
        self._planner.reset()

    def step(self, at: float, wanted: Sequence[Sample], edges: Edges) -> View:
        elapsed = 0.0 if self._at is None else max(at - self._at, 0.0)
        if wanted and elapsed > 0 and self._at is not None:
            changed = self._references.take(wanted, edges, at + self.lookahead)
            if changed or not self._rests:
                self._move(self._at, elapsed, edges)
        self._at = at
        x, y, octaves = self._state[0].tolist()
        return self._inside(View(x, y, 2**octaves), edges)

    def _move(self, since: float, seconds: float, edges: Edges) -> None:
        known = self._references
        self._rests = False
        if seconds > self._horizon.knots[-1]:
            self._state = _still(known.at(np.array([since + seconds]))[0])
            return
        wanted = known.at(since + self._horizon.probes)
        jerks = self._planner.jerks(self._state, wanted, known.settled, edges)
        self._state = self._horizon.after(self._state, jerks, seconds)
        if known.still and np.abs(self._state - _still(wanted[0])).max() < ARRIVED:
            self._state, self._rests = _still(wanted[0]), True

    def _inside(self, view: View, edges: Edges) -> View:
        """The last net: where edges moved in faster than a camera may move, it is stopped there."""
        inside = edges.clamp(view)
        if inside != view:
            self._stop(X, inside.center_x - view.center_x)
            self._stop(Y, inside.center_y - view.center_y)
            self._stop(ZOOM, math.log2(inside.zoom) - math.log2(view.zoom))
        return inside

    def _stop(self, axis: int, moved: float) -> None:
        self._state[0, axis] += moved
        if abs(moved) > SLIP and self._state[1, axis] * moved < 0:
            self._state[1:, axis] = 0.0


def _still(place: Array) -> Array:
    return np.stack([place, np.zeros(3), np.zeros(3)])
