"""The part of the source in which play happens."""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

Point = tuple[float, float]
LEAST_AREA = 1e-3
"""Share of the picture: less than this is a slip of the pen."""


def parse_polygon(value: object) -> object:
    """`"0.1,0.3 0.9,0.3 0.5,0.9"`: corners apart by spaces (or semicolons), x and y by a comma."""
    if not isinstance(value, str):
        return value
    corners = value.replace(";", " ").split()
    return tuple(_corner(corner) for corner in corners)


def _corner(text: str) -> Point:
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"a corner is two numbers as in 0.1,0.3, not {text!r}") from None
    return x, y


def check_polygon(polygon: tuple[Point, ...]) -> tuple[Point, ...]:
    """Raises ValueError where it bounds no region; none at all is the whole picture."""
    if not polygon:
        return polygon
    if len(polygon) < 3:
        raise ValueError(f"a region has at least 3 corners, not {len(polygon)}")
    for x, y in polygon:
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise ValueError(f"the corner {x:g},{y:g} is outside the picture: fractions from 0 to 1")
    sides = [(polygon[at - 1], polygon[at]) for at in range(len(polygon))]
    for (first, one), (second, other) in combinations(enumerate(sides), 2):
        apart = 1 < second - first < len(sides) - 1
        if apart and _cross(*one, *other):
            raise ValueError(f"the side from {_name(one)} crosses the one from {_name(other)}")
    if _area(polygon) < LEAST_AREA:
        raise ValueError("the region has no area")
    return polygon


PlayRegion = Annotated[tuple[Point, ...], BeforeValidator(parse_polygon), AfterValidator(check_polygon)]
"""A simple polygon, as fractions of the source; empty: all of it."""


def contains(polygon: Sequence[Point], x: float, y: float) -> bool:
    """Whether a ray to the right crosses the border an odd number of times."""
    inside = False
    x0, y0 = polygon[-1]
    for x1, y1 in polygon:
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            inside = not inside
        x0, y0 = x1, y1
    return inside


def _area(polygon: Sequence[Point]) -> float:
    corners = range(len(polygon))
    doubled = [polygon[at - 1][0] * polygon[at][1] - polygon[at][0] * polygon[at - 1][1] for at in corners]
    return abs(math.fsum(doubled)) / 2


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the segments a-b and c-d have a point in common."""
    turns = (_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b))
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    ends = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(turn == 0 and _between(*end) for turn, end in zip(turns, ends, strict=True))


def _turn(a: Point, b: Point, c: Point) -> float:
    """Above 0 where a-b-c turns one way, under 0 the other, 0 on a line."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _between(a: Point, b: Point, c: Point) -> bool:
    """Whether c, which is on their line, lies between a and b."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _name(side: tuple[Point, Point]) -> str:
    return " to ".join(f"{x:g},{y:g}" for x, y in side)
