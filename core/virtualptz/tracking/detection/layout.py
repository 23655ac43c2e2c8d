"""How the people are spread over the court and how they move: what the play is told by."""

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from .movers import Mover

ENOUGH = 4
"""With fewer people nothing is said of the play."""
SMOOTH_SECONDS = 0.15
"""Time constant: a detector's boxes tremble, and people come and go."""
BRISK_PERCENT = 80
"""Of ten people, the second fastest: a single one may chase a ball out of bounds, or be an error."""
WALK_TO_RUN = 2.1
"""Metres a second at which people change from walking to running (Hreljac, 1993)."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Smoothed over SMOOTH_SECONDS. Left and right are the picture's."""

    middle: float
    """Where the median person is along the court: 0 left end, 1 right end."""
    flow: float
    """Metres a second to the right at which the median person runs."""
    brisk: float
    """Metres a second of those who run."""
    sprint: float
    """Metres a second of the second fastest of those who run the way of the flow."""
    together: float
    """Share of the people in that half of the court that holds more of them."""
    breadth: float
    """How far they are spread across the court, of how far along it."""


def layout(movers: Sequence[Mover], before: Layout | None, passed: float) -> Layout | None:
    """`passed`: seconds since `before`. None where there are too few people to tell."""
    if len(movers) < ENOUGH:
        return None
    now = _at_once(movers)
    if before is None:
        return now
    share = 1 - math.exp(-passed / SMOOTH_SECONDS)
    return Layout(
        *(old + share * (new - old) for old, new in zip(astuple(before), astuple(now), strict=True))
    )


def _at_once(movers: Sequence[Mover]) -> Layout:
    alongs = np.array([mover.along for mover in movers])
    runs = np.array([mover.run for mover in movers])
    places = np.array([mover.place for mover in movers])
    flow, left = float(np.median(runs)), float((alongs < 0.5).mean())
    along, across = places.std(axis=0)
    return Layout(
        middle=float(np.median(alongs)),
        flow=flow,
        brisk=float(np.percentile([mover.pace for mover in movers], BRISK_PERCENT)),
        sprint=float(np.sort(runs * math.copysign(1.0, flow))[-2]),
        together=max(left, 1 - left),
        breadth=float(across / max(along, 1e-6)),
    )
