"""The number on a shirt, set sub-pixel so that it does not tremble on a player who walks."""

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from ..game.floor import Point3
from ..play import Player
from .brush import Brush, Colour

COLOURS: tuple[Colour, ...] = ((245, 245, 245), (45, 35, 30))
HEIGHT_METRES = 0.26
CELL = 64
"""Pixels of the square in which a number is kept."""
EDGEWISE = 0.35
"""Of a player who shows less than this of chest or back, no number is seen."""


def draw_number(brush: Brush, player: Player, centre: Point3) -> None:
    shown = abs(player.facing_y)
    if shown < EDGEWISE:
        return
    x, y = brush.pixel(centre)
    scale = brush.pixels(centre[1], centre[2], HEIGHT_METRES) / (CELL * 0.6)
    side = int(CELL * scale) + 3
    left, top = int(x - side / 2), int(y - side / 2)
    patch = brush.picture[max(top, 0) : top + side, max(left, 0) : left + side]
    if patch.shape[:2] != (side, side):
        return
    place = np.array(
        [
            [scale * shown, 0.0, x - left - CELL / 2 * scale * shown],
            [0.0, scale, y - top - CELL / 2 * scale],
        ]
    )
    mask = cv2.warpAffine(_digits(player.number), place, (side, side), flags=cv2.INTER_AREA)
    ink = np.full_like(patch, COLOURS[player.team])
    share = cv2.merge([mask, mask, mask])
    cv2.add(
        cv2.multiply(patch, 255 - share, scale=1 / 255), cv2.multiply(ink, share, scale=1 / 255), dst=patch
    )


@lru_cache(maxsize=32)
def _digits(number: int) -> npt.NDArray[np.uint8]:
    mask = np.zeros((CELL, CELL), np.uint8)
    (width, height), _ = cv2.getTextSize(str(number), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 6)
    start = ((CELL - width) // 2, (CELL + height) // 2)
    cv2.putText(mask, str(number), start, cv2.FONT_HERSHEY_SIMPLEX, 1.6, 255, 6, cv2.LINE_AA)
    # Blurred as much as it will shrink, so that shrinking does not alias.
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 2.0), np.uint8)
