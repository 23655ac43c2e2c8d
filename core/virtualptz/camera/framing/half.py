"""Which half of the court play is in."""

from typing import Literal

Half = Literal["left", "right"]
UNDECIDED = 0.06
"""Sources to each side of the middle in which play is still in the half where it was."""


def half_of(x: float, middle: float, before: Half | None, attacked: str | None) -> Half:
    """The half of play at `x`, with hysteresis; around the middle the one that is attacked breaks the tie."""
    if x < middle - UNDECIDED:
        return "left"
    if x > middle + UNDECIDED:
        return "right"
    if before is not None:
        return before
    if attacked is not None:
        return "left" if attacked == "left" else "right"
    return "left" if x < middle else "right"


def belongs(x: float, middle: float, half: Half) -> bool:
    return x <= middle + UNDECIDED if half == "left" else x >= middle - UNDECIDED
