"""A scene whose every point is known by a formula, and how far a picture of it is off."""

from typing import Any

import numpy as np
import numpy.typing as npt

from ..protocols import BgrArray

Floats = npt.NDArray[np.floating[Any]]
_WAVES = np.random.default_rng(1).uniform([-0.25, -0.25, 0], [0.25, 0.25, 6.28], (14, 3))
MARGIN = 4
"""Pixels at the edges of a picture that are not judged: there an interpolation has to guess."""


def value(x: Floats, y: Floats) -> Floats:
    """Brightness at columns `x` and rows `y`, 0..255: waves that any interpolation carries."""
    total = sum(14 * np.cos(a * x[None] + b * y[:, None] + c) for a, b, c in _WAVES)
    return np.asarray(128 + total, np.float64)


def sampled(x: Floats, y: Floats) -> npt.NDArray[np.uint8]:
    return np.clip(np.rint(value(x, y)), 0, 255).astype(np.uint8)


def drawn(width: int, height: int) -> BgrArray:
    """The scene in grey, one pixel a unit."""
    grey = sampled(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    return np.repeat(grey[:, :, None], 3, axis=2)


def displacement(picture: npt.NDArray[Any], x: Floats, y: Floats) -> tuple[float, float]:
    """By how much a picture that should show columns `x`, rows `y` is off, in units of the scene.

    Least squares on the slope (Lucas and Kanade, 1981), exact where it is off by little.
    """
    inner = (slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))
    error = (picture - value(x, y))[inner].ravel()
    slope_x = (value(x + 0.5, y) - value(x - 0.5, y))[inner].ravel()
    slope_y = (value(x, y + 0.5) - value(x, y - 0.5))[inner].ravel()
    found, *_ = np.linalg.lstsq(np.stack([slope_x, slope_y], 1), error, rcond=None)
    return float(found[0]), float(found[1])
