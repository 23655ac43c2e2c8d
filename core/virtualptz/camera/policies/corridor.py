"""No further than anybody wants: a camera that is told a place goes there, and not beyond and back.

The path of least squared jerk swings past where it goes and back, by 8 % of the way. With noise all around it
nobody sees that; a pan to a place that a person has named must not do it.
"""

import math
from dataclasses import dataclass, field

CARRY_SECONDS = 0.8
"""A camera in motion may run on for as long as this at its speed,"""
CARRY_SECONDS_SQUARED = 0.3
"""and by this much for each unit of acceleration: what is no further away is too near to stop at gently."""
SAME = 1e-6


@dataclass
class Bank:
    """One side of what an axis may pass through; `side` is 1 for the upper one, -1 for the lower one.

    A limit that went with the camera would drive it, so each is settled once: when it begins to count, and
    when what is wanted changes.
    """

    side: int
    _wanted: float = field(default=math.nan, init=False)
    _limit: float = field(default=math.nan, init=False)
    _approaching: bool = field(default=False, init=False)

    def open(self) -> None:
        """It does not count."""
        self._wanted, self._approaching = math.nan, False

    def limit(self, wanted: float, planned: float, state: tuple[float, float, float]) -> float:
        """The outermost position allowed.

        `wanted`, `planned`: the outermost ones that are wanted and that the best path would take; `state`:
        position, speed and acceleration.
        """
        position = state[0]
        if self.side * (position - wanted) > 0:
            # The camera comes from out there: no step back.
            limit = self._outer(position, self._room(planned, state))
            self._limit = self._inner(self._limit, limit) if self._approaching else limit
            self._wanted, self._approaching = math.nan, True
        elif self._approaching:
            self._wanted = self._limit = wanted
            self._approaching = False
        elif not abs(wanted - self._wanted) < SAME:
            self._wanted, self._limit = wanted, self._outer(wanted, self._room(planned, state))
        return self._limit

    def _room(self, planned: float, state: tuple[float, float, float]) -> float:
        """Where the best path goes, where that is near; else where the camera can stop gently."""
        position, speed, push = state
        carried = max(self.side * speed, 0.0) * CARRY_SECONDS
        pushed = max(self.side * push, 0.0) * CARRY_SECONDS_SQUARED
        return self._inner(planned, position + self.side * (carried + pushed))

    def _outer(self, one: float, other: float) -> float:
        return max(one, other) if self.side > 0 else min(one, other)

    def _inner(self, one: float, other: float) -> float:
        return min(one, other) if self.side > 0 else max(one, other)
