"""How everybody runs: speeds over the floor from the last moments of each track."""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from ...model.region import Point
from ..bytetrack import Track
from .floor import Floor
from .scene import Scene

WINDOW_SECONDS = 0.4
"""Of places that a speed is the slope of. A tracker's own speed is made to foretell the next picture: at ten
pictures a second it is half a second late."""
LEAST_SECONDS = 0.15
UNSEEN_SECONDS = 0.5
"""Who runs fast is lost most easily, and still runs: for so long he counts where he is thought to be."""
FASTEST = 10.0
"""Metres a second: nobody runs faster; a track that does went over to somebody else."""

Timed = tuple[float, float, float]
"""Stream time and place."""


@dataclass(frozen=True, slots=True)
class Mover:
    """One person on the court. Left and right are the picture's."""

    along: float
    """0 at the left end of the court, 1 at its right end."""
    run: float
    """Metres a second to the right."""
    pace: float
    """Metres a second, in any direction."""
    place: Point = (0.0, 0.0)
    """In the floor's own units, along and across."""


class Movers:
    """Remembers each track's places. Belongs to one thread."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._places: dict[int, deque[Timed]] = {}

    def read(self, people: Iterable[Track], scene: Scene) -> list[Mover]:
        """Those of `people` who were seen for long enough to have a speed."""
        before, self._places = self._places, {}
        movers: list[Mover] = []
        for track in people:
            place = self._floor.place(track, scene)
            if place is None or track.unseen > UNSEEN_SECONDS:
                continue
            places = self._places[track.track_id] = before.get(track.track_id, deque())
            _remember(places, place, scene.at)
            if scene.at - places[0][0] >= LEAST_SECONDS:
                movers.append(self._mover(track, place, places))
        return movers

    def _mover(self, track: Track, place: Point, places: deque[Timed]) -> Mover:
        metre = self._floor.metre(track)
        vx, vy = (value / metre for value in slope(places))
        pace = math.hypot(vx, vy)
        if pace > FASTEST:
            vx, pace = vx * FASTEST / pace, FASTEST
        return Mover(self._floor.along(place), vx, pace, place)


def _remember(places: deque[Timed], place: Point, at: float) -> None:
    places.append((at, *place))
    while places[0][0] < at - WINDOW_SECONDS - 1e-6:
        places.popleft()


def slope(places: Iterable[Timed]) -> Point:
    """Of the straight lines through them, by least squares; units a second."""
    timed = list(places)
    times, xs, ys = zip(*timed, strict=True)
    middle = math.fsum(times) / len(times)
    weights = [at - middle for at in times]
    total = math.fsum(weight * weight for weight in weights)
    if total <= 0:
        return 0.0, 0.0
    return (
        math.fsum(weight * x for weight, x in zip(weights, xs, strict=True)) / total,
        math.fsum(weight * y for weight, y in zip(weights, ys, strict=True)) / total,
    )
