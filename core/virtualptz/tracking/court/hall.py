"""What stands still: floor, lines, benches, boards, stands and the people on them."""

import itertools
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from ...protocols import BgrArray
from ..game.floor import (
    CIRCLE_RADIUS,
    ENDS,
    HOOP_FROM_BASELINE,
    KEY_LENGTH,
    KEY_WIDTH,
    LENGTH,
    MIDDLE_Y,
    NO_CHARGE_RADIUS,
    THREE_POINT_FROM_SIDELINE,
    THREE_POINT_RADIUS,
    WIDTH,
    End,
    Point3,
)
from ..wide_camera import WideCamera
from .brush import Brush, Colour, ring

LINE = 0.05
WHITE: Colour = (235, 238, 240)
ROOF: Colour = (36, 31, 29)
APRON: Colour = (120, 62, 28)
KEY: Colour = (135, 72, 34)
BOARD_Y = -3.6
BOARD_HEIGHT = 0.9
STAND_ROWS = 17
FINENESS = 2
"""The hall is drawn so many times finer and then scaled down."""

_LEFT, _RIGHT = -16.0, LENGTH + 16.0


def draw_hall(camera: WideCamera, width: int, height: int, *, lit: bool = False) -> BgrArray:
    """The empty hall, its boards all white where `lit`; else the same on every call."""
    picture = np.full((height * FINENESS, width * FINENESS, 3), ROOF, np.uint8)
    brush = Brush(picture, camera)
    rng = np.random.default_rng(1891)  # the year of the first game
    _draw_stands(brush, rng)
    _draw_floor(brush, rng)
    _draw_lines(brush)
    _draw_board(brush, lit=lit)
    _draw_bench(brush, rng)
    grain = rng.normal(0, 2.2, picture.shape[:2]).astype(np.float32)[..., None]
    picture = np.clip(picture + grain, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _draw_board(brush: Brush, *, lit: bool) -> None:
    panels = 9
    pitch = (LENGTH + 8) / panels
    colours: Sequence[Colour] = ((150, 40, 20), (30, 30, 160), (30, 110, 30), (20, 120, 170))
    for panel in range(panels):
        left = -4 + panel * pitch
        colour = (250, 250, 250) if lit else colours[panel % len(colours)]
        brush.convex(_upright(left, left + pitch - 0.06, BOARD_Y, 0.0, BOARD_HEIGHT), colour)
        if not lit:
            for stripe in range(1 + panel % 3):
                x = left + 0.5 + stripe * 0.9
                brush.convex(_upright(x, x + 0.55, BOARD_Y, 0.28, 0.62), WHITE)
            brush.convex(_upright(left + 3.0, left + pitch - 0.5, BOARD_Y, 0.4, 0.5), WHITE)


def _upright(left: float, right: float, y: float, bottom: float, top: float) -> list[Point3]:
    return [(left, y, bottom), (right, y, bottom), (right, y, top), (left, y, top)]


def _level(left: float, right: float, far: float, near: float, z: float = 0.0) -> list[Point3]:
    return [(left, far, z), (right, far, z), (right, near, z), (left, near, z)]


def _draw_floor(brush: Brush, rng: np.random.Generator) -> None:
    brush.convex(_level(_LEFT, _RIGHT, BOARD_Y, WIDTH + 9), (74, 62, 58))
    brush.convex(_level(-2.2, LENGTH + 2.2, -2.2, WIDTH + 2.2), APRON)
    board, length = 0.3, 2.4
    for row in range(round(WIDTH / board)):
        far = row * board
        for left in np.arange(-rng.uniform(0, length), LENGTH, length):
            tone = rng.uniform(0.92, 1.06)
            colour = (round(118 * tone), round(168 * tone), round(212 * tone))
            right = min(float(left) + length, LENGTH)
            brush.convex(_level(max(float(left), 0.0), right, far, far + board), colour)
    for end in ENDS:
        (near_x, far_x) = sorted((end.at(0, 0)[0], end.at(KEY_LENGTH, 0)[0]))
        brush.convex(_level(near_x, far_x, MIDDLE_Y - KEY_WIDTH / 2, MIDDLE_Y + KEY_WIDTH / 2), KEY)
    brush.convex(ring((LENGTH / 2, MIDDLE_Y, 0.0), CIRCLE_RADIUS, 64), KEY)


def _draw_lines(brush: Brush) -> None:
    for a, b in ((0.0, 0.0), (0.0, WIDTH)):
        _line(brush, [(a, b), (LENGTH, b)])
    for x in (0.0, LENGTH / 2, LENGTH):
        _line(brush, [(x, 0.0), (x, WIDTH)])
    _arc(brush, LENGTH / 2, CIRCLE_RADIUS, 0, 360)
    for end in ENDS:
        _draw_end(brush, end)


def _draw_end(brush: Brush, end: End) -> None:
    low, high = MIDDLE_Y - KEY_WIDTH / 2, MIDDLE_Y + KEY_WIDTH / 2
    _line(brush, [end.at(0, low), end.at(KEY_LENGTH, low), end.at(KEY_LENGTH, high), end.at(0, high)])
    for depth in (1.75, 2.6, 3.0, 3.85):
        for y, out in ((low, -0.15), (high, 0.15)):
            _line(brush, [end.at(depth, y), end.at(depth, y + out)])
    side = -1 if end.right else 1
    centre = end.hoop[0]
    _arc(brush, end.at(KEY_LENGTH, 0)[0], CIRCLE_RADIUS, -90, 90, side)
    _arc(brush, centre, NO_CHARGE_RADIUS, -90, 90, side)
    reach = WIDTH / 2 - THREE_POINT_FROM_SIDELINE
    angle = float(np.degrees(np.arcsin(reach / THREE_POINT_RADIUS)))
    _arc(brush, centre, THREE_POINT_RADIUS, -angle, angle, side)
    corner = HOOP_FROM_BASELINE + THREE_POINT_RADIUS * float(np.cos(np.radians(angle)))
    for y in (MIDDLE_Y - reach, MIDDLE_Y + reach):
        _line(brush, [end.at(0, y), end.at(corner, y)])


def _arc(brush: Brush, x: float, radius: float, begin: float, end: float, side: int = 1) -> None:
    angles = np.radians(np.linspace(begin, end, 64))
    _line(
        brush,
        [
            (x + side * radius * float(c), MIDDLE_Y + radius * float(s))
            for c, s in zip(np.cos(angles), np.sin(angles), strict=True)
        ],
    )


def _line(brush: Brush, points: Sequence[tuple[float, float]]) -> None:
    """A painted line LINE metres wide, as the quadrilaterals between its points."""
    for (ax, ay), (bx, by) in itertools.pairwise(points):
        length = float(np.hypot(bx - ax, by - ay))
        ox, oy = -(by - ay) / length * LINE / 2, (bx - ax) / length * LINE / 2
        brush.convex(
            [(ax + ox, ay + oy, 0), (bx + ox, by + oy, 0), (bx - ox, by - oy, 0), (ax - ox, ay - oy, 0)],
            WHITE,
        )


def _draw_bench(brush: Brush, rng: np.random.Generator) -> None:
    """The scorers' table at half court and a bench on either side of it."""
    for place in (*np.arange(4.6, 10.4, 0.85), *np.arange(17.8, 23.6, 0.85)):
        shirt: Colour = (60, 40, 190) if place < 14 else (225, 225, 225)
        _draw_seated(brush, rng, (float(place), -2.6, 0.0), shirt)
    brush.convex(_upright(11.4, 16.6, -2.5, 0.0, 0.75), (70, 70, 70))
    for place in np.arange(12.0, 16.4, 0.95):
        _draw_seated(brush, rng, (float(place), -2.9, 0.25), (60, 60, 60))
    brush.convex(_upright(11.4, 16.6, -2.45, 0.0, 0.72), (95, 70, 50))


def _draw_stands(brush: Brush, rng: np.random.Generator) -> None:
    back = BOARD_Y - 1.4 - 0.85 * STAND_ROWS
    brush.convex(_upright(_LEFT - 40, _RIGHT + 40, back - 1.0, 0.0, 14.5), (62, 54, 50))
    for left in np.arange(_LEFT - 40, _RIGHT + 40, 4.0):
        brush.convex(_upright(float(left), float(left) + 0.25, back - 1.0, 0.0, 14.5), (50, 43, 40))
    for left in np.arange(_LEFT + 2, _RIGHT - 2, 7.4):
        brush.convex(_upright(float(left), float(left) + 2.2, back - 0.9, 11.2, 11.5), (215, 235, 240))
    for row in reversed(range(STAND_ROWS)):
        y, z = BOARD_Y - 1.4 - 0.85 * row, 1.0 + 0.45 * row
        brush.convex(_upright(_LEFT, _RIGHT, y, 0.0, z), (72 + 4 * (row % 2), 66, 62))
        for place in _places(rng):
            _draw_seated(brush, rng, (place, y, z - 0.35), _shirt(rng))


def _shirt(rng: np.random.Generator) -> Colour:
    """Mostly dull, as on a winter's evening; some in the home team's red."""
    if rng.random() < 0.16:
        return (45, 38, 165)
    grey, tint = rng.uniform(45, 170), rng.uniform(-28, 28, 3)
    return (round(grey + tint[0]), round(grey + tint[1]), round(grey + tint[2]))


def _places(rng: np.random.Generator) -> Iterator[float]:
    """Taken seats of one row, an aisle every ten metres."""
    for place in np.arange(_LEFT, _RIGHT, 0.62):
        if abs((place + 1.0) % 10.0 - 5.0) > 0.6 and rng.random() < 0.82:
            yield float(place + rng.uniform(-0.08, 0.08))


def _draw_seated(brush: Brush, rng: np.random.Generator, at: Point3, shirt: Colour) -> None:
    x, y, z = at
    tone = rng.uniform(0.55, 1.1)
    skin = (round(120 * tone), round(155 * tone), round(205 * tone))
    brush.convex(_upright(x - 0.22, x + 0.22, y, z + 0.3, z + 0.95), shirt)
    brush.disc((x, y, z + 1.12), 0.13, skin)
    brush.disc((x, y - 0.02, z + 1.18), 0.11, (20, 25, 40) if tone < 1 else (60, 90, 120))
