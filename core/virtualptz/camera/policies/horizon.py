"""The future as a quadratic program sees it: a grid of seconds, and everything that depends on it alone.

One axis of the camera is a triple integrator: its jerk is constant between two knots, so that position, speed
and acceleration are continuous. The program is condensed to the jerks, as is usual in model predictive
control: what is left is dense and has as many unknowns as the grid has pieces.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

FINE, COARSE = 0.13, 0.5
"""The first pieces and the longest ones, as shares of the time constant."""
FINE_PIECES = 18
GROWTH = 1.12
SPAN = 10.0
"""How far the horizon reaches, in time constants: what is wanted later moves nothing now."""
PROBES_A_PIECE = 3
"""The distance from what is wanted is measured this often in each piece."""


@dataclass(frozen=True)
class Horizon:
    """`n` pieces, `m` probes. A state is position, speed, acceleration."""

    knots: Array
    """(n + 1) seconds from now."""
    lengths: tuple[float, ...]
    """Of the pieces, in seconds."""
    probes: Array
    """(m) seconds from now at which what is wanted is asked for."""
    pull: Array
    """(n, m): the slope of the squared distance, by (wanted - free motion) at the probes."""
    stiffness: Array
    """(n, n): its curvature."""
    free_at_probes: Array
    """(m, 3): positions at the probes of a state that is left alone."""
    free: Array
    """(3 n, 3): positions, speeds, accelerations at the knots of a state that is left alone."""
    forced: Array
    """(3 n, n): what the jerks add to that."""

    @property
    def pieces(self) -> int:
        return len(self.stiffness)

    def after(self, state: Array, jerks: Array, seconds: float) -> Array:
        """Where a state (3, axes) is after some seconds of these jerks (pieces, axes)."""
        left = seconds
        for length, jerk in zip(self.lengths, jerks, strict=True):
            t = min(length, left)
            position, speed, push = state
            state = np.empty_like(state)
            state[0] = position + t * (speed + t * (push / 2 + t / 6 * jerk))
            state[1] = speed + t * (push + t / 2 * jerk)
            state[2] = push + t * jerk
            left -= length
            if left <= 0:
                break
        return state

    def hessian(self, jerk_weight: float) -> Array:
        """(n, n) of the whole cost: squared distance plus `jerk_weight` times squared jerk, over time."""
        return self.stiffness + jerk_weight * np.diag(np.diff(self.knots))


@lru_cache(maxsize=16)
def horizon(jerk_weight: float) -> Horizon:
    """The grid for this weight in s^6: its sixth root is the time in which the optimal path reacts."""
    time_constant = float(jerk_weight ** (1 / 6))
    knots = _knots() * time_constant
    lengths = np.diff(knots)
    shares = (np.arange(PROBES_A_PIECE) + 0.5) / PROBES_A_PIECE
    probes = (knots[:-1, None] + lengths[:, None] * shares).ravel()
    reach = _responses(probes, knots)[0]
    pull = reach.T * np.repeat(lengths / PROBES_A_PIECE, PROBES_A_PIECE)
    return Horizon(
        knots=knots,
        lengths=tuple(lengths.tolist()),
        probes=probes,
        pull=pull,
        stiffness=pull @ reach,
        free_at_probes=_left_alone(probes)[0],
        free=np.concatenate(_left_alone(knots[1:])),
        forced=np.concatenate(_responses(knots[1:], knots)),
    )


def _knots() -> Array:
    lengths = [FINE] * FINE_PIECES
    while sum(lengths) < SPAN:
        lengths.append(min(lengths[-1] * GROWTH, COARSE))
    return np.concatenate([[0.0], np.cumsum(lengths)])


def _left_alone(times: Array) -> tuple[Array, Array, Array]:
    """Positions, speeds and accelerations, each (times, 3), by the state that they come from."""
    one, nil = np.ones_like(times), np.zeros_like(times)
    return (
        np.stack([one, times, times**2 / 2], axis=1),
        np.stack([nil, one, times], axis=1),
        np.stack([nil, nil, one], axis=1),
    )


def _responses(times: Array, knots: Array) -> tuple[Array, Array, Array]:
    """Positions, speeds and accelerations, each (times, n), by the jerk of each piece."""
    since_begin = np.maximum(times[:, None] - knots[:-1], 0.0)
    since_end = np.maximum(times[:, None] - knots[1:], 0.0)
    return (
        (since_begin**3 - since_end**3) / 6,
        (since_begin**2 - since_end**2) / 2,
        since_begin - since_end,
    )
