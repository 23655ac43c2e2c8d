"""People who cover each other: boxes of a person's size, laid one after another over what moves.

The one that explains most pixels that no other explains comes first, until what is left is nobody. A greedy
form of what Fleuret et al. do with many cameras ("Multicamera people tracking with a probabilistic occupancy
map", PAMI 2008).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from .perspective import Perspective
from .planes import Bytes, Floats

Points = Sequence[tuple[float, float]]
Places = npt.NDArray[np.intp]
Part = tuple[Places, Places, Places, Places, Floats]

ROWS = 16
"""Pixels of a person's height that are enough to lay boxes by: larger groups are made smaller first."""
TRUNK, REACH = 0.20, 0.42
"""Width by height of a person's middle, which is full, and of arms and legs, which partly are."""
TRUNK_COST, REACH_COST = 0.60, 0.28
"""Of a box's pixels that must be somebody's, so that it is worth more than no box."""
BETWEEN = (0.2, 0.3)
"""Of the height, above and below a box: what is full on both sides is between two people, and gains so much
less."""
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


def cover(
    mask: Bytes, left: int, top: int, perspective: Perspective, width: int, awaited: Points
) -> list[Placed]:
    """`mask` (1 or 0) is at half the size of a picture of `width`, and begins there at `left`, `top`.

    `awaited`: where the feet of people ought to be who were seen before; pixels of the picture.
    """
    ground = _Ground(mask, left, top, perspective, width)
    bonuses = [one for x, foot in awaited if (one := ground.bonus(x, foot)) is not None]
    placed: list[Placed] = []
    while len(placed) < MOST:
        gains = np.maximum.reduce([ground.gains(bonus) for bonus in (None, *bonuses)])
        place = int(np.argmax(gains))
        gain = float(gains.flat[place])
        if gain < WORTH:
            break
        bonuses = [bonus for bonus in bonuses if not bonus.flat[place]]
        placed.append(Placed(ground.take(place), gain))
    return placed


class _Ground:
    """What is not explained yet, and all the places where somebody might stand on it."""

    def __init__(self, mask: Bytes, left: int, top: int, perspective: Perspective, width: int) -> None:
        rows, columns = mask.shape
        tall = perspective.height((left + columns) / width, (top + 2 * rows) / width) * width / 2
        step = max(1, int(tall // ROWS))
        self._free: Floats = mask[::step, ::step].astype(np.float32)
        self._left, self._top, self._scale = left, top, 2.0 * step
        rows, columns = self._free.shape
        xs, feet = np.meshgrid(np.arange(columns) + 0.5, np.arange(min(3, rows), rows + 1))
        self._xs, self._feet = xs.astype(np.float32), feet.astype(np.float32)
        across, down = (left + self._xs * self._scale) / width, (top + self._feet * self._scale) / width
        self._heights = perspective.heights(across, down) * np.float32(width / self._scale)
        self._parts = [
            self._corners(TRUNK, 1, 0),
            self._corners(REACH, 1, 0),
            self._corners(TRUNK, 1 + BETWEEN[0], 1),
            self._corners(TRUNK, 0, -BETWEEN[0]),
        ]
        self._known: Floats | None = None

    def gains(self, bonus: Floats | None) -> Floats:
        """What a box at each place would explain, beyond what it costs."""
        if self._known is None:
            total = np.asarray(cv2.integral(self._free, sdepth=cv2.CV_64F))
            trunk, reach, above, below = (
                (total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]) / area
                for x0, x1, y0, y1, area in self._parts
            )
            gains = (trunk - TRUNK_COST + reach - REACH_COST) / 2 - BETWEEN[1] * np.minimum(above, below)
            self._known = np.asarray(gains, np.float32)
        return self._known if bonus is None else self._known + bonus

    def bonus(self, x: float, foot: float) -> Floats | None:
        """What more a box gains near the place where somebody is awaited; None: none of them is near."""
        x, foot = (x - self._left) / self._scale, (foot - self._top) / self._scale
        away = ((self._xs - x) ** 2 + (self._feet - foot) ** 2) / (AWAITED * self._heights) ** 2
        return np.asarray(REMEMBERED * np.maximum(1 - away, 0), np.float32) if away.min() < 1 else None

    def take(self, place: int) -> tuple[float, float, float, float]:
        """The box at this place, in pixels of the picture; what it holds is explained once more."""
        x, foot, height = (float(one.flat[place]) for one in (self._xs, self._feet, self._heights))
        half = REACH / 2 * height
        x0, y0, x1, y1 = (max(round(side), 0) for side in (x - half, foot - height, x + half, foot))
        inside = self._free[y0:y1, x0:x1]
        inside[...] = np.where(inside >= 1, TAKEN, 0)
        self._known = None
        return (
            self._left + (x - half) * self._scale,
            self._top + (foot - height) * self._scale,
            self._left + (x + half) * self._scale,
            self._top + foot * self._scale,
        )

    def _corners(self, broad: float, top: float, bottom: float) -> Part:
        """Of all places: left, right, top and bottom, as shares of the height over the feet, and the area."""
        rows, columns = self._free.shape
        half = np.maximum(broad / 2 * self._heights, 0.5)
        xs = (self._xs - half, self._xs + half)
        ys = (self._feet - top * self._heights, self._feet - bottom * self._heights)
        x0, x1 = (np.clip(np.rint(at), 0, columns).astype(np.intp) for at in xs)
        y0, y1 = (np.clip(np.rint(at), 0, rows).astype(np.intp) for at in ys)
        return x0, x1, y0, y1, 2 * half * (top - bottom) * self._heights
