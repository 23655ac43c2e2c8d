"""When something that is lost again and again is left alone for a while."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Breaker:
    """Opens at the last of `losses` within `seconds`. From then on every loss asks for a pause, until the
    thing has worked for `healthy_seconds`: what is broken for good is tried once a pause, not five times."""

    losses: int = 5
    seconds: float = 60.0
    healthy_seconds: float = 30.0
    clock: Callable[[], float] = time.monotonic
    is_open: bool = field(default=False, init=False)
    _times: deque[float] = field(default_factory=deque, init=False)

    def lost(self, worked_seconds: float) -> bool:
        """Whether to pause before the next try."""
        now = self.clock()
        if worked_seconds >= self.healthy_seconds:
            self.is_open = False
        self._times.append(now)
        while self._times[0] <= now - self.seconds:
            self._times.popleft()
        if len(self._times) >= self.losses:
            self.is_open = True
            self._times.clear()
        return self.is_open
