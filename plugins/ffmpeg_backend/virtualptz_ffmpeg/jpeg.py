"""JPEG straight from YUV, by libjpeg-turbo: no RGB on the way.

JFIF wants full-range BT.601; HD pictures are limited-range BT.709. Between the two lies one 3 x 3 matrix: two
of its columns act on chroma alone, which is small, and what they add to luma is made at chroma's size. Half
the cost of libswscale's way, which converts at full size; and no scaler's context has to be set up anew
where one thread serves pictures of several sizes.
"""

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
import simplejpeg  # type: ignore[import-untyped]

from .colour import SWS_BT601, Matrix, Range
from .crop import scale
from .planes import Plane

FFMPEG_BEST, FFMPEG_WORST = 2, 31
PERCENT_PER_Q = 6.14
"""Percent of libjpeg's base tables a step of `-q:v`: FFmpeg codes with q / 8 of the MPEG intra matrix, whose
mean is 0.49 of the mean of libjpeg's luminance table."""
CENTRE = 128
LUMA_WEIGHTS = {
    Matrix.BT709: (0.2126, 0.0722),
    Matrix.BT470BG: (0.299, 0.114),
    Matrix.SMPTE170M: (0.299, 0.114),
    Matrix.SMPTE240M: (0.212, 0.087),
    Matrix.BT2020: (0.2627, 0.0593),
}
"""Of red and blue, in H.273."""


def libjpeg_quality(q: int) -> int:
    """libjpeg's 1..100 whose tables are as coarse as FFmpeg's `-q:v` (2 best, 31 worst)."""
    percent = PERCENT_PER_Q * min(max(q, FFMPEG_BEST), FFMPEG_WORST)
    return round((200 - percent) / 2 if percent <= 100 else 5000 / percent)


def encode(source: list[Plane], matrix: int, range_: int, size: tuple[int, int], q: int) -> bytes:
    """The whole of a 4:2:0 picture (its three planes) as a JPEG of `size` (width, height)."""
    luma, blue, red = _scaled(source, size)
    if (matrix, range_) != (SWS_BT601, Range.FULL):
        luma, blue, red = _as_jfif(luma, blue, red, matrix, range_)
    data: bytes = simplejpeg.encode_jpeg_yuv_planes(luma, blue, red, libjpeg_quality(q))
    return data


def _scaled(source: list[Plane], size: tuple[int, int]) -> list[Plane]:
    width, height = size
    if source[0].shape == (height, width):
        return [np.ascontiguousarray(plane) for plane in source]
    chroma = (-(-height // 2), -(-width // 2))
    out = [np.empty(shape, np.uint8) for shape in ((height, width), chroma, chroma)]
    scale(source, out)
    return out


def _as_jfif(luma: Plane, blue: Plane, red: Plane, matrix: int, range_: int) -> tuple[Plane, Plane, Plane]:
    (stretch, offset), weights = _conversion(matrix, range_)
    new_blue, new_red, gain = (
        cv2.addWeighted(blue, of_blue, red, of_red, added) for of_blue, of_red, added in weights
    )
    gain = cv2.resize(gain, luma.shape[::-1], interpolation=cv2.INTER_LINEAR)
    bright = cv2.addWeighted(luma, stretch, gain, 1, offset)
    return np.asarray(bright, np.uint8), np.asarray(new_blue, np.uint8), np.asarray(new_red, np.uint8)


@cache
def _conversion(matrix: int, range_: int) -> tuple[tuple[float, float], list[list[float]]]:
    """Luma's weight and offset; and those of blue and red for the new blue, the new red and luma's gain."""
    to_rgb = _rgb_of_yuv(*LUMA_WEIGHTS[Matrix(matrix)])
    both = np.linalg.inv(_rgb_of_yuv(*LUMA_WEIGHTS[Matrix(SWS_BT601)])) @ to_rgb
    limited = range_ != Range.FULL
    luma_gain, chroma_gain, black = (255 / 219, 255 / 224, 16) if limited else (1.0, 1.0, 0)
    rows = both[[1, 2, 0], 1:] * chroma_gain
    offsets = CENTRE - rows.sum(axis=1, keepdims=True) * CENTRE
    weights: list[list[float]] = np.hstack([rows, offsets]).tolist()
    return (luma_gain, -black * luma_gain - CENTRE), weights


def _rgb_of_yuv(red: float, blue: float) -> npt.NDArray[np.float64]:
    green = 1 - red - blue
    return np.array(
        [
            [1, 0, 2 * (1 - red)],
            [1, -2 * blue * (1 - blue) / green, -2 * red * (1 - red) / green],
            [1, 2 * (1 - blue), 0],
        ]
    )
