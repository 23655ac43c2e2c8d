"""How tall a person is in the picture by where he stands, learnt from people who walk there alone."""

from collections import defaultdict, deque

import numpy as np

from .planes import Bools, Floats

CELLS = 24
"""Across the picture. Heights are gathered by place, so one who stands about does not outvote all others."""
KEPT = 12
"""Of each place: the newest."""
ENOUGH, ENOUGH_CELLS = 2, 3
"""From so many at a place its median counts, and from so many places on it is known how tall people are."""
SURE = 10
"""At a place and its eight neighbours: from here on the heights there are relied on."""
HORIZON = 0.08
"""Of the width, from the top: where cameras that look down at a floor mostly have it; then it is learnt."""
PRIOR_FOOT = 0.34
"""Of the width, from the top: 60 % of the height of a picture of 16:9, a floor's middle."""
LEEWAY = 0.35
"""Of a height that was said: what deviates by more is not measured."""
STIFF = (0.0, 2.0, 6.0, 10.0)
"""How many places it takes to believe in another horizon, in a tilt to a side, in the bend of a wide lens."""
TALLEST, SMALLEST = 1.3, 0.7
"""Beyond the tallest and the smallest that were measured it is not continued further than this."""
UPRIGHT = (1.5, 4.5)
"""Height by width of a person alone, standing or running."""
ROUNDS = 4
TOLERANCE = 0.1
"""Deviations that count in full; larger ones (crouched, cut off, two in one) ever less (Huber)."""


class Perspective:
    """Heights are a plane over the floor, with a bend for wide lenses. Everything as shares of the width."""

    def __init__(self, prior: float = 0.0) -> None:
        """`prior`: height of a person whose feet are at `PRIOR_FOOT`, share of the width; 0: unknown."""
        self._prior = prior
        self._cells: defaultdict[tuple[int, int], deque[tuple[float, float, float]]] = defaultdict(
            lambda: deque(maxlen=KEPT)
        )
        self._plane: Floats | None = None
        self._range = (0.0, 0.0)
        self._sure: Bools = np.zeros((CELLS * 4, CELLS), bool)
        self._news = 0

    @property
    def known(self) -> bool:
        return self._plane is not None or self._prior > 0

    def add(self, x: float, foot: float, height: float) -> None:
        self._cells[_cell(x, foot)].append((x, foot, height))
        self._news += 1

    def plausible(self, foot: float, height: float) -> bool:
        """Whether somebody may be so tall there, by what was said of people's height before."""
        if not self._prior:
            return True
        said = float(self._said(np.array([foot]))[0])
        return abs(height / said - 1) < LEEWAY

    def _said(self, feet: Floats) -> Floats:
        slope = self._prior / (PRIOR_FOOT - HORIZON)
        return np.asarray(np.maximum(slope * (feet - HORIZON), self._prior / 4), np.float32)

    def fit(self) -> None:
        """To be called now and then: learns where there is something new."""
        places = [np.median(np.array(one), axis=0) for one in self._cells.values() if len(one) >= ENOUGH]
        if len(places) < ENOUGH_CELLS or self._news < ENOUGH:
            return
        self._news = 0
        xs, feet, heights = np.array(places).T
        terms = _terms(xs, feet)
        usual, middle = float(np.median(heights)), float(np.median(feet))
        slope = usual / max(middle - HORIZON, HORIZON) / 4
        prior = np.array([usual - slope * (middle - 0.28) * 4, slope, 0.0, 0.0])
        weights = np.ones(len(heights))
        plane = prior
        for _ in range(ROUNDS):
            weighted = terms * weights[:, None]
            normal = terms.T @ weighted + np.diag(STIFF)
            plane = prior + np.linalg.solve(normal, weighted.T @ (heights - terms @ prior))
            weights = 1 / np.maximum(np.abs(terms @ plane - heights) / usual / TOLERANCE, 1)
        self._plane = plane.astype(np.float32)
        low, high = np.quantile(heights, (0.05, 0.95))
        self._range = (SMALLEST * float(low), TALLEST * float(high))
        self._note_sure()

    def sure(self, x: float, foot: float) -> bool:
        """Whether people were measured thereabouts."""
        row, column = _cell(x, foot)
        return bool(self._sure[row, column])

    def height(self, x: float, foot: float) -> float:
        """Of a person whose feet are there; 0: not known."""
        return float(self.heights(np.array([x]), np.array([foot]))[0])

    def heights(self, xs: Floats, feet: Floats) -> Floats:
        if self._plane is None:
            return self._said(feet)
        return np.asarray(np.clip(_terms(xs, feet) @ self._plane, *self._range), np.float32)

    def _note_sure(self) -> None:
        self._sure[:] = False
        for row, column in self._cells:
            around = [(row + down, column + across) for down in (-1, 0, 1) for across in (-1, 0, 1)]
            if sum(len(self._cells[place]) for place in around if place in self._cells) >= SURE:
                self._sure[row, column] = True


def _cell(x: float, foot: float) -> tuple[int, int]:
    return min(max(int(foot * CELLS), 0), CELLS * 4 - 1), min(max(int(x * CELLS), 0), CELLS - 1)


def _terms(xs: Floats, feet: Floats) -> Floats:
    """1, down, across, and the bend of a wide lens; all of order 1."""
    across = (xs - 0.5) * 2
    return np.stack([np.ones_like(xs), (feet - 0.28) * 4, across, across * across - 0.3], axis=-1)
