"""Whether the camera still looks where it did: bumped, turned or cut."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from .planes import Bytes, Floats

SMALL = 160
"""Pixels across of the pictures that are compared: a tenth of a millisecond."""
LEAST = 0.12
"""Pixels of such pictures: a smaller shift is learnt as restless edges."""
BLOCKS = (16, 9)
"""Places across and down that are asked whether the shift is right."""
DIFFERENT = 2.0
"""Luma: places that differ by less from the background say nothing."""
EVERYWHERE = 0.12
"""Share of the places that must say something."""
BETTER, MOST = 0.85, 0.7
"""Share of a place's difference that a right shift leaves, and share of the places of which that is true."""
ALIKE = 0.4
"""Correlation of outlines: people hide some, light that falls differently makes others."""
SPREAD = 30.0
"""Luma: larger differences count no more than this, or people would outvote the hall."""


@dataclass(frozen=True)
class Shift:
    across: float
    down: float
    """Pixels of the picture by which everything in it has moved."""


def shift_of(luma: Bytes, mean: Floats) -> Shift | None:
    """From the background to this picture; None: the camera stands still, or not to be found."""
    now, before = _small(luma), _small(mean)
    (across, down), _ = cv2.phaseCorrelate(before, now, _window(now.shape[1], now.shape[0]))
    if max(abs(across), abs(down)) < LEAST:
        return None
    scale = luma.shape[1] / now.shape[1]
    shift = _refined(luma, mean, Shift(across * scale, down * scale))
    return shift if _confirmed(luma, mean, shift) else None


@lru_cache(maxsize=4)
def _window(width: int, height: int) -> Floats:
    return np.asarray(cv2.createHanningWindow((width, height), cv2.CV_32F), np.float32)


def same_hall(luma: Bytes, mean: Floats) -> bool:
    """Whether the picture's outlines are the background's, however it is lit."""
    one, other = (cv2.Laplacian(_small(plane), cv2.CV_32F).ravel() for plane in (luma, mean))
    if not one.any() or not other.any():
        return False
    return bool(np.corrcoef(one, other)[0, 1] > ALIKE)


def _refined(luma: Bytes, mean: Floats, shift: Shift) -> Shift:
    """Once more at half the size, on what the first shift leaves."""
    now, moved = _halves(luma, mean, shift)
    (across, down), _ = cv2.phaseCorrelate(moved, now, _window(now.shape[1], now.shape[0]))
    if max(abs(across), abs(down)) > luma.shape[1] / SMALL / 2:
        return shift
    return Shift(shift.across + 2 * across, shift.down + 2 * down)


def _halves(luma: Bytes, mean: Floats, shift: Shift) -> tuple[Floats, Floats]:
    """The picture, and the background where the shift puts it."""
    size = (luma.shape[1] // 2, luma.shape[0] // 2)
    now = cv2.resize(luma, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    before = cv2.resize(mean, size, interpolation=cv2.INTER_AREA)
    matrix = np.array([[1, 0, shift.across / 2], [0, 1, shift.down / 2]], np.float32)
    moved = cv2.warpAffine(before, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(now, np.float32), np.asarray(moved, np.float32)


def _confirmed(luma: Bytes, mean: Floats, shift: Shift) -> bool:
    """Most places that differ do so less where the shift is right.

    There must be such all over the picture: somebody who walks before a plain wall is not the camera.
    """
    now, moved = _halves(luma, mean, shift)
    _, before = _halves(luma, mean, Shift(0.0, 0.0))
    apart, left = _by_block(now, before), _by_block(now, moved)
    differ = apart > DIFFERENT
    if np.count_nonzero(differ) < EVERYWHERE * differ.size:
        return False
    return float(np.mean(left[differ] < BETTER * apart[differ])) > MOST


def _by_block(one: Floats, other: Floats) -> Floats:
    apart = np.minimum(np.abs(one - other), SPREAD)
    return np.asarray(cv2.resize(apart, BLOCKS, interpolation=cv2.INTER_AREA), np.float32)


def _small(plane: Bytes | Floats) -> Floats:
    height, width = plane.shape
    size = (SMALL, max(2, round(SMALL * height / width)))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)
