"""How large people are in a picture, and whether it has to be looked at in pieces for that."""

import numpy as np

from ..network import Found

SMALL, LARGE = 28.0, 42.0
"""Pixels at the network's input: where the median person, of the whole picture in one piece, is lower than
the first, pieces are worth their cost; they are given up when he is taller than the second."""
WANTED = 40.0
"""Pixels that pieces are to give the median person."""
SURE = 0.3
"""Less certain boxes are not measured."""
PEOPLE = 3
"""So many are needed for a measure."""
SECONDS = 2.0
"""The measure follows what is seen within this."""
CHANGE = 1.35
"""A grid is laid anew where its pieces should be larger or smaller by more than this factor."""


class SizeGauge:
    """Decides with hysteresis. Before anything was measured: pieces, twice as fine as the whole picture."""

    def __init__(self, always: bool) -> None:
        """`always`: pieces however large people are."""
        self._always = always
        self._height: float | None = None
        self._at = 0.0
        self._on = True
        self._scale = 0.0

    def measure(self, people: Found, at: float) -> None:
        """The people of one picture, in pixels of it, at stream time `at`."""
        heights = (people[:, 3] - people[:, 1])[people[:, 4] >= SURE]
        if len(heights) < PEOPLE:
            return
        median = float(np.median(heights))
        if self._height is None:
            self._height = median
        else:
            share = min(max(at - self._at, 0.0) / SECONDS, 1.0)
            self._height += share * (median - self._height)
        self._at = at

    def scale(self, longest: int, size: int) -> float:
        """Of pieces, for a picture of `longest` pixels and a network of `size`; 0: no pieces."""
        if longest <= size:
            return 0.0
        if self._height is not None and not self._always:
            at_input = self._height * size / longest
            self._on = at_input < (LARGE if self._on else SMALL)
        if not self._on:
            self._scale = 0.0
            return 0.0
        wanted = self._wanted(size / longest)
        if not self._scale or not 1 / CHANGE < wanted / self._scale < CHANGE:
            self._scale = wanted
        return self._scale

    def _wanted(self, coarse: float) -> float:
        """`coarse`: the whole picture's scale."""
        scale = 2 * coarse if self._height is None else WANTED / self._height
        # Never enlarged, for there is no more to see then, and always worth being pieces.
        return min(max(scale, 1.5 * coarse), 1.0)
