"""Silence beside pictures that have no sound: of a source that is away, or whose sound is."""

import math

import numpy as np

from ...model import AudioInfo
from ...protocols import AudioPacket, MediaBackend

MOST_SECONDS = 3.0
"""A hole that is longer has been there before the source went: silence begins behind it."""
LEAST_SECONDS = 0.005
HOLE_SECONDS = 0.1
HOLE_PIECES = 3
"""Between two pieces of sound that are further apart than this, and than so many of them, there is a hole."""


class Hush:
    """Knows up to where the program has sound, in program time. One thread's."""

    def __init__(self, backend: MediaBackend, like: AudioInfo, begin_at: float = -math.inf) -> None:
        """`begin_at`: where silence begins that no sound came before."""
        self._backend = backend
        self._rate = like.sample_rate
        self._channels = min(max(like.channels, 1), 2)
        self._last = -math.inf
        self._end = begin_at
        self._silent = False
        self._step = 0.0
        """Between the beginnings of the last two pieces."""

    def takes(self, at: float) -> bool:
        """Whether sound of this time still has a place; else silence has been sent there."""
        return at > self._last and not (self._silent and at < self._end)

    def heard(self, sound: AudioPacket, at: float) -> None:
        if not self._silent:
            self._step = at - self._last
        self._last, self._end, self._silent = at, at + sound.duration, False

    def before(self, at: float) -> AudioPacket | None:
        """The rest of the silence, up to sound of time `at`, or all of it where pieces are missing.

        Else there is none between two of them: what a source says of their durations is not always true.
        """
        heard_before = math.isfinite(self._last)
        hole = heard_before and at - self._last > max(HOLE_SECONDS, HOLE_PIECES * self._step)
        return self.until(at) if self._silent or hole else None

    def until(self, at: float) -> AudioPacket | None:
        """Silence from where the sound ends up to `at`; its `pts` is program time. None: there is no hole."""
        missing = at - self._end
        if missing > MOST_SECONDS:
            self._end, missing = at, 0.0
        samples = int(missing * self._rate)
        if missing < LEAST_SECONDS or not samples:
            return None
        begin = self._last = self._end
        self._end += samples / self._rate
        self._silent = True
        return self._backend.audio(np.zeros((self._channels, samples), np.float32), self._rate, begin)
