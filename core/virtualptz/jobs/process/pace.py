"""Real time for sources that have none, and how far behind real time a live one is."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

SLIP_SECONDS = 1.0
"""Later than this, the pace starts anew from here instead of rushing to catch up."""
WINDOW_SECONDS = 30.0


@dataclass
class Pacer:
    """Lets pictures through at the rate of their time stamps. For files and for HLS (bursts)."""

    stop: threading.Event
    clock: Callable[[], float] = time.monotonic
    _anchor: float | None = field(default=None, init=False)

    def wait_for(self, at: float, ahead: float = 0.0) -> float:
        """Returns `ahead` seconds before the picture of stream time `at` is due, or at once on a stop.

        The first pictures, which are within `ahead` of the first one, wait for nothing. Returns the
        monotonic time at which stream time 0 was due.
        """
        now = self.clock()
        if self._anchor is None or now > self._anchor + at + SLIP_SECONDS:
            self._anchor = now - at
        self.stop.wait(max(0.0, self._anchor + at - ahead - now))
        return self._anchor


@dataclass
class Lag:
    """How much later a picture is read than the quickest ones of the last minute were, in seconds.

    The quickest are the measure because the clocks of camera and machine are unrelated and drift apart; two
    windows in turn let the measure follow that drift.
    """

    clock: Callable[[], float] = time.monotonic
    _least: float = field(default=float("inf"), init=False)
    _least_before: float = field(default=float("inf"), init=False)
    _window_began: float = field(default=float("-inf"), init=False)

    def of(self, at: float) -> float:
        now = self.clock()
        distance = now - at
        if now - self._window_began > WINDOW_SECONDS:
            self._least_before, self._least, self._window_began = self._least, distance, now
        self._least = min(self._least, distance)
        return distance - min(self._least, self._least_before)

    @property
    def origin(self) -> float:
        """The moment at which stream time 0 came, or would have, had it been as quick as the quickest."""
        return min(self._least, self._least_before)

    def forget(self) -> None:
        self._least = self._least_before = float("inf")
        self._window_began = float("-inf")


@dataclass
class Thinning:
    """Which live pictures to leave out so that a job that is too slow keeps up with its camera."""

    starts: float = 0.5
    ends: float = 0.2
    gives_up: float = 3.0
    """Seconds of lag from which on nothing is kept until it is below `starts`."""
    _active: bool = field(default=False, init=False)
    _flushing: bool = field(default=False, init=False)
    _skipped: bool = field(default=False, init=False)

    def keeps(self, lag: float) -> bool:
        """Every other picture is left out between `starts` and `ends`: even, so motion stays readable."""
        self._flushing = lag > (self.starts if self._flushing else self.gives_up)
        if self._flushing:
            return False
        self._active = lag > (self.ends if self._active else self.starts)
        self._skipped = self._active and not self._skipped
        return not self._skipped
