"""The overlay itself: a scene, drawn on a picture. Pure."""

import cv2

from ....protocols import BgrArray
from . import brush
from .bar import draw_bar
from .lettering import letter_height, text_width, write
from .palette import CLASSES, DARK, OTHER, WHITE
from .scene import Crop, Mark, Scene

DIMMED = 0.38
"""How much darker it is outside of what the program shows."""
CORNER = 0.022
"""Of the picture's width: the thick part of a corner of the program."""
SMALLEST_MARK = 3.0
"""Pixels from the centre of what is too small to be seen to the ring around it."""


def draw(picture: BgrArray, scene: Scene) -> BgrArray:
    """A copy of the picture (height x width x 3, blue-green-red) with the scene on it.

    Boxes and their ids, the program's crop, and a bar that tells state and reason. Made for 640 pixels of
    width and more; what has no room on a smaller one is left out.
    """
    drawn = picture.copy()
    if scene.crop is not None:
        brush.darken_outside(drawn, _pixels(drawn, scene.crop), DIMMED)
    if scene.seen is not None and scene.seen.strength > 0:
        _draw_marks(drawn, scene.seen.marks, scene.seen.strength)
    if scene.crop is not None:
        _draw_crop(drawn, scene.crop)
    draw_bar(drawn, scene)
    return drawn


def _line(picture: BgrArray) -> int:
    """Pixels of a line's thickness."""
    width = int(picture.shape[1])
    return max(1, round(width / 640))


def _pixels(picture: BgrArray, crop: Crop) -> brush.Box:
    height, width = picture.shape[:2]
    return crop.left * width, crop.top * height, crop.right * width, crop.bottom * height


def _draw_marks(picture: BgrArray, marks: tuple[Mark, ...], strength: float) -> None:
    below = picture.copy() if strength < 1 else None
    # The lower one stands nearer, and the ball lies above all.
    for mark in sorted(marks, key=lambda mark: (mark.cls == "ball", mark.y + mark.h / 2)):
        _draw_mark(picture, mark)
    if below is not None:
        picture[:] = cv2.addWeighted(picture, strength, below, 1 - strength, 0)


def _draw_mark(picture: BgrArray, mark: Mark) -> None:
    height, width = picture.shape[:2]
    colour = CLASSES.get(mark.cls, OTHER)
    across, down = mark.w * width / 2, mark.h * height / 2
    x, y = mark.x * width, mark.y * height
    if mark.cls == "ball" or min(across, down) < 1:
        radius = max(max(across, down) + 2, SMALLEST_MARK * width / 640)
        brush.ring(picture, (x, y), radius, colour, _line(picture))
        across = down = radius
    else:
        brush.frame(picture, (x - across, y - down, x + across, y + down), colour, _line(picture))
    _draw_name(picture, mark, (x, y - down), colour)


def _draw_name(picture: BgrArray, mark: Mark, top: tuple[float, float], colour: tuple[int, int, int]) -> None:
    """On a tab above the box, or inside of it at the picture's edge; a player's class goes without saying."""
    text = mark.name if mark.cls in ("player", "person") else f"{mark.cls[:12]} {mark.name}".strip()
    if mark.cls == "ball" or not text:
        return
    size = letter_height(picture) - 1
    half = text_width(text, size) / 2 + 2
    high = size + 4
    middle = top[1] - high / 2 - _line(picture)
    if middle < high / 2:
        middle = top[1] + high / 2 + _line(picture)
    left = min(max(top[0] - half, 0), picture.shape[1] - 2 * half)
    box = (left, middle - high / 2, left + 2 * half, middle + high / 2)
    brush.fill(picture, (box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1), DARK, 0.55)
    brush.fill(picture, box, colour)
    write(picture, text, left + 2, middle, size, DARK, edge=False)


def _draw_crop(picture: BgrArray, crop: Crop) -> None:
    height, width = picture.shape[:2]
    thick = _line(picture)
    left, top, right, bottom = _pixels(picture, crop)
    inside = thick / 2 + 2
    box = (max(left, inside), max(top, inside), min(right, width - inside), min(bottom, height - inside))
    brush.frame(picture, box, WHITE, thick)
    brush.corners(picture, box, WHITE, 3 * thick, CORNER * width)
    size = letter_height(picture)
    text = f"PROGRAM x{crop.zoom:.1f}"
    write(picture, text, box[0] + 3 * thick + 4, box[1] + 3 * thick + 4 + size / 2, size, WHITE)
