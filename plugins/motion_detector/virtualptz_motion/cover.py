"""People who cover each other: boxes of a person's size, laid one after another over what moves.

The one that explains most pixels that no other explains comes first, until what is left is nobody. A greedy form of
what Fleuret et al. do with many cameras ("Multicamera people tracking with a probabilistic occupancy map", PAMI 2008).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .perspective import Perspective
from .planes import Bytes, Floats

Points = Sequence[tuple[float, float]]

ROWS = 16
"""Pixels of a person's height that are enough to lay boxes by: larger groups are made smaller first."""
TRUNK, REACH = 0.20, 0.42
"""Width by height of a person's middle, which is full, and of arms and legs, which partly are."""
TRUNK_COST, REACH_COST = 0.55, 0.30
"""Of a box's pixels that must be somebody's, so that it is worth more than no box."""
TAKEN = 0.25
"""What another box explains counts so much: people overlap."""
WORTH = 0.12
"""Of a box's pixels, gained beyond the cost: less is a limb or what a shadow left."""
REMEMBERED = 0.1
"""Gained where somebody was awaited: two who meet are still two, at the places where they went."""
AWAITED = 0.2
"""Of the height: so near to where he was awaited he is the same."""
MOST = 12
"""People in one group."""


@dataclass(frozen=True)
class Placed:
    box: tuple[float, float, float, float]
    """Left, top, right, bottom; pixels of the picture."""
    gain: float
    """How well it explains what is there; about 0 to 0.6."""


def cover(mask: Bytes, left: int, top: int, perspective: Perspective, width: int, awaited: Points) -> list[Placed]:
    """`mask` (1 or 0) is at half the size of a picture of `width`, and begins there at `left`, `top`.

    `awaited`: where the feet of people ought to be who were seen before; pixels of the picture.
    """
    rows, columns = mask.shape
    tall = perspective.height((left + columns) / width, (top + 2 * rows) / width) * width / 2
    step = max(1, int(tall // ROWS))
    free = mask[::step, ::step].astype(np.float32)
    scale = 2.0 * step
    xs, feet = np.meshgrid(np.arange(free.shape[1]) + 0.5, np.arange(3, free.shape[0] + 1, dtype=np.float64))
    heights = perspective.heights((left + xs * scale) / width, (top + feet * scale) / width) * width / scale
    placed: list[Placed] = []
    bonus = [_bonus((x - left) / scale, (foot - top) / scale, xs, feet, heights) for x, foot in awaited]
    bonus = [one for one in bonus if one.any()]
    while len(placed) < MOST:
        gains = _gains(free, xs, feet, heights) + np.max([np.zeros_like(xs), *bonus], axis=0)
        best = np.unravel_index(int(np.argmax(gains)), gains.shape)
        if gains[best] < WORTH:
            break
        bonus = [one for one in bonus if not one[best]]
        x, foot, height = float(xs[best]), float(feet[best]), float(heights[best])
        half = REACH / 2 * height
        box = (x - half, foot - height, x + half, foot)
        x0, y0, x1, y1 = (max(round(side), 0) for side in box)
        if not free[y0:y1, x0:x1].size:
            break
        free[y0:y1, x0:x1] = np.minimum(free[y0:y1, x0:x1], TAKEN) * (free[y0:y1, x0:x1] >= 1)
        placed.append(Placed(tuple(side * scale + (left, top)[at % 2] for at, side in enumerate(box)), float(gains[best])))  # type: ignore[arg-type]
    return placed


def _bonus(x: float, foot: float, xs: Floats, feet: Floats, heights: Floats) -> Floats:
    away = np.hypot(xs - x, feet - foot) / (AWAITED * heights)
    return np.asarray(REMEMBERED * np.maximum(1 - away * away, 0), np.float32)


def _gains(free: Floats, xs: Floats, feet: Floats, heights: Floats) -> Floats:
    total = cv2.integral(free, sdepth=cv2.CV_64F)
    trunk = _share(total, xs, feet, heights, TRUNK)
    reach = _share(total, xs, feet, heights, REACH)
    return np.asarray((trunk - TRUNK_COST + reach - REACH_COST) / 2, np.float32)


def _share(total: Floats, xs: Floats, feet: Floats, heights: Floats, broad: float) -> Floats:
    """Of a box's pixels, those that are somebody's."""
    rows, columns = total.shape
    half = np.maximum(broad / 2 * heights, 0.5)
    x0, x1 = (np.clip(np.rint(side), 0, columns - 1).astype(np.int32) for side in (xs - half, xs + half))
    y0, y1 = (np.clip(np.rint(side), 0, rows - 1).astype(np.int32) for side in (feet - heights, feet))
    inside = total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]
    return np.asarray(inside / (2 * half * heights), np.float32)
