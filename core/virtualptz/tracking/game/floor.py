"""The court, in metres, after FIBA's Official Basketball Rules 2024, article 2.

x runs along the court from the left baseline, y across it from the far sideline, z up from the floor.
"""

from dataclasses import dataclass
from math import sqrt

LENGTH = 28.0
WIDTH = 15.0
MIDDLE_Y = WIDTH / 2
HOOP_FROM_BASELINE = 1.575
HOOP_HEIGHT = 3.05
HOOP_RADIUS = 0.225
BOARD_FROM_BASELINE = 1.2
BOARD_WIDTH = 1.8
BOARD_BOTTOM = 2.9
BOARD_TOP = 3.95
KEY_LENGTH = 5.8
KEY_WIDTH = 4.9
CIRCLE_RADIUS = 1.8
THREE_POINT_RADIUS = 6.75
THREE_POINT_FROM_SIDELINE = 0.9
NO_CHARGE_RADIUS = 1.25
BALL_RADIUS = 0.12

Point = tuple[float, float]
Point3 = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class End:
    """One half of the court, seen by those who attack it."""

    right: bool

    def at(self, depth: float, y: float) -> Point:
        """The point `depth` metres from this end's baseline; `y` is mirrored with the end."""
        return (LENGTH - depth, WIDTH - y) if self.right else (depth, y)

    def depth(self, x: float) -> float:
        return LENGTH - x if self.right else x

    @property
    def hoop(self) -> Point:
        return self.at(HOOP_FROM_BASELINE, MIDDLE_Y)


LEFT = End(right=False)
RIGHT = End(right=True)
ENDS = (RIGHT, LEFT)
"""The end that each of the two teams attacks."""


def distance(a: Point, b: Point) -> float:
    # IEEE 754 fixes the square root to the bit; hypot and the trigonometry are each libm's own.
    return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]))


def toward(a: Point, b: Point, metres: float) -> Point:
    """The point `metres` from `a` in the direction of `b`."""
    far = distance(a, b)
    if far == 0:
        return a
    return a[0] + (b[0] - a[0]) / far * metres, a[1] + (b[1] - a[1]) / far * metres


def between(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
