"""From samples of what is wanted, few and noisy, to what is wanted at any time."""

from collections.abc import Sequence

import numpy as np

from ...model import Sample
from .horizon import Array

BRIDGE_SECONDS = 1.25
"""A longer silence than this between two samples was meant: what was wanted holds until the second one."""
STEP_SECONDS = 0.1
"""And then changes in this time."""
OUTLIER_FLOOR = 0.02
"""Source widths, heights or octaves: whatever is nearer to its neighbours than this is none."""


class References:
    """Wanted positions over time: x, y and octaves of zoom. Remembers the samples that it was last given."""

    def __init__(self, median_seconds: float) -> None:
        self._half_window = median_seconds / 2
        self._samples: list[Sample] = []
        self._times = np.zeros(1)
        self._values = np.zeros((1, 3))

    def take(self, samples: Sequence[Sample]) -> None:
        """At least one sample."""
        if len(samples) == len(self._samples) and all(map(_same, samples, self._samples)):
            return
        self._samples = list(samples)
        times = np.array([each.at for each in samples])
        values = np.array([(each.view.center_x, each.view.center_y, each.view.zoom) for each in samples])
        values[:, 2] = np.log2(values[:, 2])
        self._times, self._values = _with_holds(times, _without_outliers(times, values, self._half_window))

    def at(self, times: Array) -> Array:
        """(times, 3)."""
        return np.stack([np.interp(times, self._times, axis) for axis in self._values.T], axis=1)


def _same(one: Sample, other: Sample) -> bool:
    return one is other


def _without_outliers(times: Array, values: Array, half_window: float) -> Array:
    """The median of the neighbours in time where a value is far from it, after Hampel 1974."""
    if len(times) < 3:
        return values
    interval = float(np.median(np.diff(times)))
    side = min(int(half_window / interval + 0.5), 15) if interval > 0 else 0
    if side == 0:
        return values
    padded = np.pad(values, ((side, side), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * side + 1, axis=0)
    medians = np.median(windows, axis=2)
    far = np.abs(values - medians) > OUTLIER_FLOOR
    return np.where(far, medians, values)


def _with_holds(times: Array, values: Array) -> tuple[Array, Array]:
    """With the corners that make a straight line between the points a hold where the silence is long."""
    long = np.flatnonzero(np.diff(times) > BRIDGE_SECONDS)
    if not len(long):
        return times, values
    corners = times[long + 1] - STEP_SECONDS
    return np.insert(times, long + 1, corners), np.insert(values, long + 1, values[long], axis=0)
