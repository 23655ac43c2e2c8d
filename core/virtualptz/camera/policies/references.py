"""From samples of what is wanted, few and noisy, to what is wanted at any time."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...model import Edges, Sample, View
from .horizon import Array
from .trend import settled, trend, without_doubtful_end, without_outliers

BRIDGE_SECONDS = 1.25
"""A longer silence than this between two samples was meant: what was wanted holds until the second one."""
STEP_SECONDS = 0.1
"""And then changes in this time."""


TRUST_SECONDS = 0.35
"""A last sample that nothing has contradicted for so long is no outlier."""


class References:
    """Wanted positions over time: x, y and octaves of zoom.

    Between samples a straight line, for in a buffer the next one is known: holding each until the next would
    lag by half of what lies between. After the last one the movement goes on and fades with `fade` seconds:
    that is the likeliest future of play (real NBA play is predicted half a second ahead to within 1.8 % of
    the width, against 2.9 % by the last sample alone).
    """

    def __init__(self, median_seconds: float, fade: float) -> None:
        self._half_window = median_seconds / 2
        self._fade = fade
        self._samples: list[Sample] = []
        self._edges: Edges | None = None
        self._trusted_at = 0.0
        self._trusts = False
        self._times = np.zeros(1)
        self._values = np.zeros((3, 1))
        self._last = np.zeros(3)
        self._goes_on = np.zeros(3)
        self.settled: npt.NDArray[np.bool_] = np.ones(3, dtype=bool)
        """By axis: it ends at rest and is free of noise, as what a person wants is."""
        self.still = False
        """Whether all of it is one point."""

    def take(self, samples: Sequence[Sample], edges: Edges, known_until: float) -> bool:
        """At least one sample, in order of time; `known_until`: until then all could have been heard of.

        Returns whether anything is new.
        """
        trusts = known_until >= self._trusted_at
        if trusts == self._trusts and edges is self._edges and _are_same(samples, self._samples):
            return False
        self._samples, self._edges = list(samples), edges
        self._trusted_at = samples[-1].at + TRUST_SECONDS
        self._trusts = known_until >= self._trusted_at
        times, values = _arrays(samples)
        values = without_outliers(times, values, self._half_window)
        if not self._trusts:
            values = without_doubtful_end(times, values)
        self._last, speed = trend(times, values)
        self.settled = settled(values, speed, certain=self._trusts)
        self._last = np.where(self.settled, values[:, -1], self._last)
        end = self._last + np.where(self.settled, 0.0, speed) * self._fade
        self._goes_on = _inside(end, edges) - self._last
        self.still = bool(self.settled.all() and not np.any(values != values[:, :1]))
        self._times, self._values = _with_holds(times, values)
        return True

    def at(self, times: Array) -> Array:
        """(times, 3); `times` ascend."""
        wanted = np.empty((len(times), 3))
        for axis, values in enumerate(self._values):
            wanted[:, axis] = np.interp(times, self._times, values)
        known = int(times.searchsorted(self._times[-1], side="right"))
        if known < len(times):
            gone_on = 1 - np.exp((self._times[-1] - times[known:]) / self._fade)
            wanted[known:] = self._last + gone_on[:, None] * self._goes_on
        return wanted

    def heading(self, at: float) -> tuple[Array, Array]:
        """Places and speeds (3) at one time after the last sample."""
        left = float(np.exp(-max(at - self._times[-1], 0.0) / self._fade))
        return self._last + (1 - left) * self._goes_on, self._goes_on * (left / self._fade)


def _are_same(samples: Sequence[Sample], others: list[Sample]) -> bool:
    # Lists compare by identity first, which nearly always is enough.
    return (samples if isinstance(samples, list) else list(samples)) == others


def _arrays(samples: Sequence[Sample]) -> tuple[Array, Array]:
    views = [sample.view for sample in samples]
    values = np.array(
        [
            [view.center_x for view in views],
            [view.center_y for view in views],
            [view.zoom for view in views],
        ],
        dtype=float,
    )
    np.log2(values[2], out=values[2])
    return np.array([sample.at for sample in samples], dtype=float), values


def _with_holds(times: Array, values: Array) -> tuple[Array, Array]:
    """With the corners that make a straight line between the points a hold where the silence is long."""
    long = np.flatnonzero(times[1:] - times[:-1] > BRIDGE_SECONDS)
    if not len(long):
        return times, values
    corners = times[long + 1] - STEP_SECONDS
    return np.insert(times, long + 1, corners), np.insert(values, long + 1, values[:, long], axis=1)


def _inside(values: Array, edges: Edges) -> Array:
    x, y, octaves = values.tolist()
    view = edges.clamp(View(x, y, 2**octaves))
    return np.array([view.center_x, view.center_y, np.log2(view.zoom)])
