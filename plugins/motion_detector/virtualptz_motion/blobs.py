"""Connected pixels of the foreground."""

from dataclasses import dataclass

import cv2
import numpy as np

from .foreground import Foreground
from .planes import Bools, Bytes, as_bytes, over

REFERENCE = 640
"""Pixels across of a picture for which sizes in pixels are meant; they grow with the picture."""
GAP = (3, 7)
"""Across and down: what is nearer than this is one. A belt, or a court's line through a leg, parts a person;
people are parted sideways."""
ROUND = 13
"""Pixels across around a clear one: what is faint further off is the floor, a trace of a shadow."""
LEAST = 16
"""Pixels: less is grain."""
CLEAR_SHARE = 0.15
"""Of a blob's pixels that must be clear: an unsure edge alone is nobody."""


@dataclass(frozen=True)
class Blob:
    left: int
    top: int
    right: int
    bottom: int
    mask: Bools
    """At half the size, of the box."""

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def area(self) -> int:
        """Pixels of the picture."""
        return int(np.count_nonzero(self.mask)) * 4


def blobs_of(found: Foreground) -> list[Blob]:
    scale = found.faint.shape[1] / REFERENCE
    faint = as_bytes(cv2.medianBlur(found.faint, 3))
    clear = as_bytes(cv2.medianBlur(found.clear, 3))
    round_about = _odd(ROUND * scale)
    faint &= as_bytes(cv2.dilate(clear, np.ones((round_about, round_about), np.uint8)))
    kernel = np.ones((_odd(GAP[1] * scale), _odd(GAP[0] * scale)), np.uint8)
    whole = cv2.morphologyEx(faint | clear, cv2.MORPH_CLOSE, kernel)
    size = (whole.shape[1] // 2, whole.shape[0] // 2)
    small = over(as_bytes(cv2.resize(whole, size, interpolation=cv2.INTER_AREA)), 0)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(small, connectivity=8, ltype=cv2.CV_32S)
    # Those at every other pixel: enough to tell clear blobs from others.
    sure = np.bincount(labels[clear[::2, ::2] > 0], minlength=len(stats))
    blobs = []
    for number in range(1, len(stats)):
        left, top, width, height, area = (int(value) for value in stats[number])
        if area * 4 >= LEAST * scale and sure[number] >= max(2, CLEAR_SHARE * area):
            part = labels[top : top + height, left : left + width] == number
            blobs.append(Blob(2 * left, 2 * top, 2 * (left + width), 2 * (top + height), part))
    return blobs


def mask_of(blobs: list[Blob], shape: tuple[int, int]) -> Bytes:
    """At half of the size `shape`: 1 where a blob is."""
    mask = np.zeros((shape[0] // 2, shape[1] // 2), np.uint8)
    for blob in blobs:
        rows, columns = blob.mask.shape
        mask[blob.top // 2 : blob.top // 2 + rows, blob.left // 2 : blob.left // 2 + columns] |= blob.mask
    return mask


def _odd(size: float) -> int:
    return max(1, int(size) // 2 * 2 + 1)
