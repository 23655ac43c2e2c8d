"""What is noise in a series of wanted views, and where its end is heading.

Series are (3, samples): x and y as fractions of the source, octaves of zoom.
"""

import numpy as np
import numpy.typing as npt

from .horizon import Array

FAR = np.array([0.02, 0.035, 0.08])
"""Source widths, heights, octaves: what is nearer to its neighbours than this is no outlier."""
TREND_SECONDS = 0.17
"""What is older than this counts for a third, and so on, in where the end is heading."""
TREND_REACH = 6 * TREND_SECONDS
STRAY = np.array([0.015, 0.025, 0.06])
"""Where samples stray this far from their trend, half of it is believed."""
MAX_TREND = 0.5
"""Widths, heights or octaves a second: no play moves faster for long."""
CALM = 1e-3
"""Less than this is no movement and no noise."""
RESTLESS = 0.2
"""A larger share of bends than this is noise; a step makes two, a ramp one at each end."""


def without_outliers(times: Array, values: Array, half_window: float) -> Array:
    """The median of the neighbours in time where a value is far from it, as Hampel's filter does it."""
    count = len(times)
    gap = float(np.sort(times[1:] - times[:-1])[(count - 1) // 2]) if count > 2 else 0.0
    side = int(min(half_window / gap + 0.5, count)) if gap > 0 else 0
    if side == 0:
        return values
    neighbours = np.arange(-side, side + 1) + np.arange(count)[:, None]
    windows = values[:, np.minimum(np.maximum(neighbours, 0), count - 1)]
    windows.partition(side, axis=2)
    medians = windows[:, :, side]
    return np.where(np.abs(values - medians) > FAR[:, None], medians, values)


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
    if spread < 1e-6:
        return values[:, -1], np.zeros(3)
    away = recent - mean[:, None]
    speed = away @ (weights * offsets) / spread
    strays = (away - speed[:, None] * offsets) ** 2 @ weights
    speed = np.minimum(np.maximum(speed / (1 + strays / STRAY**2), -MAX_TREND), MAX_TREND)
    return mean - middle * speed, speed


def settled(values: Array) -> npt.NDArray[np.bool_]:
    """By row: it ends at rest, and moves too rarely for noise."""
    at_rest = np.abs(values[:, -3:] - values[:, -1:]).max(axis=1) < CALM
    if values.shape[1] < 3:
        return np.asarray(at_rest)
    bends = np.abs(values[:, 2:] - 2 * values[:, 1:-1] + values[:, :-2]) > CALM
    return np.asarray(at_rest & (bends.sum(axis=1) < RESTLESS * bends.shape[1]))
