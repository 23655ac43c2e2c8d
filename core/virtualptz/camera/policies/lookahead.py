"""The optimal path over what is known of the future, planned anew at every picture."""

import math
from collections.abc import Sequence

import numpy as np
from pydantic import Field

from ...model import MAX_LOOKAHEAD_SECONDS, STILL, Edges, Frozen, Sample, Speed, View
from .horizon import Array, horizon
from .qp import QuadraticProgram
from .references import References


class LookaheadOptions(Frozen):
    lookahead: float = Field(
        default=1.0, ge=0, le=MAX_LOOKAHEAD_SECONDS, description="seconds of the future that are known"
    )
    jerk_weight: float = Field(
        default=3e-3, ge=1e-8, le=10, description="of squared jerk against squared distance, s^6"
    )
    max_speed: float = Field(default=0.6, gt=0, description="source widths a second")
    max_acceleration: float = Field(default=1.0, gt=0, description="source widths a second squared")
    max_zoom_speed: float = Field(default=0.8, gt=0, description="octaves of zoom a second")
    max_zoom_acceleration: float = Field(default=1.6, gt=0, description="octaves a second squared")
    median_seconds: float = Field(
        default=0.5, ge=0, le=2, description="outliers are told by their neighbours within this window"
    )


class Lookahead:
    """Minimises squared distance from what is wanted plus weighted squared jerk, within all limits."""

    def __init__(self, options: LookaheadOptions) -> None:
        self.lookahead = options.lookahead
        self._horizon = horizon(options.jerk_weight)
        self._pieces = len(self._horizon.hessian)
        self._program = QuadraticProgram(self._horizon.hessian, self._horizon.forced)
        self._references = References(options.median_seconds)
        self._speeds = (options.max_speed, options.max_speed, options.max_zoom_speed)
        self._pushes = (options.max_acceleration, options.max_acceleration, options.max_zoom_acceleration)
        self._state = np.zeros((3, 3))
        self._at: float | None = None

    def reset(self, view: View, at: float, speed: Speed = STILL) -> None:
        self._state = np.array(
            [
                [view.center_x, view.center_y, math.log2(view.zoom)],
                [speed.x, speed.y, speed.zoom],
                [0.0, 0.0, 0.0],
            ]
        )
        self._at = at

    def step(self, at: float, wanted: Sequence[Sample], edges: Edges) -> View:
        elapsed = 0.0 if self._at is None else max(at - self._at, 0.0)
        if wanted and elapsed > 0 and self._at is not None:
            self._references.take(wanted)
            jerks = self._plan(self._references.at(self._at + self._horizon.probes), edges)
            self._advance(jerks, elapsed)
        self._at = at
        x, y, octaves = map(float, self._state[0])
        return self._inside(View(x, y, 2**octaves), edges)

    def _plan(self, wanted: Array, edges: Edges) -> Array:
        """The jerks of all three axes, (pieces, 3)."""
        plan = self._horizon
        missing = wanted - plan.free_at_probes @ self._state
        jerks = plan.gain @ missing
        drift = plan.free @ self._state
        path = drift + plan.forced @ jerks
        linear = -(plan.pull @ missing)
        for axis in (2, 0, 1):
            low, high = self._bounds(axis, path[: self._pieces, 2], edges)
            if np.any(path[:, axis] < low) or np.any(path[:, axis] > high):
                solved = self._program.solve(
                    linear[:, axis].copy(), low - drift[:, axis], high - drift[:, axis]
                )
                jerks[:, axis] = solved
                path[:, axis] = drift[:, axis] + plan.forced @ solved
        return jerks

    def _bounds(self, axis: int, octaves: Array, edges: Edges) -> tuple[Array, Array]:
        """Of positions, speeds and accelerations at all knots; `octaves`: the planned zoom there."""
        high = np.repeat([0.0, self._speeds[axis], self._pushes[axis]], self._pieces)
        low = -high
        if axis == 2:
            low[: self._pieces] = math.log2(edges.min_zoom)
            high[: self._pieces] = math.log2(edges.max_zoom)
            return low, high
        box, shape = edges.box, edges.shape
        first, last, size = (
            (box.left, box.right, shape.width) if axis == 0 else (box.top, box.bottom, shape.height)
        )
        half = np.minimum(size / 2 * np.exp2(-octaves), (last - first) / 2)
        low[: self._pieces], high[: self._pieces] = first + half, last - half
        return low, high

    def _advance(self, jerks: Array, seconds: float) -> None:
        """Along the plan; a silence that is longer than it ends at its end, standing still."""
        knots = self._horizon.knots
        position, speed, push = self._state
        for piece, jerk in enumerate(jerks):
            t = min(float(knots[piece + 1]), seconds) - float(knots[piece])
            position = position + t * (speed + t * (push / 2 + t * jerk / 6))
            speed = speed + t * (push + t * jerk / 2)
            push = push + t * jerk
            if knots[piece + 1] >= seconds:
                break
        else:
            speed, push = np.zeros(3), np.zeros(3)
        self._state = np.stack([position, speed, push])

    def _inside(self, view: View, edges: Edges) -> View:
        """Edges that moved in stop the camera there."""
        inside = edges.clamp(view)
        for axis, (old, new) in enumerate(
            (
                (view.center_x, inside.center_x),
                (view.center_y, inside.center_y),
                (view.zoom, inside.zoom),
            )
        ):
            if new != old:
                self._state[0, axis] = math.log2(new) if axis == 2 else new
                if self._state[1, axis] * (new - old) < 0:
                    self._state[1:, axis] = 0.0
        return inside
