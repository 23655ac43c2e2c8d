"""A basket: stand, board, rim and net."""

from math import cos, pi, sin

from ..game.floor import (
    BOARD_BOTTOM,
    BOARD_FROM_BASELINE,
    BOARD_TOP,
    BOARD_WIDTH,
    HOOP_HEIGHT,
    HOOP_RADIUS,
    MIDDLE_Y,
    End,
    Point3,
)
from .brush import Brush, ring

STEEL = (128, 118, 112)
PADDING = (50, 42, 165)
RIM = (30, 80, 235)
NET = (235, 235, 235)
NET_LENGTH = 0.42


def draw_hoop(brush: Brush, end: End) -> None:
    _draw_stand(brush, end)
    _draw_board(brush, end)
    _draw_net(brush, end)


def _draw_stand(brush: Brush, end: End) -> None:
    base, _ = end.at(-1.6, 0)
    foot, _ = end.at(-0.9, 0)
    board, _ = end.at(BOARD_FROM_BASELINE, 0)
    brush.limb((base, MIDDLE_Y, 0.2), (foot, MIDDLE_Y, 0.25), 0.5, PADDING)
    brush.limb((base, MIDDLE_Y, 0.4), (board, MIDDLE_Y, 3.6), 0.1, STEEL)
    brush.limb((foot, MIDDLE_Y, 2.0), (board, MIDDLE_Y, 3.2), 0.18, STEEL)
    brush.limb((foot, MIDDLE_Y, 0.3), (foot, MIDDLE_Y, 2.0), 0.36, PADDING)


def _draw_board(brush: Brush, end: End) -> None:
    x, _ = end.at(BOARD_FROM_BASELINE, 0)
    far, near = MIDDLE_Y - BOARD_WIDTH / 2, MIDDLE_Y + BOARD_WIDTH / 2
    corners = [(x, far, BOARD_BOTTOM), (x, near, BOARD_BOTTOM), (x, near, BOARD_TOP), (x, far, BOARD_TOP)]
    brush.convex(corners, (205, 205, 200))
    brush.outline([*corners, corners[0]], (245, 245, 245), max(1, round(brush.pixels(MIDDLE_Y, 3, 0.06))))
    brush.limb((x, near, BOARD_BOTTOM), (x, far, BOARD_BOTTOM), 0.1, PADDING)


def _draw_net(brush: Brush, end: End) -> None:
    x, y = end.hoop
    rim = ring((x, y, HOOP_HEIGHT), HOOP_RADIUS, 20)
    for number in range(0, 20, 2):
        brush.outline([rim[number], _knot(x, y, number + 1), _knot(x, y, number - 1, 1.0)], NET)
    brush.outline([*rim, rim[0]], RIM, max(1, round(brush.pixels(y, HOOP_HEIGHT, 0.035))))
    board, _ = end.at(BOARD_FROM_BASELINE, 0)
    inner, _ = end.at(end.depth(x) - HOOP_RADIUS, 0)
    brush.limb((board, y, HOOP_HEIGHT), (inner, y, HOOP_HEIGHT), 0.05, RIM)


def _knot(x: float, y: float, number: int, drop: float = 0.5) -> Point3:
    """A point of the net, `drop` of the way down, where it is narrower."""
    angle, radius = 2 * pi * number / 20, HOOP_RADIUS * (1 - 0.42 * drop)
    return x + radius * cos(angle), y + radius * sin(angle), HOOP_HEIGHT - NET_LENGTH * drop
