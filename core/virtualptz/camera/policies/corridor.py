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
EASE_SECONDS = 0.2
"""So long it takes to let go of an acceleration and to brake,"""
BRAKE_SHARE = 0.7
"""with this share of the acceleration limit."""
SAME = 1e-6


@dataclass
class Bank:
    """One side of what an axis may pass through; `side` is 1 for the upper one, -1 for the lower one.

    A limit that went with the camera would drive it, so each is settled once: when it begins to count, and
    when what is wanted changes.
    """

    side: int
    max_acceleration: float
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
        known = abs(wanted - self._wanted) < SAME
        if self.side * (position - wanted) > 0:
            # The camera comes from out there: no step back.
            limit = self._outer(position, self._room(planned, state))
            self._limit = self._inner(self._limit, limit) if self._approaching and known else limit
            self._approaching = True
        elif self._approaching and known:
            self._limit, self._approaching = wanted, False
        elif not known:
            self._limit, self._approaching = self._outer(wanted, self._room(planned, state)), False
        self._wanted = wanted
        return self._limit

    def _room(self, planned: float, state: tuple[float, float, float]) -> float:
        """Where the best path goes, where that is near; else where the camera can stop gently.

        Never nearer than it can stop at all: the best path without limits would brake harder.
        """
        position, speed, push = state[0], max(self.side * state[1], 0.0), max(self.side * state[2], 0.0)
        carried = speed * CARRY_SECONDS + push * CARRY_SECONDS_SQUARED
        then = speed + push * EASE_SECONDS
        stopped = then * EASE_SECONDS + then * then / (2 * BRAKE_SHARE * self.max_acceleration)
        gently = self._inner(planned, position + self.side * carried)
        return self._outer(gently, position + self.side * stopped)

    def _outer(self, one: float, other: float) -> float:
        return max(one, other) if self.side > 0 else min(one, other)

    def _inner(self, one: float, other: float) -> float:
        return min(one, other) if self.side > 0 else max(one, other)
