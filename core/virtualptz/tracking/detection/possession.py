"""Which side of the picture the team with the ball attacks, told by how everybody runs."""

import math
from dataclasses import dataclass
from typing import Literal

from .layout import WALK_TO_RUN, Layout

Side = Literal["left", "right"]

RUN_SECONDS = 0.7
"""Over about this long a run is counted: then it is a run, or people only shift about."""
TURNED = 1.0
"""Metres run one way by the median player: both teams run to the basket that is attacked from now on, those
who have the ball to score and the others to get back."""
TURNED_AFTER_SHOT = 0.6
AFTER_SHOT_SECONDS = 5.0
"""A shot is what a change of possession mostly comes after, so less is needed to believe it. After a basket
the ball must be thrown in within five seconds."""
SETTLED_SECONDS = 3.0
SETTLED_AT_FIRST = 1.0
"""After so long in one half without running, that half is attacked: the ball must leave the back court
within eight seconds, and everybody has gone ahead of it by then."""
SETTLED_FLOW = 0.8
OFF_MIDDLE = 0.08
"""Of the court's length: nearer to the middle no half is told."""


@dataclass(frozen=True, slots=True)
class Possession:
    """What is known of the possession; `after` gives it after one more picture."""

    side: Side | None = None
    run: float = 0.0
    """Metres that the median player has just run, to the right."""
    settled: float = 0.0
    """Seconds in one half: above 0 the right one, under it the left one."""

    def after(self, layout: Layout, passed: float, since_shot: float = math.inf) -> "Possession":
        """`since_shot`: seconds since the last shot at a basket."""
        run = self.run * math.exp(-passed / RUN_SECONDS) + layout.flow * passed
        settled = _settled(self.settled, layout, passed)
        enough = TURNED_AFTER_SHOT if since_shot < AFTER_SHOT_SECONDS else TURNED
        if abs(run) >= enough and layout.brisk > WALK_TO_RUN:
            return Possession(_side(run), run)
        if abs(settled) >= (SETTLED_AT_FIRST if self.side is None else SETTLED_SECONDS):
            return Possession(_side(settled), run, settled)
        return Possession(self.side, run, settled)


def _settled(settled: float, layout: Layout, passed: float) -> float:
    off = layout.middle - 0.5
    if abs(layout.flow) > SETTLED_FLOW or abs(off) < OFF_MIDDLE:
        return 0.0
    return (settled if settled * off > 0 else 0.0) + math.copysign(passed, off)


def _side(value: float) -> Side:
    return "right" if value > 0 else "left"
