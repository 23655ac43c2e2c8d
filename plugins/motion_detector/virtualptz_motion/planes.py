"""A picture as brightness, and colour at half the size: so little that everything on it is cheap.

OpenCV's functions say of their results that they are arrays; here those have types.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from virtualptz.protocols import BgrArray

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

NEUTRAL = 128
"""The value of a colour plane where there is no colour."""
SMOOTHING = (3, 3)
"""Pixels: takes out the grain and the edges of JPEG's blocks, and no limbs."""


@dataclass(frozen=True)
class Planes:
    luma: Bytes
    """H x W, 16 to 235."""
    chroma: Bytes
    """The planes U and V of half the size, one above the other: H x W/2."""


def as_bytes(array: npt.ArrayLike) -> Bytes:
    return np.asarray(array, np.uint8)


def over(array: Bytes, limit: float) -> Bytes:
    """255 where it is over the limit, else 0."""
    return as_bytes(cv2.threshold(array, limit, 255, cv2.THRESH_BINARY)[1])


def planes_of(image: BgrArray) -> Planes:
    """Of a picture whose last row or column is left out where its sides are odd."""
    height, width = (side // 2 * 2 for side in image.shape[:2])
    stacked = cv2.cvtColor(np.ascontiguousarray(image[:height, :width]), cv2.COLOR_BGR2YUV_I420)
    luma = cv2.blur(stacked[:height], SMOOTHING)
    chroma = cv2.blur(stacked[height:].reshape(height, width // 2), SMOOTHING)
    return Planes(np.asarray(luma, np.uint8), np.asarray(chroma, np.uint8))


def moved(planes: Planes, across: float, down: float) -> Planes:
    """The same shifted by so many pixels; its border is repeated."""
    luma = _moved(planes.luma, across, down)
    half = planes.chroma.shape[0] // 2
    colours = [
        _moved(planes.chroma[rows], across / 2, down / 2) for rows in (slice(0, half), slice(half, None))
    ]
    return Planes(luma, np.vstack(colours))


def _moved(plane: Bytes, across: float, down: float) -> Bytes:
    height, width = plane.shape
    matrix = np.array([[1, 0, across], [0, 1, down]], np.float32)
    return np.asarray(
        cv2.warpAffine(plane, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
