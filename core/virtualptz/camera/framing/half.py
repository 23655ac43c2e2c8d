"""Which half of the court play is in."""

from dataclasses import replace
from typing import Literal

from .box import Box

Half = Literal["left", "right"]
UNDECIDED = 0.06
"""Sources to each side of the middle in which play is still in the half where it was."""
SET_PLAY = 0.36
"""Of the court's width: what is shown of the half at least, towards its end. There the basket is, and nobody
says where."""


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


def with_the_basket(box: Box, half: Half, court: tuple[float, float]) -> Box:
    """`court`: its left and right end, fractions of the source."""
    left, right = court
    width = SET_PLAY * (right - left)
    if half == "left":
        return replace(box, left=min(box.left, max(box.right - width, left)))
    return replace(box, right=max(box.right, min(box.left + width, right)))


def belongs(x: float, middle: float, half: Half) -> bool:
    return x <= middle + UNDECIDED if half == "left" else x >= middle - UNDECIDED
