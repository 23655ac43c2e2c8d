"""How fast something grows: one slope for several stretches, each of which begins where it likes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Stretch = Sequence[tuple[float, float]]
"""Seconds and values."""
LEAST = 6
"""Points of a stretch that says anything."""


@dataclass(frozen=True, slots=True)
class Slope:
    """Per hour."""

    per_hour: float = math.nan
    error: float = math.inf
    """Its standard error, widened for values that hang together."""

    @property
    def surely(self) -> float:
        """The least that it is, but for chance (two standard errors); 0 where it may be nothing."""
        return max(0.0, abs(self.per_hour) - 2 * self.error) if math.isfinite(self.error) else 0.0

    def __str__(self) -> str:
        return f"{self.per_hour:.2f} ± {self.error:.2f}" if math.isfinite(self.error) else "too short to say"


def slope(stretches: Sequence[Stretch]) -> Slope:
    """Least squares: one slope for all, an offset for each.

    What is left of memory and of clocks hangs together: the standard error is that of as many independent
    values as the correlation leaves (AR(1)).
    """
    centred = [_centred(np.asarray(each, float)) for each in stretches if len(each) >= LEAST]
    if not centred:
        return Slope()
    times, values = (np.concatenate([each[:, column] for each in centred]) for column in (0, 1))
    spread = float(times @ times)
    if spread == 0 or len(times) <= len(centred) + 1:
        return Slope()
    per_second = float(times @ values) / spread
    left = [each[:, 1] - per_second * each[:, 0] for each in centred]
    total = sum(float(each @ each) for each in left)
    if total == 0:
        return Slope(3600 * per_second, 0.0)
    together = sum(float(each[1:] @ each[:-1]) for each in left) / total
    together = min(max(together, 0.0), 0.99)
    variance = total / (len(times) - len(centred) - 1) / spread
    return Slope(3600 * per_second, 3600 * math.sqrt(variance * (1 + together) / (1 - together)))


def _centred(points: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> np.ndarray:
    return np.asarray(points - points.mean(axis=0))


def rise(stretch: Stretch) -> float:
    """From the median of the first quarter to that of the last: what no single step or dip can make."""
    quarter = max(1, len(stretch) // 4)
    values = [value for _, value in stretch]
    return float(np.median(values[-quarter:]) - np.median(values[:quarter]))
