"""Small text that reads on any floor: drawn large, shrunk, and set with a dark edge."""

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from ....protocols import BgrArray
from .palette import DARK, Colour

Mask = npt.NDArray[np.uint8]

LARGER = 4
"""Times: OpenCV's own letters are rough at nine pixels, and a shrunk larger one is not."""
FONT = cv2.FONT_HERSHEY_SIMPLEX
CAPITAL = 21.0
"""Pixels of a capital letter at scale 1, and the font's thickness that suits it."""
THICK = 0.14
"""Of the height."""


def letter_height(picture: BgrArray) -> float:
    """Pixels of the capitals that suit a picture of this width, and can still be read."""
    width = int(picture.shape[1])
    return max(7.0, round(8 * width / 640))


def text_width(text: str, height: float) -> int:
    """Pixels of a line of text whose capitals are `height` pixels high."""
    return int(_letters(text, height)[0].shape[1])


def write(
    picture: BgrArray,
    text: str,
    left: float,
    middle: float,
    height: float,
    colour: Colour,
    *,
    edge: bool = True,
) -> None:
    """One line, from `left` on, its capitals around `middle`; `edge`: with a dark one around it."""
    mask, above = _letters(text, height)
    x, y = round(left), round(middle - height / 2) - above
    if edge:
        _blend(picture, _grown(text, height), x - 1, y - 1, DARK)
    _blend(picture, mask, x, y, colour)


@lru_cache(maxsize=512)
def _letters(text: str, height: float) -> tuple[Mask, int]:
    """How much of each pixel is ink, 0..255, and the rows above the capitals."""
    scale, thickness = LARGER * height / CAPITAL, max(1, round(LARGER * height * THICK))
    pad = LARGER * 2
    (width, high), below = cv2.getTextSize(text, FONT, scale, thickness)
    large = np.zeros((high + below + 2 * pad, width + 2), np.uint8)
    cv2.putText(large, text, (1, high + pad), FONT, scale, 255, thickness, cv2.LINE_AA)
    size = (max(1, large.shape[1] // LARGER), max(1, large.shape[0] // LARGER))
    mask = np.asarray(cv2.resize(large, size, interpolation=cv2.INTER_AREA), np.uint8)
    return mask, round((high + pad) / LARGER - height)


@lru_cache(maxsize=512)
def _grown(text: str, height: float) -> Mask:
    """The letters, a pixel wider all around."""
    mask = cv2.copyMakeBorder(_letters(text, height)[0], 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0,))
    return np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8)), np.uint8)


def _blend(picture: BgrArray, mask: Mask, left: int, top: int, colour: Colour) -> None:
    """Paint through the mask, as far as it lies in the picture."""
    rows, columns = picture.shape[:2]
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + mask.shape[1], columns), min(top + mask.shape[0], rows)
    if x0 >= x1 or y0 >= y1:
        return
    share = mask[y0 - top : y1 - top, x0 - left : x1 - left, None].astype(np.uint16)
    patch = picture[y0:y1, x0:x1]
    patch[:] = ((255 - share) * patch + share * np.array(colour, np.uint16) + 127) // 255
