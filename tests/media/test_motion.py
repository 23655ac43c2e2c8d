import cv2
import numpy as np
import pytest

from .clip import texture
from .motion import Luma, Placement, place, rms, shift, steps

WIDE = texture(640, 360, 3)


def crop(center_x: float, center_y: float, zoom: float, size: tuple[int, int] = (320, 180)) -> Luma:
    """The crop by exact linear interpolation, centre in fractions of the wide picture."""
    width, height = size
    scale = 640 / zoom / width
    left, top = center_x * 640 - scale * width / 2, center_y * 360 - scale * height / 2
    matrix = np.array([[scale, 0, left + scale / 2 - 0.5], [0, scale, top + scale / 2 - 0.5]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(WIDE, matrix, size, flags=flags), np.uint8)


@pytest.mark.parametrize("pixels", [0.0, 0.1, 0.3, 0.5, 1.7, -0.8])
def test_shift_is_the_cameras_motion(pixels: float) -> None:
    first, second = crop(0.4, 0.5, 2.0), crop(0.4 + pixels / 640, 0.5, 2.0)
    x, y = shift(first, second)
    assert x == pytest.approx(pixels, abs=0.02)
    assert y == pytest.approx(0, abs=0.01)


def test_steps_of_a_steady_pan() -> None:
    pan = steps([crop(0.3 + 0.3 * index / 640, 0.5, 2.0) for index in range(12)])
    assert rms(pan[:, 0] - 0.3) < 0.02


def test_steps_see_the_jumps_of_a_whole_pixel_crop() -> None:
    jumpy = steps([crop(0.3 + round(0.3 * index / 2) * 2 / 640, 0.5, 2.0) for index in range(21)])
    assert rms(jumpy[:, 0] - 0.3) > 0.5


@pytest.mark.parametrize(
    ("truth", "guess"),
    [
        (Placement(0.45, 0.52, 2.0), Placement(0.46, 0.51, 2.04)),
        (Placement(0.6, 0.4, 1.6), Placement(0.61, 0.41, 1.6)),
    ],
)
def test_place_finds_the_crop(truth: Placement, guess: Placement) -> None:
    found = place(crop(truth.center_x, truth.center_y, truth.zoom), WIDE, guess)
    assert found.center_x == pytest.approx(truth.center_x, abs=0.0005)
    assert found.center_y == pytest.approx(truth.center_y, abs=0.0005)
    assert found.zoom == pytest.approx(truth.zoom, abs=0.003)
