"""Places where a ball is seen again and again: painted on the wall, in a rack, on the next court."""

import math
from dataclasses import dataclass

from ...model.region import Point

RADIUS = 0.4
"""Metres."""
PATIENCE_SECONDS = 3.0
"""A ball in play is held for so long without a step; for longer only before a free throw."""
FORGOTTEN_SECONDS = 60.0
MOST = 64


@dataclass(slots=True)
class _Spot:
    place: Point
    seconds: float = 0.0
    """For which something was seen here, the long past forgotten."""


class Clutter:
    """How far a place is to be believed. Pixels; time goes on from call to call."""

    def __init__(self) -> None:
        self._spots: list[_Spot] = []

    def go_on(self, passed: float) -> None:
        """`passed`: seconds since the last picture."""
        for spot in self._spots:
            spot.seconds *= math.exp(-passed / FORGOTTEN_SECONDS)

    def trust(self, place: Point, metre: float, passed: float) -> float:
        """1 for a place where no ball was; the less the longer one has been there. It is there now."""
        spot = self._spot(place, metre)
        spot.seconds += passed
        return min(1.0, PATIENCE_SECONDS / spot.seconds) ** 2 if spot.seconds > 0 else 1.0

    def _spot(self, place: Point, metre: float) -> _Spot:
        nearest = min(self._spots, key=lambda spot: math.dist(spot.place, place), default=None)
        if nearest is not None and math.dist(nearest.place, place) <= RADIUS * metre:
            return nearest
        self._spots.append(_Spot(place))
        if len(self._spots) > MOST:
            self._spots.remove(min(self._spots[:-1], key=lambda spot: spot.seconds))
        return self._spots[-1]
