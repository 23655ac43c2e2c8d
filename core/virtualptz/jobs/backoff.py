"""How long to wait before something is tried again."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Backoff:
    """Exponential back-off with full jitter, begun anew after a healthy stretch.

    Full jitter (a uniform draw up to the bound) keeps many jobs that lost the same server from knocking at
    the same moment. Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """

    first: float = 0.5
    factor: float = 2.0
    longest: float = 8.0
    healthy_seconds: float = 30.0
    draw: Callable[[float, float], float] = random.uniform
    attempts: int = field(default=0, init=False)

    def next_delay(self) -> float:
        """Seconds to wait now; at least half the first delay, so that jitter is never a hot loop."""
        bound = min(self.longest, self.first * self.factor ** min(self.attempts, 32))
        self.attempts += 1
        return max(self.first / 2, self.draw(0.0, bound))

    def worked_for(self, seconds: float) -> None:
        if seconds >= self.healthy_seconds:
            self.attempts = 0
