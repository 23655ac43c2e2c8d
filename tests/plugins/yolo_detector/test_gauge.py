import numpy as np

from virtualptz_yolo.network import Found
from virtualptz_yolo.tiling.gauge import LARGE, SMALL, WANTED, SizeGauge

LONGEST, SIZE = 3840, 640
COARSE = SIZE / LONGEST


def people(at_input: float, count: int = 6, score: float = 0.8) -> Found:
    """People who are so many pixels high where the network sees the whole picture."""
    height = at_input / COARSE
    return np.array([(0, 0, height / 3, height, score, 0)] * count, np.float32)


def settled(gauge: SizeGauge, seen: Found, since: float = 0.0) -> float:
    for frame in range(100):
        gauge.measure(seen, since + frame / 10)
    return gauge.scale(LONGEST, SIZE)


def test_before_anything_is_known_pieces_are_tried() -> None:
    assert SizeGauge(always=False).scale(LONGEST, SIZE) == 2 * COARSE


def test_pieces_make_small_people_large_enough() -> None:
    scale = settled(SizeGauge(always=False), people(12))
    assert WANTED / 1.35 < scale * 12 / COARSE < WANTED * 1.35


def test_large_people_need_no_pieces() -> None:
    assert settled(SizeGauge(always=False), people(LARGE + 3)) == 0


def test_it_does_not_change_its_mind_in_between() -> None:
    gauge = SizeGauge(always=False)
    between = (SMALL + LARGE) / 2
    assert settled(gauge, people(between)) > 0
    assert settled(gauge, people(LARGE + 3), 10) == 0
    assert settled(gauge, people(between), 20) == 0
    assert settled(gauge, people(SMALL - 3), 30) > 0


def test_a_little_change_of_size_does_not_lay_the_grid_anew() -> None:
    gauge = SizeGauge(always=False)
    scale = settled(gauge, people(15))
    assert settled(gauge, people(13), 10) == scale
    assert settled(gauge, people(8), 20) != scale


def test_always_is_always_but_for_a_picture_that_fits() -> None:
    gauge = SizeGauge(always=True)
    assert settled(gauge, people(200)) > COARSE
    assert gauge.scale(SIZE, SIZE) == 0


def test_nothing_is_enlarged() -> None:
    assert settled(SizeGauge(always=False), people(2)) == 1.0


def test_unsure_or_few_people_are_no_measure() -> None:
    gauge = SizeGauge(always=False)
    assert settled(gauge, people(200, count=2)) == 2 * COARSE
    assert settled(gauge, people(200, score=0.2)) == 2 * COARSE
