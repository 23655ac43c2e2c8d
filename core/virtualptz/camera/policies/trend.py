"""What is noise in a series of wanted views, and where its end is heading.

Series are (3, samples): x and y as fractions of the source, octaves of zoom.
"""

import numpy as np
import numpy.typing as npt

from .horizon import Array

FAR = np.array([0.03, 0.05, 0.12])
"""Source widths, heights, octaves: what is nearer to its neighbours than this is no outlier."""
DOUBT = 1.5 * FAR
"""The last one has neighbours on one side only."""
FORESEEN_SECONDS = 0.3
TREND_SECONDS = 0.17
"""What is older than this counts for a third, and so on, in where the end is heading."""
TREND_REACH = 6 * TREND_SECONDS
STRAY = np.array([0.015, 0.025, 0.06])
"""Where samples stray this far from their trend, half of it is believed."""
MAX_TREND = 0.5
"""Widths, heights or octaves a second: half of this speed is believed, and hardly any of much more."""
ENOUGH = 3
"""With fewer samples than this there is no telling a jump from a movement."""
CALM = 1e-3
"""Less than this is no movement and no noise."""
SLOW = 0.03
"""A trend of less than this, of which nothing more is heard, has ended."""
RESTLESS = 0.2
"""A larger share of bends than this is noise; a step makes two, a ramp one at each end."""


def without_outliers(times: Array, values: Array, half_window: float) -> Array:
    """What is far from the median of its neighbours in time gives way to the line between those that are not.

    The test is Hampel's filter. May write to `values`.
    """
    count = len(times)
    gap = float(np.sort(times[1:] - times[:-1])[(count - 1) // 2]) if count > 2 else 0.0
    side = int(min(half_window / gap + 0.5, count)) if gap > 0 else 0
    if side == 0:
        return values
    neighbours = np.arange(-side, side + 1) + np.arange(count)[:, None]
    windows = values[:, np.minimum(np.maximum(neighbours, 0), count - 1)]
    windows.partition(side, axis=2)
    far = np.abs(values - windows[:, :, side]) > FAR[:, None]
    for axis in np.flatnonzero(far.any(axis=1)):
        bad = far[axis]
        values[axis, bad] = np.interp(times[bad], times[~bad], values[axis, ~bad])
    return values


def without_doubtful_end(times: Array, values: Array) -> Array:
    """A last value far from where the others head waits: the next one tells whether it is an outlier.

    May write to `values`.
    """
    if len(times) < 4:
        return values
    place, speed = trend(times[:-1], values[:, :-1])
    foreseen = place + speed * min(float(times[-1] - times[-2]), FORESEEN_SECONDS)
    doubtful = np.abs(values[:, -1] - foreseen) > DOUBT
    if doubtful.any():
        values[:, -1] = np.where(doubtful, foreseen, values[:, -1])
    return values


def trend(times: Array, values: Array) -> tuple[Array, Array]:
    """Where the last samples say that the series ends, and how fast it moves there.

    A straight line by least squares with weights that fade into the past; the less the samples keep to it,
    the less it is believed: a jump is no movement.
    """
    first = int(times.searchsorted(times[-1] - TREND_REACH))
    ages, recent = times[first:] - times[-1], values[:, first:]
    weights = np.exp(ages / TREND_SECONDS)
    weights /= weights.sum()
    middle, mean = weights @ ages, recent @ weights
    offsets = ages - middle
    spread = float(weights @ offsets**2)
    if len(ages) < ENOUGH or spread < 1e-6:
        return values[:, -1], np.zeros(3)
    away = recent - mean[:, None]
    speed = away @ (weights * offsets) / spread
    strays = (away - speed[:, None] * offsets) ** 2 @ weights
    speed = speed / (1 + strays / STRAY**2 + (speed / MAX_TREND) ** 6)
    return mean - middle * speed, speed


def settled(values: Array, speed: Array, *, certain: bool) -> npt.NDArray[np.bool_]:
    """By row: it ends at rest, and moves too rarely for noise.

    `speed`: its trend; `certain`: the last value has stood for so long that it needs no others beside it.
    """
    at_rest = np.abs(values[:, -3:] - values[:, -1:]).max(axis=1) < CALM
    if certain:
        at_rest |= np.abs(speed) < SLOW
    if values.shape[1] < 3:
        return np.asarray(at_rest)
    bends = np.abs(values[:, 2:] - 2 * values[:, 1:-1] + values[:, :-2]) > CALM
    return np.asarray(at_rest & (bends.sum(axis=1) < RESTLESS * bends.shape[1]))
