"""The best jerks of all three axes over a horizon, within what each may do."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...model import Edges
from .corridor import Bank
from .horizon import Array, Horizon
from .qp import QuadraticProgram

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
        self._banks = [(Bank(-1), Bank(1)) for _ in range(3)]

    def reset(self) -> None:
        for axis in (X, Y, ZOOM):
            self._open(axis)

    def jerks(self, state: Array, wanted: Array, settled: npt.NDArray[np.bool_], edges: Edges) -> Array:
        """(pieces, 3); `wanted`: (probes, 3); `settled`: the axes that may not swing past it.

        Zoom is planned first, for where it goes says how far x and y may.
        """
        horizon, n = self._horizon, self._horizon.pieces
        missing = wanted - horizon.free_at_probes @ state
        jerks = self._unlimited(missing)
        drift = horizon.free @ state
        path = drift + horizon.forced @ jerks
        moderate = np.all(np.abs(path[n:]) <= self._most, axis=0)
        for axis in (ZOOM, X, Y):
            places = path[:n, axis]
            low, high = _range(axis, path[:n, ZOOM], edges)
            if settled[axis] and _goes_one_way(wanted[:, axis]):
                low, high = self._narrow(axis, low, high, wanted[:, axis], places, state)
            else:
                self._open(axis)
            # Where the best path without limits keeps them all, it is the solution.
            if not (moderate[axis] and (places >= low).all() and (places <= high).all()):
                bounds = self._bounds(axis, low, high, drift[:, axis])
                jerks[:, axis] = self._programs[axis].solve(-(horizon.pull @ missing[:, axis]), *bounds)
                path[:n, axis] = drift[:n, axis] + horizon.forced[:n] @ jerks[:, axis]
        return jerks

    def _unlimited(self, missing: Array) -> Array:
        jerks = np.empty((self._horizon.pieces, 3))
        jerks[:, :ZOOM] = self._gain @ missing[:, :ZOOM]
        jerks[:, ZOOM] = self._zoom_gain @ missing[:, ZOOM]
        return jerks

    def _bounds(self, axis: int, low: Array, high: Array, drift: Array) -> tuple[Array, Array]:
        """Of what the jerks may add to positions, speeds and accelerations at the knots."""
        most = self._most[:, axis]
        return np.concatenate([low, -most]) - drift, np.concatenate([high, most]) - drift

    def _narrow(
        self, axis: int, low: Array, high: Array, wanted: Array, places: Array, state: Array
    ) -> tuple[Array, Array]:
        below, above = self._banks[axis]
        position, speed, push = state[:, axis].tolist()
        least = below.limit(float(wanted.min()), float(places.min()), (position, speed, push))
        most = above.limit(float(wanted.max()), float(places.max()), (position, speed, push))
        return (
            np.minimum(np.maximum(low, least - ROUNDING), high),
            np.maximum(np.minimum(high, most + ROUNDING), low),
        )

    def _open(self, axis: int) -> None:
        for bank in self._banks[axis]:
            bank.open()


def _goes_one_way(wanted: Array) -> bool:
    steps = wanted[1:] - wanted[:-1]
    return bool(steps.min() > -MONOTONE or steps.max() < MONOTONE)


def _range(axis: int, octaves: Array, edges: Edges) -> tuple[Array, Array]:
    """What `Edges.across` and `down` say, at each of these zooms; of the zoom itself, its range."""
    if axis == ZOOM:
        least, most = math.log2(edges.min_zoom), math.log2(edges.max_zoom)
        return np.full(len(octaves), least), np.full(len(octaves), most)
    box, shape = edges.box, edges.shape
    sides = (box.left, box.right, shape.width) if axis == X else (box.top, box.bottom, shape.height)
    first, last, size = sides
    half = np.minimum(size / 2 * np.exp2(-octaves), (last - first) / 2)
    return first + half, last - half
