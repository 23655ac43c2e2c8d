"""The best jerks of all three axes over a horizon, within what each may do."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...model import Edges
from .corridor import Bank
from .horizon import Array, Horizon
from .qp import QuadraticProgram

Bounds = tuple[Array, Array]
"""Lower and upper positions at the knots."""

X, Y, ZOOM = range(3)
ROUNDING = 1e-9
MONOTONE = 1e-4
"""What is wanted goes one way where it never goes back by more than this."""


@dataclass(frozen=True)
class AxisLimits:
    """In the axis' own unit (widths, heights, octaves) a second, and a second squared."""

    jerk_weight: float
    speed: float
    acceleration: float


class Planner:
    """Solves the same three programs again and again; remembers nothing but the corridors that it settled.

    States are (3, 3): position, speed and acceleration of x, y and octaves of zoom.
    """

    def __init__(self, horizon: Horizon, across: AxisLimits, zoom: AxisLimits) -> None:
        """`across`: of x and of y."""
        self._horizon = horizon
        hessian, zoom_hessian = (horizon.hessian(each.jerk_weight) for each in (across, zoom))
        self._gain = np.linalg.solve(hessian, horizon.pull)
        self._zoom_gain = np.linalg.solve(zoom_hessian, horizon.pull)
        pan = QuadraticProgram(hessian, horizon.forced)
        self._programs = (pan, pan, QuadraticProgram(zoom_hessian, horizon.forced))
        speeds = [across.speed, across.speed, zoom.speed]
        pushes = [across.acceleration, across.acceleration, zoom.acceleration]
        self._most = np.repeat(np.array([speeds, pushes]), horizon.pieces, axis=0)
        self._banks = [(Bank(-1, push), Bank(1, push)) for push in pushes]

    def reset(self) -> None:
        for axis in (X, Y, ZOOM):
            self._open(axis)

    def jerks(self, state: Array, wanted: Array, settled: npt.NDArray[np.bool_], edges: Edges) -> Array:
        """(pieces, 3); `wanted`: (probes, 3); `settled`: the axes that may not swing past it.

        Zoom is planned first, for where it goes says how far x and y may.
        """
        draft = self._draft(state, wanted)
        self._finish(ZOOM, draft, self._zooms(edges), narrow=bool(settled[ZOOM]))
        sizes = np.exp2(-draft.path[: self._horizon.pieces, ZOOM])
        box, shape = edges.box, edges.shape
        across = _centers(box.left, box.right, shape.width * sizes)
        self._finish(X, draft, across, narrow=bool(settled[X]))
        down = _centers(box.top, box.bottom, shape.height * sizes)
        self._finish(Y, draft, down, narrow=bool(settled[Y]))
        return draft.jerks

    def _draft(self, state: Array, wanted: Array) -> "_Draft":
        """What is best where nothing limits it."""
        horizon = self._horizon
        missing = wanted - horizon.free_at_probes @ state
        jerks = np.empty((horizon.pieces, 3))
        jerks[:, :ZOOM] = self._gain @ missing[:, :ZOOM]
        jerks[:, ZOOM] = self._zoom_gain @ missing[:, ZOOM]
        drift = horizon.free @ state
        path = drift + horizon.forced @ jerks
        moderate = (np.abs(path[horizon.pieces :]) - self._most).max(axis=0) <= 0
        return _Draft(state, wanted, missing, drift, jerks, path, moderate)

    def _finish(self, axis: int, draft: "_Draft", bounds: Bounds, *, narrow: bool) -> None:
        """The axis' best path within all that limits it."""
        horizon, n = self._horizon, self._horizon.pieces
        if narrow and _goes_one_way(draft.wanted[:, axis]):
            bounds = self._narrow(axis, draft, bounds)
        else:
            self._open(axis)
        low, high = bounds
        places = draft.path[:n, axis]
        if draft.moderate[axis] and (places >= low).all() and (places <= high).all():
            # The best path without limits keeps them all, so it is the solution.
            return
        drift, most = draft.drift[:, axis], self._most[:, axis]
        lower, upper = np.concatenate([low, -most]) - drift, np.concatenate([high, most]) - drift
        jerks = self._programs[axis].solve(-(horizon.pull @ draft.missing[:, axis]), lower, upper)
        draft.jerks[:, axis] = jerks
        draft.path[:n, axis] = drift[:n] + horizon.forced[:n] @ jerks

    def _narrow(self, axis: int, draft: "_Draft", bounds: Bounds) -> Bounds:
        below, above = self._banks[axis]
        wanted, places = draft.wanted[:, axis], draft.path[: self._horizon.pieces, axis]
        position, speed, push = draft.state[:, axis].tolist()
        least = below.limit(float(wanted.min()), float(places.min()), (position, speed, push)) - ROUNDING
        most = above.limit(float(wanted.max()), float(places.max()), (position, speed, push)) + ROUNDING
        low, high = bounds
        return np.minimum(np.maximum(low, least), high), np.maximum(np.minimum(high, most), low)

    def _open(self, axis: int) -> None:
        for bank in self._banks[axis]:
            bank.open()

    def _zooms(self, edges: Edges) -> Bounds:
        pieces = self._horizon.pieces
        return np.full(pieces, math.log2(edges.min_zoom)), np.full(pieces, math.log2(edges.max_zoom))


@dataclass(frozen=True, slots=True)
class _Draft:
    """A plan in the making. Columns are axes; rows are probes, knots (their positions, then speeds, then
    accelerations) or pieces."""

    state: Array
    wanted: Array
    missing: Array
    """What is wanted less where the state goes by itself."""
    drift: Array
    """Where it goes by itself."""
    jerks: Array
    path: Array
    moderate: npt.NDArray[np.bool_]
    """By axis: keeps the limits of speed and acceleration."""


def _goes_one_way(wanted: Array) -> bool:
    steps = wanted[1:] - wanted[:-1]
    return bool(steps.min() > -MONOTONE or steps.max() < MONOTONE)


def _centers(first: float, last: float, sizes: Array) -> Bounds:
    """What `Edges.across` and `down` say, for crops of many sizes."""
    half = np.minimum(sizes / 2, (last - first) / 2)
    return first + half, last - half
