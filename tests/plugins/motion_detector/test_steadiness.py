"""Whether the camera moved, and how far."""

import cv2
import numpy as np
import pytest

from virtualptz_motion.planes import Bytes, Floats, moved, planes_of
from virtualptz_motion.steadiness import same_hall, shift_of

from .stage import hall


@pytest.fixture
def luma() -> Bytes:
    return planes_of(np.asarray(cv2.resize(hall(1), (640, 360)), np.uint8)).luma


def mean_of(luma: Bytes) -> Floats:
    return luma.astype(np.float32)


@pytest.mark.parametrize(("across", "down"), [(12, -6), (3, 2), (-30, 10)])
def test_a_shift_is_measured(luma: Bytes, across: int, down: int) -> None:
    later = np.roll(luma, (down, across), (0, 1))
    found = shift_of(later, mean_of(luma))
    assert found is not None
    assert [found.across, found.down] == pytest.approx([across, down], abs=0.6)


def test_a_camera_that_stands_still_has_none(luma: Bytes) -> None:
    grain = np.random.default_rng(1).normal(0, 3, luma.shape)
    assert shift_of(np.clip(luma + grain, 0, 255).astype(np.uint8), mean_of(luma)) is None


def test_somebody_who_walks_before_a_plain_wall_is_not_the_camera() -> None:
    before, now = np.full((360, 640), 120, np.uint8), np.full((360, 640), 120, np.uint8)
    before[100:200, 300:330], now[100:200, 312:342] = 40, 40
    assert shift_of(now, mean_of(before)) is None


def test_another_hall_is_another_hall_and_another_light_is_not(luma: Bytes) -> None:
    gradient = np.linspace(0.4, 1.4, luma.shape[1])
    assert same_hall(np.clip(luma * gradient, 0, 255).astype(np.uint8), mean_of(luma))
    assert not same_hall(np.ascontiguousarray(luma[::-1]), mean_of(luma))
    assert not same_hall(np.full_like(luma, 90), mean_of(luma))


def test_planes_are_moved_together() -> None:
    planes = planes_of(hall(1))
    later = moved(planes, 4, 2)
    assert np.array_equal(later.luma[2:, 4:], planes.luma[:-2, :-4])
    half = planes.chroma.shape[0] // 2
    assert np.array_equal(later.chroma[half + 1 :, 2:], planes.chroma[half:-1, :-2])
