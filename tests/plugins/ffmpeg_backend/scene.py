"""A scene whose every point is known by formula, and how far a picture of it is off."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
_WAVES = np.random.default_rng(1).uniform([-0.25, -0.25, 0], [0.25, 0.25, 6.28], (14, 3))
MARGIN = 4


def value(x: Floats, y: Floats) -> Floats:
    """Brightness at columns `x` and rows `y`: waves that any interpolation carries."""
    total = sum(14 * np.cos(a * x[None] + b * y[:, None] + c) for a, b, c in _WAVES)
    return np.asarray(128 + total, np.float64)


def sampled(x: Floats, y: Floats) -> npt.NDArray[np.uint8]:
    return np.clip(np.rint(value(x, y)), 0, 255).astype(np.uint8)


def displacement(picture: npt.NDArray[np.uint8], x: Floats, y: Floats) -> tuple[float, float]:
    """By how much a picture that should show columns `x`, rows `y` is off: least squares on the slope."""
    inner = (slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))
    error = (picture - value(x, y))[inner].ravel()
    slope_x = (value(x + 0.5, y) - value(x - 0.5, y))[inner].ravel()
    slope_y = (value(x, y + 0.5) - value(x, y - 0.5))[inner].ravel()
    found, *_ = np.linalg.lstsq(np.stack([slope_x, slope_y], 1), error, rcond=None)
    return float(found[0]), float(found[1])
