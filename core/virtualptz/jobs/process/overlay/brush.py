"""Lines and areas on a picture, sub-pixel and anti-aliased, so that nothing trembles that moves slowly."""

import cv2
import numpy as np

from ....protocols import BgrArray
from .palette import DARK, Colour

SHIFT = 4
STEPS = 1 << SHIFT
"""OpenCV takes coordinates in steps of 1/16 px."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels: outer edges, so (0, 0, width, height) is the whole picture."""


def frame(picture: BgrArray, box: Box, colour: Colour, thickness: int) -> None:
    """A rectangle with a dark edge on both sides of its line."""
    corners = _fixed(_corners(box))
    for shade, width in ((DARK, thickness + 2), (colour, thickness)):
        cv2.polylines(picture, [corners], True, shade, width, cv2.LINE_AA, SHIFT)


def corners(picture: BgrArray, box: Box, colour: Colour, thickness: int, length: float) -> None:
    """The four corners of a frame, thicker than its sides."""
    left, top, right, bottom = box
    across, down = min(length, (right - left) / 3), min(length, (bottom - top) / 3)
    for x, y, to_right, to_bottom in (
        (left, top, across, down),
        (right, top, -across, down),
        (right, bottom, -across, -down),
        (left, bottom, across, -down),
    ):
        angle = [_fixed([(x, y + to_bottom), (x, y), (x + to_right, y)])]
        cv2.polylines(picture, angle, False, DARK, thickness + 2, cv2.LINE_AA, SHIFT)
        cv2.polylines(picture, angle, False, colour, thickness, cv2.LINE_AA, SHIFT)


def ring(
    picture: BgrArray, centre: tuple[float, float], radius: float, colour: Colour, thickness: int
) -> None:
    middle = (round((centre[0] - 0.5) * STEPS), round((centre[1] - 0.5) * STEPS))
    for shade, width in ((DARK, thickness + 2), (colour, thickness)):
        cv2.circle(picture, middle, round(radius * STEPS), shade, width, cv2.LINE_AA, SHIFT)


def fill(picture: BgrArray, box: Box, colour: Colour, share: float = 1.0) -> None:
    """An area, `share` of whose colour is the new one's."""
    patch = picture[_rows(picture, box), _columns(picture, box)]
    if patch.size:
        patch[:] = cv2.addWeighted(patch, 1 - share, np.full_like(patch, colour), share, 0)


def darken_outside(picture: BgrArray, box: Box, share: float) -> None:
    """All but the box becomes darker by `share`."""
    height, width = picture.shape[:2]
    rows, columns = _rows(picture, box), _columns(picture, box)
    for patch in (
        picture[: rows.start, :width],
        picture[rows.stop : height, :width],
        picture[rows, : columns.start],
        picture[rows, columns.stop : width],
    ):
        if patch.size:
            patch[:] = cv2.convertScaleAbs(patch, alpha=1 - share)


def _rows(picture: BgrArray, box: Box) -> slice:
    return slice(*(min(max(round(edge), 0), picture.shape[0]) for edge in (box[1], box[3])))


def _columns(picture: BgrArray, box: Box) -> slice:
    return slice(*(min(max(round(edge), 0), picture.shape[1]) for edge in (box[0], box[2])))


def _corners(box: Box) -> list[tuple[float, float]]:
    left, top, right, bottom = box
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _fixed(points: list[tuple[float, float]]) -> "np.ndarray[tuple[int, int], np.dtype[np.int32]]":
    """OpenCV counts from the middle of the first pixel."""
    return np.array([(round((x - 0.5) * STEPS), round((y - 0.5) * STEPS)) for x, y in points], np.int32)
