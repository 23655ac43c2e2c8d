"""A picture as brightness and colour, the latter at half the size: so little that everything on it is cheap."""

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


def planes_of(image: BgrArray) -> Planes:
    """Of a picture whose last row or column is left out where its sides are odd."""
    height, width = (side // 2 * 2 for side in image.shape[:2])
    stacked = cv2.cvtColor(np.ascontiguousarray(image[:height, :width]), cv2.COLOR_BGR2YUV_I420)
    luma = cv2.blur(stacked[:height], SMOOTHING)
    chroma = cv2.blur(stacked[height:].reshape(height, width // 2), SMOOTHING)
    return Planes(np.asarray(luma, np.uint8), np.asarray(chroma, np.uint8))
