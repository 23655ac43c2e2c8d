"""How sure the tracking of a whole scene is."""

import math
from collections.abc import Sequence
from statistics import fmean

from ..bytetrack import Track

MOST = 0.96
SURE = 0.5
"""Detectors score people whom they see well with this or more."""
STEADY_SECONDS = 0.5
USUAL_SECONDS = 20.0
"""Time constant of how many people are usually seen."""
COUNT_SECONDS = 0.4
"""And of how many are seen now: one picture in which a detector misses half of them is no loss."""
ENOUGH = 0.8
"""Of them: somebody is always hidden."""
FEW = 0.5
"""So many people more would be as good as one error among them: a single one is only two thirds sure."""
HIDDEN_WEIGHT = 0.8


class ConfidenceReader:
    """Belongs to one thread."""

    def __init__(self) -> None:
        self._usual = 0.0
        self._count = 0.0

    def read(self, people: Sequence[Track], detected: int, occlusion: float, passed: float) -> float:
        """0..1: the product of how sure the detections are, how many of those usually detected are and how
        long they have been followed, less what is hidden. `passed`: seconds since the last picture."""
        self._learn(detected, passed)
        if not people:
            return 0.0
        sure = min(1.0, fmean(max(track.score, 0.0) for track in people) / SURE)
        steady = fmean(min(1.0, track.age / STEADY_SECONDS) for track in people)
        found = min(1.0, self._count / max(ENOUGH * self._usual, 1e-6))
        several = len(people) / (len(people) + FEW)
        value = MOST * found * several * (0.4 + 0.6 * sure) * (0.6 + 0.4 * steady)
        return min(max(value - HIDDEN_WEIGHT * occlusion, 0.0), 1.0)

    def _learn(self, count: int, passed: float) -> None:
        if self._usual == 0.0:
            self._usual = self._count = float(count)
        self._usual += (1 - math.exp(-passed / USUAL_SECONDS)) * (count - self._usual)
        self._count += (1 - math.exp(-passed / COUNT_SECONDS)) * (count - self._count)
