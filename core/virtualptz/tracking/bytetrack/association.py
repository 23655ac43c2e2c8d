"""Which detection is which track."""

from dataclasses import dataclass, field

import lap
import numpy as np
import numpy.typing as npt

from .motion import Floats

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
IMPOSSIBLE = 2.0
"""More than any limit: 1 - IoU is at most 1."""


def overlaps(one: Floats, other: Floats) -> Floats:
    """Intersection over union of N and M boxes (left, top, right, bottom): N x M."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared: Floats = np.prod(np.maximum(high - low, 0), axis=2)
    return shared / (_areas(one)[:, None] + _areas(other)[None, :] - shared + 1e-9)


def grown(boxes: Floats, heights: float) -> Floats:
    """Boxes that reach further on every side: who runs is found again where the boxes themselves no longer
    overlap (Yang et al., "Make It Easier by Buffering the Matching Space", WACV 2023)."""
    reach = heights * (boxes[:, 3:] - boxes[:, 1:2])
    return np.concatenate([boxes[:, :2] - reach, boxes[:, 2:] + reach], axis=1)


def _areas(boxes: Floats) -> Floats:
    areas: Floats = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return areas


@dataclass(slots=True)
class Association:
    """One picture's: what has been matched, and what is still free."""

    tracks: int
    detections: int
    free_tracks: Mask = field(init=False)
    free_detections: Mask = field(init=False)

    def __post_init__(self) -> None:
        self.free_tracks = np.ones(self.tracks, bool)
        self.free_detections = np.ones(self.detections, bool)

    def match(self, costs: Floats, limit: float, tracks: Mask, detections: Mask) -> tuple[Rows, Rows]:
        """Match the free ones of `tracks` with the free ones of `detections` at the least cost in all.

        `costs`: of every track (row) with every detection (column). No pair costs more than `limit`.
        """
        rows = np.flatnonzero(tracks & self.free_tracks)
        columns = np.flatnonzero(detections & self.free_detections)
        if not len(rows) or not len(columns):
            return rows[:0], columns[:0]
        _, found, _ = lap.lapjv(costs[np.ix_(rows, columns)], extend_cost=True, cost_limit=limit)
        paired = found >= 0
        rows, columns = rows[paired], columns[found[paired]]
        self.free_tracks[rows] = False
        self.free_detections[columns] = False
        return rows, columns
