"""Whether the picture showed what the tracking saw: updates meet the view of their own time."""

import math
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush

from ..model import Edges, FramingOptions, TrackingUpdate, View
from .framing.observation import observe

MEMORY_SECONDS = 5.0
"""An update that comes later than this after its picture has left counts no more."""
WAITING_LIMIT = 4096
"""Updates that wait for their picture; more of them in some seconds say nothing new."""
Place = tuple[float, float]
"""Fractions of the source."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was to be seen at one moment."""

    players: tuple[Place, ...]
    ball: Place | None

    @classmethod
    def of(cls, update: TrackingUpdate, options: FramingOptions) -> "Sighting | None":
        """None where nothing was seen. Whoever does not count for the framing does not count here."""
        observed = observe(update, options)
        if observed is None or not (observed.players or observed.balls):
            return None
        players = tuple((each.x, each.y) for each in observed.players)
        ball = max(observed.balls, key=lambda each: each.confidence, default=None)
        return cls(players, None if ball is None else (ball.x, ball.y))


@dataclass(frozen=True, slots=True)
class Shown:
    """What the picture of one moment held of a sighting."""

    at: float
    players: int
    players_in_view: int
    ball: bool
    ball_in_view: bool


class Sightings:
    """Matches what was seen with the picture nearest to it in time, whichever of the two comes first."""

    def __init__(self, gap: float, *, limited: bool) -> None:
        """`gap`: pictures further apart than this, in seconds, show nothing of the time between them."""
        self._gap = gap
        self._limit = WAITING_LIMIT if limited else None
        self._views: deque[tuple[float, View, Edges]] = deque()
        self._waiting: list[tuple[float, int, Sighting]] = []
        self._count = 0

    def see(self, sighting: Sighting, at: float) -> Shown | None:
        """What its picture held; None where that has not left yet, or is forgotten."""
        if self._views and at <= self._views[-1][0]:
            return self._judge(sighting, at)
        if self._limit is None or len(self._waiting) < self._limit:
            self._count += 1
            heappush(self._waiting, (at, self._count, sighting))
        return None

    def show(self, at: float, view: View, edges: Edges) -> list[Shown]:
        """The next picture leaves; returns what is now known of those that waited for it."""
        views = self._views
        views.append((at, view, edges))
        while views[0][0] < at - MEMORY_SECONDS:
            views.popleft()
        known = []
        while self._waiting and self._waiting[0][0] <= at:
            seen_at, _, sighting = heappop(self._waiting)
            shown = self._judge(sighting, seen_at)
            if shown is not None:
                known.append(shown)
        return known

    def _judge(self, sighting: Sighting, at: float) -> Shown | None:
        picture = self._nearest(at)
        if picture is None:
            return None
        _, view, edges = picture
        half_width = edges.shape.width / view.zoom / 2
        half_height = edges.shape.height / view.zoom / 2

        def holds(place: Place) -> bool:
            across, down = abs(place[0] - view.center_x), abs(place[1] - view.center_y)
            return across <= half_width and down <= half_height

        ball = sighting.ball
        return Shown(
            at=at,
            players=len(sighting.players),
            players_in_view=sum(map(holds, sighting.players)),
            ball=ball is not None,
            ball_in_view=ball is not None and holds(ball),
        )

    def _nearest(self, at: float) -> tuple[float, View, Edges] | None:
        after = bisect_left(self._views, at, key=lambda each: each[0])
        later = self._views[after]
        if math.isclose(later[0], at, abs_tol=1e-9):
            return later
        if after == 0:
            return None
        earlier = self._views[after - 1]
        if later[0] - earlier[0] > self._gap:
            return None
        return earlier if at - earlier[0] <= later[0] - at else later
