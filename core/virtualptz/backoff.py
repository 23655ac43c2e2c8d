"""How long to wait before something is tried again: the one rule of the project."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Backoff:
    """Exponential back-off with full jitter, begun anew after a healthy stretch. Any one thread's.

    Full jitter (a uniform draw up to the bound) keeps many jobs that lost the same server from knocking at
    the same moment. Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """

    first: float = 0.5
    longest: float = 30.0
    factor: float = 1.6
    least: float | None = None
    """Seconds that every wait has; None: half of `first`, so that jitter is never a hot loop."""
    healthy_seconds: float = 30.0
    draw: Callable[[float, float], float] = random.uniform
    clock: Callable[[], float] = time.monotonic
    attempts: int = field(default=0, init=False)
    """Failures since it last was healthy."""
    reason: str | None = field(default=None, init=False)
    """Of the last failure."""
    next_at: float | None = field(default=None, init=False)
    """When the next try is, on `clock`; None: nothing waits."""
    _well_since: float | None = field(default=None, init=False)

    def failed(self, reason: str | None = None, *, pause: float | None = None) -> float:
        """Seconds to wait before the next try; `pause`: just so many."""
        if self._well_since is not None:
            self.worked_for(self.clock() - self._well_since)
        self._well_since = None
        bound = min(self.longest, self.first * self.factor ** min(self.attempts, 64))
        self.attempts += 1
        self.reason = reason
        least = self.first / 2 if self.least is None else self.least
        delay = min(max(least, self.draw(0.0, bound)), max(least, self.longest)) if pause is None else pause
        self.next_at = self.clock() + delay
        return delay

    def trying(self) -> None:
        """The wait is over."""
        self.next_at = None

    def working(self) -> None:
        """It works now; may be said as often as one likes. What fails later asks for how long it did."""
        self.next_at = None
        if self._well_since is None:
            self._well_since = self.clock()

    def worked_for(self, seconds: float) -> None:
        if seconds >= self.healthy_seconds:
            self.attempts = 0

    @property
    def next_in(self) -> float | None:
        """Seconds to the next try; None: nothing waits."""
        at = self.next_at
        return None if at is None else max(0.0, at - self.clock())
