"""What the play is at, told by how people are spread and run, and by shots where the ball is seen."""

import math

from ...model import PlayPhase
from .dwell import Dwell
from .layout import WALK_TO_RUN, Layout
from .possession import Side

RUN, ARRIVED = 1.6, 0.8
"""Metres a second of the median player along the court: from the first on play changes ends, under the second
it has arrived. In 35 minutes of NBA play the median player is faster than 1.6 in three tenths of the time."""
AT_REST = 1.0
"""Metres a second of those who run: in a live game somebody always does. In the same 35 minutes, all of them
live play, one second of a hundred is under it."""
STANDING = 0.5
LANE_BREADTH = 0.7
"""Of the breadth that play usually has: at a free throw everybody is on the lane or behind it, nobody near
the sidelines; at a throw-in they keep their spacing."""
USUAL_SECONDS = 30.0
DWELL_SECONDS: dict[PlayPhase, float] = {
    "set_offense": 0.4,
    "transition": 0.3,
    "rebound": 0.0,
    "deadball": 1.2,
    "free_throw": 0.8,
}
"""How long each must have been in sight before it is said."""


class PhaseReader:
    """Belongs to one thread."""

    def __init__(self) -> None:
        self._phase: Dwell[PlayPhase | None] = Dwell.at(None)
        self._breadth: float | None = None
        """What it usually is in the half court."""

    def read(
        self, layout: Layout, side: Side | None, at: float, passed: float, *, rebound: bool = False
    ) -> PlayPhase | None:
        """None until something was in sight for long enough. `side` is attacked; `rebound`: a shot has just
        come down."""
        wish = self._wish(layout, side, rebound)
        self._phase = self._phase.after(wish, at, DWELL_SECONDS[wish])
        if self._phase.value == "set_offense":
            before = layout.breadth if self._breadth is None else self._breadth
            self._breadth = before + (1 - math.exp(-passed / USUAL_SECONDS)) * (layout.breadth - before)
        return self._phase.value

    def _wish(self, layout: Layout, side: Side | None, rebound: bool) -> PlayPhase:
        running = self._phase.value == "transition"
        if walking(layout):
            return "deadball"
        if abs(layout.flow) > (ARRIVED if running else RUN) or on_the_way(layout, side):
            return "transition"
        if rebound:
            return "rebound"
        if layout.brisk < STANDING and self._lined_up(layout):
            return "free_throw"
        return "deadball" if layout.brisk < AT_REST else "set_offense"

    def _lined_up(self, layout: Layout) -> bool:
        return self._breadth is not None and layout.breadth < LANE_BREADTH * self._breadth


def on_the_way(layout: Layout, side: Side | None) -> bool:
    """Most are still in the half that is defended, and not all of them rest."""
    return side is not None and layout.brisk > AT_REST and (layout.middle < 0.5) == (side == "right")


def walking(layout: Layout) -> bool:
    """All the same way, and nobody runs: to a throw-in, to the bench, to the other end after a whistle."""
    return abs(layout.flow) > ARRIVED and layout.brisk < WALK_TO_RUN
