"""Sub-pixel motion between pictures by ECC (Evangelidis and Psarakis 2008, `cv2.findTransformECC`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

Luma = npt.NDArray[np.uint8]
CRITERIA = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 100, 1e-7)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture's crop lies in the wide source: its centre as fractions, and its zoom."""

    center_x: float
    center_y: float
    zoom: float


def shift(first: Luma, second: Luma, guess: tuple[float, float] = (0.0, 0.0)) -> tuple[float, float]:
    """Pixels by which the camera moved from `first` to `second` (right and down are positive)."""
    warp = np.array([[1, 0, guess[0]], [0, 1, guess[1]]], np.float32)
    found = _ecc(second, first, warp, cv2.MOTION_TRANSLATION)
    return float(found[0, 2]), float(found[1, 2])


def _ecc(template: Luma, image: Luma, warp: npt.NDArray[np.float32], motion: int) -> npt.NDArray[np.float32]:
    # The mask is optional in fact, not in the type stubs.
    everywhere = np.full(image.shape, 255, np.uint8)
    _, found = cv2.findTransformECC(template, image, warp, motion, CRITERIA, everywhere, 5)
    return np.asarray(found, np.float32)


def place(picture: Luma, wide: Luma, guess: Placement) -> Placement:
    """Where `picture` lies in `wide`; `guess` within some pixels. Scale is one number for both axes."""
    height, width = picture.shape
    wide_height, wide_width = wide.shape
    found = _ecc(picture, wide, _warp(picture, wide, guess), cv2.MOTION_AFFINE)
    scale_found = float(found[0, 0] + found[1, 1]) / 2
    # A warp counts from the middle of the first pixel, a view from its corner.
    middle = np.array([(width - 1) / 2, (height - 1) / 2, 1.0])
    x, y = (found @ middle + 0.5).tolist()
    return Placement(x / wide_width, y / wide_height, wide_width / (scale_found * width))


def refine(picture: Luma, wide: Luma, guess: Placement) -> Placement:
    """As `place`, and much quicker, for a picture that lies within a pixel or two of the guess.

    The crop of the guess is drawn, and compared half by half: both move alike where the centre is off, and
    apart where the zoom is.
    """
    height, width = picture.shape
    warp = _warp(picture, wide, guess)
    drawn = cv2.warpAffine(wide, warp, (width, height), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    crop, half = np.asarray(drawn, np.uint8), width // 2
    left_x, left_y = shift(crop[:, :half], picture[:, :half])
    right_x, right_y = shift(crop[:, half:], picture[:, half:])
    return Placement(
        guess.center_x + (left_x + right_x) / 2 / width / guess.zoom,
        guess.center_y + (left_y + right_y) / 2 / height / guess.zoom,
        guess.zoom / (1 + (right_x - left_x) / half),
    )


def _warp(picture: Luma, wide: Luma, view: Placement) -> npt.NDArray[np.float32]:
    """From the picture's pixels to those of the wide one, which count from the middle of the first one."""
    height, width = picture.shape
    wide_height, wide_width = wide.shape
    scale = wide_width / view.zoom / width
    left = view.center_x * wide_width - scale * width / 2 + (scale - 1) / 2
    top = view.center_y * wide_height - scale * height / 2 + (scale - 1) / 2
    return np.array([[scale, 0, left], [0, scale, top]], np.float32)


def steps(pictures: Sequence[Luma], guess: tuple[float, float] = (0.0, 0.0)) -> npt.NDArray[np.float64]:
    """Camera motion from each picture to the next, N-1 x 2 pixels."""
    return np.array([shift(a, b, guess) for a, b in pairwise(pictures)])


def rms(errors: npt.NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(np.square(errors))))
