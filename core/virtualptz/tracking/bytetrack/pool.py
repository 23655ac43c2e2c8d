"""All tracks that are known, as arrays with a row for each."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from .association import Mask, Rows
from .motion import Floats, Motion

NEW, SEEN, LOST = range(3)
"""Seen once and not yet believed; seen in the last picture; seen before, and remembered."""


@dataclass(slots=True)
class Measured:
    """Detections that can be tracked."""

    boxes: Floats
    """M x 4: left, top, right, bottom."""
    scores: Floats
    kinds: npt.NDArray[np.int64]
    """Classes, by number."""

    def at(self, chosen: Mask) -> "Measured":
        return Measured(self.boxes[chosen], self.scores[chosen], self.kinds[chosen])

    def __len__(self) -> int:
        return len(self.scores)


@dataclass(slots=True)
class Pool:
    motion: Motion
    ids: npt.NDArray[np.int64]
    kinds: npt.NDArray[np.int64]
    scores: Floats
    states: npt.NDArray[np.int64]
    first: Floats
    """Stream time at which each was first seen."""
    last: Floats
    """Stream time at which each was last seen."""

    @classmethod
    def empty(cls) -> "Pool":
        return cls.begun(Measured(np.empty((0, 4)), np.empty(0), np.empty(0, np.int64)), 1, NEW, 0.0)

    @classmethod
    def begun(cls, measured: Measured, first_id: int, state: int, at: float) -> "Pool":
        """A track for each detection, numbered from `first_id` on."""
        count = len(measured)
        return cls(
            Motion.starting(measured.boxes),
            np.arange(first_id, first_id + count),
            measured.kinds,
            measured.scores,
            np.full(count, state),
            np.full(count, at),
            np.full(count, at),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def keep(self, kept: Mask) -> None:
        if not kept.all():
            self.motion = self.motion.at(kept)
            for name in _ARRAYS:
                setattr(self, name, getattr(self, name)[kept])

    def add(self, other: "Pool") -> None:
        self.motion = Motion.joined(self.motion, other.motion)
        for name in _ARRAYS:
            setattr(self, name, np.concatenate([getattr(self, name), getattr(other, name)]))

    def see(self, rows: Rows, measured: Measured, columns: Rows, at: float) -> None:
        """Row `rows[i]` was seen as detection `columns[i]`."""
        if len(rows):
            self.motion.correct(rows, measured.boxes[columns])
            self.scores[rows] = measured.scores[columns]
            self.states[rows] = SEEN
            self.last[rows] = at

    def lose(self, rows: Mask) -> None:
        self.states[rows] = LOST
        self.motion.stop_growing(rows)


_ARRAYS = tuple(each.name for each in fields(Pool) if each.name != "motion")
