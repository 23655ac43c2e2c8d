"""How the play wants to be framed: the contract's mode hint."""

from ...model import ModeHint, PlayPhase, TrackingState
from .dwell import Dwell
from .layout import Layout

SPRINT = 5.5
"""Metres a second of two players at least: a fast break is a race. In NBA play, one second of fifty."""
SPRINT_SECONDS = 0.3
ALL_IN_ONE_HALF = 0.9
"""With somebody in the other half it is no set play, or no basketball: the shot must not leave him out."""
DWELL_SECONDS = 0.5
AT_ONCE: dict[ModeHint, float] = {"follow_ball": 0.0, "fast_break": SPRINT_SECONDS}
"""A shot is over before a dwell is, and a break is half over."""


class HintReader:
    """Belongs to one thread."""

    def __init__(self) -> None:
        self._hint: Dwell[ModeHint] = Dwell.at("follow_play")

    def read(
        self, layout: Layout | None, phase: PlayPhase | None, state: TrackingState, at: float, *, loose: bool
    ) -> ModeHint | None:
        """None where too little is known of the play. `loose`: the ball is seen, and nobody has it."""
        if state == "lost":
            self._hint = Dwell.at("follow_play")
            return "reacquire"
        if layout is None or phase is None:
            return None
        wish = self._wish(layout, phase, loose)
        self._hint = self._hint.after(wish, at, AT_ONCE.get(wish, DWELL_SECONDS))
        return self._hint.value

    def _wish(self, layout: Layout, phase: PlayPhase, loose: bool) -> ModeHint:
        if loose or phase == "rebound":
            return "follow_ball"
        if phase == "transition":
            breaking = self._hint.value == "fast_break" or layout.sprint > SPRINT
            return "fast_break" if breaking else "follow_play"
        set_play = phase in ("set_offense", "free_throw") and layout.together >= ALL_IN_ONE_HALF
        return "half_court_lock" if set_play else "follow_play"
