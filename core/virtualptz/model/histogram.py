"""How long things took, counted by bounds: small enough for every heartbeat."""

import threading
from bisect import bisect_left

from .frozen import Frozen

STAGE_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 1.0)
"""Seconds for one picture: at 30 a second there are 0.033."""
DETECT_BOUNDS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0)
OUTAGE_BOUNDS = (0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0)
COMMAND_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


class Histogram(Frozen):
    bounds: tuple[float, ...] = ()
    """Seconds, rising."""
    counts: tuple[int, ...] = ()
    """How many were at most each bound but above the one before; the last: above them all."""
    total: float = 0.0
    """Seconds, of all together."""

    def __add__(self, other: "Histogram") -> "Histogram":
        """Of different bounds, those of another version, it is the second alone."""
        if self.bounds != other.bounds or len(self.counts) != len(other.counts):
            return other
        counts = tuple(one + more for one, more in zip(self.counts, other.counts, strict=True))
        return Histogram(bounds=self.bounds, counts=counts, total=self.total + other.total)


class Stopwatch:
    """Counts; any thread may."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._total = 0.0
        self._lock = threading.Lock()

    def took(self, seconds: float) -> None:
        with self._lock:
            self._counts[bisect_left(self._bounds, seconds)] += 1
            self._total += seconds

    @property
    def histogram(self) -> Histogram:
        with self._lock:
            return Histogram(bounds=self._bounds, counts=tuple(self._counts), total=round(self._total, 6))
