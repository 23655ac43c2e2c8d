"""What differs from the background and does not move: somebody who stands, or the ghost of somebody who left.

A ghost is in the background, not in the picture: whoever was taken for background and went away leaves one.
They are told apart by where the outline is (Cucchiara et al., "Detecting moving objects, ghosts, and shadows
in video streams", PAMI 2003): the picture has an edge around a person, the background one around a ghost.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from .planes import Bools, Bytes, Floats, Planes, as_bytes

MOVED = 8.0
"""Luma from picture to picture: from here on a calm pixel has moved."""
LOOK_SECONDS = 0.3
"""So often still places are looked at."""
GHOST_SECONDS = 0.5
"""Nobody's outline stays to the pixel for so long while he plays."""
BANNER_SECONDS = 5.0
"""Who covers the same pixels for so long stands, and those who stand make no such shape as a banner."""
BANNER_SHAPE, BANNER_WIDTH = 4.0, 0.12
"""Width by height, and width as a share of the picture's, from which on it is a banner and no huddle."""
BANNER_LOOK_SECONDS = 1.0
LEAST = 12
"""Pixels at half the size: smaller places are left to the slow update."""
OUTER = 0.4
"""Share of a place's border that must be a border to free floor: else it is a still part of somebody."""
STRONGER = 1.4
"""The background's edges against the picture's, from which on it is a ghost."""


@dataclass(frozen=True)
class Patience:
    """Seconds for which something still is not taken for background."""

    nobody: float
    """Something that never walked: a bag, a door, a banner's new picture."""
    standing: float
    """Somebody who came walking."""


class Stillness:
    """At half the size of the picture."""

    def __init__(self, shape: tuple[int, int], at: float) -> None:
        """`shape`: of the picture."""
        self._before: Floats = np.zeros((shape[0] // 2, shape[1] // 2), np.float32)
        self._since: Floats = np.zeros(self._before.shape, np.float32)
        self._taken: Floats = np.zeros(self._before.shape, np.float32)
        self._start = at
        self._looked = self._searched = 0.0

    def update(self, planes: Planes, expected: Planes, faint: Bytes, noise: Floats, at: float) -> None:
        # As a share of the background as it is lit now: a lamp that flickers moves nobody.
        lit = np.maximum(_half(expected.luma).astype(np.float32), 1)
        share = cv2.divide(_half(planes.luma).astype(np.float32), lit)
        change = cv2.multiply(cv2.absdiff(share, self._before), lit)
        moved = cv2.compare(change, cv2.addWeighted(_half(noise), 2.0, lit, 0.0, MOVED - 2.0), cv2.CMP_GT)
        restless = (cv2.dilate(moved, np.ones((3, 3), np.uint8)) > 0) | (_half(faint) == 0)
        np.copyto(self._taken, np.float32(at - self._start), where=_half(faint) == 0)
        np.copyto(self._since, np.float32(at - self._start), where=restless)
        self._before = np.asarray(share, np.float32)

    def belongs(
        self, planes: Planes, expected: Planes, faint: Bytes, walked: Bytes, at: float, patience: Patience
    ) -> Bytes | None:
        """255 where the picture is the background that ought to be; None: nowhere, or it is not time to look.

        `walked` (255 or 0): there is somebody who has been seen walking.
        """
        now = at - self._start
        if 0 <= now - self._looked < LOOK_SECONDS:
            return None
        self._looked = now
        still = (now - self._since > GHOST_SECONDS) & (_half(faint) > 0)
        if np.count_nonzero(still) < LEAST:
            return None
        ghosts = self._ghosts(still, _half(planes.luma), _half(expected.luma), _half(faint))
        age = now - self._since
        stale = (age > patience.nobody) & (_half(walked) == 0) | (age > patience.standing)
        found = (ghosts | (still & stale)).astype(np.uint8) * 255
        if not found.any():
            return None
        grown = cv2.dilate(found, np.ones((3, 3), np.uint8))
        self._since[grown > 0] = now
        height, width = faint.shape
        return np.asarray(cv2.resize(grown, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)

    def banners(self, known: Bytes, at: float) -> Bytes | None:
        """255 where something long, low and never free moves in its place; None: nowhere, or no time to look.

        `known` (255) are the banners so far: a piece that goes on where one ends is of it.
        """
        now = at - self._start
        if 0 <= now - self._searched < BANNER_LOOK_SECONDS:
            return None
        self._searched = now
        long = (now - self._taken > BANNER_SECONDS).astype(np.uint8)
        closed = as_bytes(cv2.morphologyEx(long, cv2.MORPH_CLOSE, np.ones((3, 7), np.uint8)))
        beside = np.ones((3, round(BANNER_WIDTH * closed.shape[1]) | 1), np.uint8)
        found = closed & as_bytes(cv2.dilate(_half(known), beside))
        for window, part in _parts(closed):
            height, width = np.ptp(np.argwhere(part), axis=0) + 1
            if width > BANNER_SHAPE * height and width > BANNER_WIDTH * closed.shape[1]:
                found[window] |= part
        if not found.any():
            return None
        grown = cv2.dilate(found * np.uint8(255), np.ones((5, 5), np.uint8))
        size = (2 * found.shape[1], 2 * found.shape[0])
        return as_bytes(cv2.resize(grown, size, interpolation=cv2.INTER_NEAREST))

    def _ghosts(self, still: Bools, luma: Bytes, expected: Bytes, faint: Bytes) -> Bools:
        ghosts = np.zeros(still.shape, bool)
        closed = cv2.morphologyEx(still.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        for window, part in _parts(np.asarray(closed, np.uint8)):
            if _is_ghost(part, luma[window], expected[window], faint[window]):
                ghosts[window] |= part > 0
        return ghosts


def _is_ghost(part: Bytes, luma: Bytes, expected: Bytes, faint: Bytes) -> bool:
    kernel = np.ones((3, 3), np.uint8)
    border = (cv2.dilate(part, kernel) > 0) & (part == 0)
    outer = border & (faint == 0)
    if np.count_nonzero(outer) < OUTER * np.count_nonzero(border):
        return False
    rim = (cv2.dilate(outer.astype(np.uint8), kernel) > 0) & (cv2.dilate(part, kernel) > 0)
    seen, learnt = _edges(luma)[rim].sum(), _edges(expected)[rim].sum()
    return bool(learnt > STRONGER * seen)


def _edges(luma: Bytes) -> Floats:
    across, down = cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.magnitude(across, down), np.float32)


def _parts(mask: Bytes) -> Iterator[tuple[tuple[slice, slice], Bytes]]:
    """Each connected part: a window two pixels larger than it, and the part in it (1 or 0)."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    for number in range(1, len(stats)):
        left, top, width, height, area = (int(value) for value in stats[number])
        if area >= LEAST:
            window = (
                slice(max(top - 2, 0), top + height + 2),
                slice(max(left - 2, 0), left + width + 2),
            )
            yield window, (labels[window] == number).astype(np.uint8)


def _half(plane: Bytes | Floats) -> Bytes:
    return np.ascontiguousarray(plane[::2, ::2])
