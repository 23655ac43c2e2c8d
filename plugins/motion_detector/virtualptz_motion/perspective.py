"""How tall a person is in the picture by where he stands, learnt from people who walk there alone."""

from collections import deque

import numpy as np

from .planes import Floats

KEPT = 600
"""People measured: the newest count, about a minute of play."""
ENOUGH = 30
"""From so many on it is known."""
STIFF = 4.0
"""People's weight, at the start, against a floor without perspective: few do not tilt it."""
TALLEST, SMALLEST = 1.4, 0.7
"""Beyond the tallest and the smallest that were measured it is not continued further than this."""
UPRIGHT = (1.5, 4.5)
"""Height by width of a person alone, standing or running."""
ROUNDS = 4
TOLERANCE = 0.15
"""Deviations that count in full; larger ones (crouched, cut off, two in one) ever less (Huber)."""


class Perspective:
    """Heights are a plane over the floor, with a bend for wide lenses. Everything as shares of the width."""

    def __init__(self, prior: float = 0.0) -> None:
        """`prior`: height of a person in the middle of the play, share of the picture's width; 0: unknown."""
        self._prior = prior
        self._samples: deque[tuple[float, float, float]] = deque(maxlen=KEPT)
        self._plane: Floats | None = None
        self._range = (0.0, 0.0)
        self._news = 0

    @property
    def known(self) -> bool:
        return self._plane is not None or self._prior > 0

    def add(self, x: float, foot: float, height: float) -> None:
        self._samples.append((x, foot, height))
        self._news += 1

    def fit(self) -> None:
        """To be called now and then: learns where there is something new."""
        if len(self._samples) < ENOUGH or self._news < ENOUGH / 2:
            return
        self._news = 0
        data = np.array(self._samples, np.float64)
        heights = data[:, 2]
        usual = float(np.median(heights))
        terms = _terms(data[:, 0], data[:, 1])
        penalty = np.diag([0.0, 1.0, 2.0, 4.0]) * STIFF
        weights = np.ones(len(heights))
        plane = np.zeros(4)
        for _ in range(ROUNDS):
            weighted = terms * weights[:, None]
            plane = np.linalg.solve(terms.T @ weighted + penalty, weighted.T @ (heights - usual))
            off = np.abs(terms @ plane + usual - heights) / usual
            weights = 1 / np.maximum(off / TOLERANCE, 1)
        plane[0] += usual
        self._plane = plane.astype(np.float32)
        low, high = np.quantile(heights, (0.03, 0.97))
        self._range = (SMALLEST * float(low), TALLEST * float(high))

    def height(self, x: float, foot: float) -> float:
        """Of a person whose feet are there; 0: not known."""
        if self._plane is None:
            return self._prior
        value = _terms(np.array([x]), np.array([foot]))[0] @ self._plane
        return float(np.clip(value, *self._range))

    def heights(self, xs: Floats, feet: Floats) -> Floats:
        if self._plane is None:
            return np.full(xs.shape, self._prior, np.float32)
        return np.asarray(np.clip(_terms(xs, feet) @ self._plane, *self._range), np.float32)


def _terms(xs: Floats, feet: Floats) -> Floats:
    """1, down, across, and the bend of a wide lens; all of order 1."""
    across = (xs - 0.5) * 2
    return np.stack([np.ones_like(xs), (feet - 0.28) * 4, across, across * across - 0.3], axis=-1)
