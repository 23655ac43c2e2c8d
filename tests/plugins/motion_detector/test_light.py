"""How much lighter it became, and that people are not taken for light."""

import numpy as np
import pytest

from virtualptz_motion.light import UNCHANGED, measure
from virtualptz_motion.planes import Bytes, Floats

SHAPE = (180, 320)


@pytest.fixture
def hall() -> Floats:
    return np.random.default_rng(1).uniform(80, 160, SHAPE).astype(np.float32)


def nobody() -> Bytes:
    return np.zeros(SHAPE, np.uint8)


def lit(hall: Floats, factor: object) -> Bytes:
    return np.asarray(np.clip(hall * np.asarray(factor), 0, 255), np.uint8)


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.3])
def test_the_whole_picture(hall: Floats, factor: float) -> None:
    light = measure(lit(hall, factor), hall, nobody())
    assert light.gain == pytest.approx(factor, rel=0.02)
    assert np.allclose(light.over(320, 180), factor, rtol=0.03)


def test_the_same_light_is_steady(hall: Floats) -> None:
    assert measure(lit(hall, 1.0), hall, nobody()).steady


def test_bands_of_flicker(hall: Floats) -> None:
    bands = 1 + 0.06 * np.sin(np.arange(180) / 25)[:, None]
    light = measure(lit(hall, bands), hall, nobody())
    assert np.abs(light.over(320, 180) - bands).max() < 0.03


def test_half_of_the_lamps(hall: Floats) -> None:
    halves = np.where(np.arange(320) < 160, 1.0, 1.15)[None, :]
    found = measure(lit(hall, halves), hall, nobody()).over(320, 180)
    assert found[90, 20] == pytest.approx(1.0, abs=0.03)
    assert found[90, 300] == pytest.approx(1.15, abs=0.03)


def test_people_are_no_light(hall: Floats) -> None:
    picture = lit(hall, 1.0)
    picture[60:140, 100:140] = 20
    assert np.allclose(measure(picture, hall, nobody()).over(320, 180), 1, atol=0.03)


def test_where_nothing_can_be_measured_it_is_as_it_was(hall: Floats) -> None:
    assert measure(np.zeros(SHAPE, np.uint8), hall, nobody()) == UNCHANGED
    assert measure(lit(hall, 1.5), hall, np.full(SHAPE, 255, np.uint8)) == UNCHANGED
