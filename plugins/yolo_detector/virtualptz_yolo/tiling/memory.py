"""What was found in pieces when they were last looked at."""

import numpy as np

from ..network import Found
from .movement import Mask, Movement

STILL_SECONDS = 4.0
"""Where nothing moves, somebody is where he was for so long: longer than a piece waits for its turn."""
MOVING_SECONDS = 0.7
"""Who moves is foretold for so long."""
REACH = 1.0
"""Box heights that somebody moves at most between two looks, to be taken for the same."""
GONE_SECONDS = 1.5
"""Two looks further apart than this say nothing about speed."""


class PieceMemory:
    """Of one piece: its last finds, the speed that they had, and who of them has moved since."""

    def __init__(self) -> None:
        self._keep(_nobody(), np.zeros((0, 2), np.float32), np.zeros(0, bool))
        self._at = -np.inf

    def __len__(self) -> int:
        return len(self._found)

    def look(self, found: Found, at: float) -> None:
        """What was found there at stream time `at`, in pixels of the picture."""
        apart = at - self._at
        speed = _speeds(self._found, found, apart) if 0 < apart <= GONE_SECONDS else _still(found)
        self._keep(found, speed, np.zeros(len(found), bool))
        self._at = at

    def heed(self, movement: Movement) -> None:
        """Of a picture in which the piece is not looked at: who moves is no longer where he was."""
        self._moved |= movement.at(self._found)

    def forget(self, seen: Mask) -> None:
        """These of its finds: another piece was looked at that holds them, so it knows better."""
        self._keep(self._found[~seen], self._speed[~seen], self._moved[~seen])

    @property
    def found(self) -> Found:
        """Where they were at the last look."""
        return self._found

    def recall(self, at: float) -> Found:
        """Where they are by `at`, as far as can be told without looking."""
        apart = at - self._at
        if not 0 <= apart <= STILL_SECONDS:
            return _nobody()
        recalled = self._found.copy()
        recalled[self._moved, :4] += np.tile(self._speed * np.float32(apart), 2)[self._moved]
        return recalled if apart <= MOVING_SECONDS else recalled[~self._moved]

    def _keep(self, found: Found, speed: Found, moved: Mask) -> None:
        self._found, self._speed, self._moved = found, speed, moved


def _nobody() -> Found:
    return np.zeros((0, 6), np.float32)


def _still(found: Found) -> Found:
    return np.zeros((len(found), 2), np.float32)


def _speeds(before: Found, now: Found, apart: float) -> Found:
    """Pixels a second, x and y, of who was nearby before; 0 where nobody was."""
    speeds = _still(now)
    if not len(before) or not len(now):
        return speeds
    steps = _centres(now)[:, None] - _centres(before)
    distances = np.hypot(steps[..., 0], steps[..., 1])
    distances[now[:, None, 5] != before[:, 5]] = np.inf
    nearest = distances.argmin(axis=1)
    rows = np.arange(len(now))
    close = distances[rows, nearest] <= REACH * (now[:, 3] - now[:, 1])
    speeds[close] = steps[rows, nearest][close] / np.float32(apart)
    return speeds


def _centres(found: Found) -> Found:
    return (found[:, :2] + found[:, 2:4]) * np.float32(0.5)
