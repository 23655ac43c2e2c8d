"""What a moment's shot takes, told by its neighbours in time as well."""

from collections.abc import Sequence
from dataclasses import dataclass

from .box import Box
from .frame import Frame
from .shot import Shot

BOX_SECONDS = 0.2
"""To each side, for the box: a detector's error on whoever is at the edge widens no shot."""
PLACE_SECONDS = 0.1
"""To each side, for the centre."""
DOUBT_WIDENS = 0.3
"""By how much of the shot, where the detector guesses."""


@dataclass(frozen=True, slots=True)
class Need:
    x: float
    y: float
    """The ideal centre."""
    box: Box
    zoom: float
    """The closest that holds all of it with the margins, limited to what there is."""


def need_of(shot: Shot, around: Sequence[Shot], near: Sequence[Shot], frame: Frame) -> Need:
    """`around`, `near`: the shot and its neighbours within BOX_SECONDS, and within PLACE_SECONDS.

    Doubt widens the shot, but never beyond what it takes to see everybody.
    """
    box = Box(
        _middle([each.needed.left for each in around]),
        _middle([each.needed.top for each in around]),
        _middle([each.needed.right for each in around]),
        _middle([each.needed.bottom for each in around]),
    )
    room = shot.manner.room
    sure = min(frame.zoom(box, room), frame.most * shot.manner.closest)
    doubtful = max(sure / (1 + DOUBT_WIDENS * shot.doubt), frame.zoom(shot.everybody, room))
    return Need(
        _middle([each.x for each in near]),
        _middle([each.y for each in near]),
        box,
        frame.limited(min(sure, doubtful)),
    )


def wished(frame: Frame) -> Need:
    """Of a moment in which a wish is followed: nothing."""
    return Need(0.5, 0.5, Box(0.5, 0.5, 0.5, 0.5), frame.most)


def _middle(values: list[float]) -> float:
    values.sort()
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2
