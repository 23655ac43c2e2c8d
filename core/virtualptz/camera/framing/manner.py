"""How each mode composes its shot."""

from dataclasses import dataclass, replace

from ...model import PlayPhase
from .reasons import Mode


@dataclass(frozen=True, slots=True)
class Manner:
    """What a shot goes by. Shares are 0..1."""

    ball_share: float = 0.5
    """Of the centre: the ball's; the rest is the median player's."""
    kept_share: float = 0.8
    """Of the players: at least so many count, however far off they are."""
    lead: float = 1.0
    """Times `lead_seconds`: how far ahead there must be room."""
    pull: float = 0.0
    """How much of the lead moves the centre as well."""
    room: float = 1.0
    """Times `margin`."""
    closest: float = 1.0
    """Times `max_zoom`."""
    calm: float = 0.0
    """The centre stands still within this much of the source's width."""
    patience: float = 1.0
    """Times `patience_seconds`."""
    may_close_in: bool = True
    half_only: bool = False
    """Only who is in the half where play is counts."""


MODES: dict[Mode, Manner] = {
    "follow_play": Manner(),
    "follow_ball": Manner(ball_share=0.8, kept_share=0.6),
    "half_court_lock": Manner(lead=0.0, calm=0.04, patience=2.0, half_only=True),
    "fast_break": Manner(ball_share=0.6, lead=1.8, pull=0.5, room=1.3, closest=0.85, may_close_in=False),
}


def manner(mode: Mode, phase: PlayPhase | None) -> Manner:
    """The mode's, as the phase of play asks for it."""
    chosen = MODES[mode]
    match phase:
        case "deadball" | "free_throw":
            calm = max(chosen.calm, 0.03)
            return replace(chosen, lead=0.0, pull=0.0, room=1.3 * chosen.room, closest=0.85, calm=calm)
        case "transition" | "rebound":
            return replace(chosen, may_close_in=False)
        case _:
            return chosen
