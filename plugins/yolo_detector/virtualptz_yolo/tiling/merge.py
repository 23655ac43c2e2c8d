"""What was found in several pieces, put together: everybody once.

After SAHI (Akyon et al., ICIP 2022), which drops by overlap over the smaller box, with an order of its own: a
box that a seam cuts never wins against the whole one, however sure the network is of it.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from ..network import Found

SAME_UNION = 0.4
"""Two whole boxes of two pieces are of one person from this overlap on (over their union) ..."""
SAME_INSIDE = 0.65
"""... or from this share of the smaller one, where one of them was seen coarsely. Two people who stand one
behind the other overlap as much, so it does not hold between two boxes of the same fineness."""
PART_INSIDE = 0.5
"""A cut or remembered box is a part of another one from this share of the smaller one on."""


class Rank(IntEnum):
    """Which of two boxes of one person is the better one, whatever their scores."""

    TILE = 0
    WHOLE_PICTURE = 1
    REMEMBERED = 2
    """From a piece that was not looked at now."""
    CUT = 3
    """By a seam."""


@dataclass(frozen=True, slots=True)
class Finds:
    """Boxes of one piece, in pixels of the picture."""

    found: Found
    ranks: npt.NDArray[np.int64]
    piece: int
    """Which one: two boxes of one piece are of two people."""

    @classmethod
    def of(cls, found: Found, rank: Rank, piece: int, cut: npt.NDArray[np.bool_] | None = None) -> "Finds":
        ranks = np.full(len(found), int(rank), np.int64)
        if cut is not None:
            ranks[cut] = int(Rank.CUT)
        return cls(found, ranks, piece)


def merge(finds: list[Finds]) -> Found:
    """Everybody once: the better box, with the higher score of those that are the same."""
    if not finds:
        return np.zeros((0, 6), np.float32)
    found = np.concatenate([one.found for one in finds])
    ranks = np.concatenate([one.ranks for one in finds])
    pieces = np.concatenate([np.full(len(one.found), one.piece, np.int64) for one in finds])
    order = np.lexsort((-found[:, 4], ranks))
    found, ranks, pieces = found[order], ranks[order], pieces[order]
    same = _same(found, ranks) & (pieces[:, None] != pieces)
    kept = np.ones(len(found), bool)
    for index in range(len(found)):
        if kept[index]:
            dropped = same[index] & kept
            dropped[: index + 1] = False
            kept &= ~dropped
            found[index, 4] = max(found[index, 4], found[dropped, 4].max(initial=0.0))
    merged: Found = found[kept]
    return merged


def _same(found: Found, ranks: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether two boxes, the better one first, are of one thing."""
    shared, areas = _shared(found)
    union = shared / np.maximum(areas[:, None] + areas - shared, 1e-6)
    inside = shared / np.maximum(np.minimum(areas[:, None], areas), 1e-6)
    later = np.maximum(ranks[:, None], ranks)
    limit = np.full(later.shape, 2.0)
    limit[later == Rank.WHOLE_PICTURE] = SAME_INSIDE
    limit[later >= Rank.REMEMBERED] = PART_INSIDE
    same: npt.NDArray[np.bool_] = (union >= SAME_UNION) | (inside >= limit)
    alike: npt.NDArray[np.bool_] = np.equal(found[:, None, 5], found[:, 5])
    return same & alike


def _shared(found: Found) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The area that each two boxes have in common, and each one's own."""
    boxes = found[:, :4]
    low = np.maximum(boxes[:, None, :2], boxes[:, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[:, 2:])
    sides = np.clip(high - low, 0, None)
    return sides[..., 0] * sides[..., 1], (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
