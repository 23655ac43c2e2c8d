"""What was found in pieces when they were last looked at."""

import numpy as np

from ..network import Found

STILL_SECONDS = 4.0
"""Where nothing moves, people are where they were for so long: longer than any piece waits for its turn."""
MOVING_SECONDS = 0.7
"""Where something moves, they are foretold for so long."""
REACH = 1.0
"""Box heights that somebody moves at most between two looks, to be taken for the same."""
GONE_SECONDS = 1.5
"""Two looks further apart than this say nothing about speed."""


class PieceMemory:
    """Of one piece: its last finds, with the speed that they had."""

    def __init__(self) -> None:
        self._found: Found = np.zeros((0, 6), np.float32)
        self._speed = np.zeros((0, 2), np.float32)
        self._at = -np.inf

    @property
    def anybody(self) -> bool:
        return len(self._found) > 0

    def look(self, found: Found, at: float) -> None:
        """What was found there at stream time `at`, in pixels of the picture."""
        apart = at - self._at
        self._speed = _speeds(self._found, found, apart) if 0 < apart <= GONE_SECONDS else _none(found)
        self._found, self._at = found, at

    def recall(self, at: float, moving: bool) -> Found:
        """Where they are by `at`, as far as can be told without looking."""
        apart = at - self._at
        if not 0 <= apart <= (MOVING_SECONDS if moving else STILL_SECONDS):
            return np.zeros((0, 6), np.float32)
        recalled = self._found.copy()
        if moving:
            recalled[:, :4] += np.tile(self._speed * np.float32(apart), 2)
        return recalled


def _none(found: Found) -> Found:
    return np.zeros((len(found), 2), np.float32)


def _speeds(before: Found, now: Found, apart: float) -> Found:
    """Pixels a second, x and y, of who was nearby before; 0 where nobody was."""
    speeds = _none(now)
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
