import pytest

from virtualptz_yolo.region import area_of

FLOOR = ((0.5, 0.5), (0.9, 0.5), (0.9, 0.9), (0.5, 0.9))


def test_without_a_region_all_is_looked_at() -> None:
    assert area_of((), 640, 360) == (0, 0, 640, 360)


def test_what_is_far_from_the_region_is_cut_off() -> None:
    left, top, width, height = area_of(FLOOR, 1000, 1000)
    assert [left, width] == pytest.approx([470, 460], abs=2)
    # Those who stand at its upper edge are there in full.
    assert [top, height] == pytest.approx([250, 680], abs=2)


def test_for_a_narrow_strip_it_does_not_pay() -> None:
    assert area_of(((0.05, 0.3), (0.95, 0.3), (0.95, 0.95)), 640, 360) == (0, 0, 640, 360)


def test_it_stays_in_the_picture() -> None:
    left, top, width, height = area_of(((0, 0), (0.4, 0), (0.4, 1), (0, 1)), 100, 100)
    assert (left, top, height) == (0, 0, 100)
    assert 40 <= width <= 44
