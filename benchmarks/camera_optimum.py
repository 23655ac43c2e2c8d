"""The smoothest path that stays near a whole passage's wanted places: the limit of what can be reached."""

import numpy as np

from .camera_play import Array

PINNED = 1e9
"""What the place weighs at which the path begins."""
STIFF = 1e4
"""What a bound weighs once it is passed, beside 1 for a wanted place."""
ROUNDS, SETTLED = 200, 1e-7
THIRD_DIFFERENCE = (-1.0, 3.0, -3.0, 1.0)


def least_cost(wanted: Array, weight: float, low: float, high: float, begin: float) -> Array:
    """The x of least |x - wanted|^2 + weight |third differences of x|^2, between low and high.

    Like any camera it begins somewhere, standing still: three pictures, the last of which is the first of the
    path, are at `begin`. A bound is a stiff spring where the path passes it: Newton's method, halving steps
    that would not help.
    """

    wanted = np.concatenate([np.full(3, begin), wanted[1:]])
    trust = np.ones(len(wanted))
    trust[:3] = PINNED

    def cost(path: Array) -> float:
        away, bent = path - wanted, np.diff(path, 3)
        passed = path - np.clip(path, low, high)
        return float(trust @ away**2 + weight * (bent @ bent) + STIFF * (passed @ passed))

    path = np.array(wanted)
    for _ in range(ROUNDS):
        held = np.where(path < low, low, np.where(path > high, high, np.nan))
        passed = ~np.isnan(held)
        pull = trust * wanted + np.where(passed, STIFF * held, 0.0)
        step = _smoothed(pull, trust + STIFF * passed, weight) - path
        if np.abs(step).max() < SETTLED:
            return path[2:]
        while cost(path + step) > cost(path):
            step /= 2
        path = path + step
    raise ArithmeticError(f"no optimum after {ROUNDS} rounds")


def _smoothed(pull: Array, trust: Array, weight: float) -> Array:
    """Solves (T + weight D'D) x = pull, T = diag(trust), D: third differences."""
    bands = [weight * band for band in _squared_differences(len(pull))]
    bands[0] = bands[0] + trust
    return _solve_banded([band.tolist() for band in bands], pull.tolist())


def _squared_differences(count: int) -> list[Array]:
    """The diagonal of D'D and the three beside it, each (count)."""
    bands = [np.zeros(count) for _ in THIRD_DIFFERENCE]
    for row, first in enumerate(THIRD_DIFFERENCE):
        for column in range(row, len(THIRD_DIFFERENCE)):
            bands[column - row][row : count - 3 + row] += first * THIRD_DIFFERENCE[column]
    return bands


def _solve_banded(bands: list[list[float]], right: list[float]) -> Array:
    """A symmetric matrix by its diagonal and the three beside it (`bands[k][i]` at row i + k): L D L'."""
    diagonal, *beside = bands
    d, first, second, third, y = ([0.0] * 3 for _ in range(5))
    for i in range(len(right)):
        scaled, before = first[-1] * d[-1], second[-2] * d[-2]
        pivot = diagonal[i] - first[-1] * scaled - second[-2] * before - third[-3] ** 2 * d[-3]
        entries = (
            (beside[0][i] - second[-1] * scaled - third[-2] * before) / pivot,
            (beside[1][i] - third[-1] * scaled) / pivot,
            beside[2][i] / pivot,
        )
        y.append(right[i] - first[-1] * y[-1] - second[-2] * y[-2] - third[-3] * y[-3])
        d.append(pivot)
        for column, entry in zip((first, second, third), entries, strict=True):
            column.append(entry)
    x = [0.0] * 3
    for i in range(len(y) - 1, 2, -1):
        x.append(y[i] / d[i] - first[i] * x[-1] - second[i] * x[-2] - third[i] * x[-3])
    return np.array(x[:2:-1])
