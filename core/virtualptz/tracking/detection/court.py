"""Points of the court that somebody measured in the picture: an option of every detector."""

import re
from itertools import combinations
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from .homography import Homography, Pair

NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
PAIR = re.compile(rf"({NUMBER}),({NUMBER})=({NUMBER}),({NUMBER})")
FURTHEST = 1000.0
NEAREST = 0.01
MOST = 32
OFF_METRES, AGREE_METRES = 1.0, 0.3
"""A point that is further off than the first while the others agree to the second, is a slip."""


def parse_court(value: object) -> object:
    """`"0.1,0.3=0,0 0.9,0.3=28,0 0.98,0.9=28,15 0.02,0.9=0,15"`: pairs apart by spaces or semicolons; each is
    a point of the picture, as fractions, and where that is on the court, in metres."""
    if not isinstance(value, str):
        return value
    text = re.sub(r"\s*([,=])\s*", r"\1", value.replace(";", " "))
    return tuple(_pair(part) for part in text.split())


def _pair(text: str) -> Pair:
    match = PAIR.fullmatch(text)
    if match is None:
        raise ValueError(f"a point is picture=court as in 0.1,0.3=0,15, not {text!r}")
    x, y, across, down = (float(number) for number in match.groups())
    return (x, y), (across, down)


def check_court(pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """Raises ValueError where they fix no view of a court; none at all is no court."""
    if not pairs:
        return pairs
    if len(pairs) < 4:
        raise ValueError(f"a court has at least 4 points, not {len(pairs)}")
    if len(pairs) > MOST:
        raise ValueError(f"a court has at most {MOST} points, not {len(pairs)}")
    for (x, y), (across, down) in pairs:
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise ValueError(f"the point {x:g},{y:g} is outside the picture: fractions from 0 to 1")
        if not (abs(across) <= FURTHEST and abs(down) <= FURTHEST):
            raise ValueError(f"the court's point {across:g},{down:g} is not metres")
    _check_apart(pairs)
    homography = Homography.fit(pairs)
    if homography is None:
        raise ValueError("four of the court's points are needed of which no three are on one line")
    _check_fit(pairs, homography)
    return pairs


def _check_apart(pairs: tuple[Pair, ...]) -> None:
    for ((ax, ay), (au, av)), ((bx, by), (bu, bv)) in combinations(pairs, 2):
        if abs(ax - bx) + abs(ay - by) < NEAREST / 10 or abs(au - bu) + abs(av - bv) < NEAREST:
            first, second = f"{ax:g},{ay:g}={au:g},{av:g}", f"{bx:g},{by:g}={bu:g},{bv:g}"
            raise ValueError(f"the points {first} and {second} are one")


def _check_fit(pairs: tuple[Pair, ...], whole: Homography) -> None:
    """One slip among many points is found by leaving it out; of five points any one may be the wrong one.

    A slip of a point far from all others can be made good by another that is left out: the slip is the one
    without which the rest agrees best.
    """
    if len(pairs) < 6 or whole.error <= AGREE_METRES:
        return
    suspects = [
        (rest.error, rest.off(pair), pair)
        for pair in pairs
        if (rest := Homography.fit([other for other in pairs if other != pair])) is not None
        and rest.error < AGREE_METRES
        and rest.off(pair) > OFF_METRES
    ]
    if suspects:
        _, off, ((x, y), (across, down)) = min(suspects)
        raise ValueError(
            f"the point {x:g},{y:g}={across:g},{down:g} does not fit the others: "
            f"by them it is {off:.1f} m elsewhere"
        )


def parse_size(value: object) -> object:
    """`"28x15"`."""
    if not isinstance(value, str):
        return value
    parts = value.lower().replace("x", " ").split()
    try:
        length, width = (float(part) for part in parts)
    except ValueError:
        raise ValueError(f"a court's size is length x width in metres as in 28x15, not {value!r}") from None
    return length, width


def check_size(size: tuple[float, float] | None) -> tuple[float, float] | None:
    if size is not None and not all(1 <= side <= FURTHEST for side in size):
        raise ValueError(f"a court of {size[0]:g} x {size[1]:g} m is none")
    return size


CourtPoints = Annotated[tuple[Pair, ...], BeforeValidator(parse_court), AfterValidator(check_court)]
"""Empty: no court was measured."""
CourtSize = Annotated[tuple[float, float] | None, BeforeValidator(parse_size), AfterValidator(check_size)]
"""Length and width in metres; None: nobody said."""
