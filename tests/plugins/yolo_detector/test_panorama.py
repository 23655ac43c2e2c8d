"""A wide picture in pieces, with a network that sees what is drawn: pale bars are people."""

from typing import Literal

import cv2
import numpy as np
import pytest

from virtualptz.protocols import BgrArray
from virtualptz_yolo.network import Found
from virtualptz_yolo.tiling.panorama import Panorama, may_need_pieces

ACROSS, DOWN, SIZE = 3840, 1080, 640
AREA = (0, 0, ACROSS, DOWN)
STEP = 0.1
PERSON = 0


class Eyes:
    """Sees a bar that is at least 20 pixels high where it looks, whole or in part, and no smaller one."""

    def __init__(self) -> None:
        self.looked: list[list[tuple[int, ...]]] = []

    def __call__(self, pictures: list[BgrArray]) -> list[Found]:
        self.looked.append([picture.shape for picture in pictures])
        return [self._see(picture) for picture in pictures]

    @staticmethod
    def _see(picture: BgrArray) -> Found:
        scale = SIZE / max(picture.shape)
        seen = cv2.resize(picture[..., 1], None, fx=scale, fy=scale)
        _, _, stats, _ = cv2.connectedComponentsWithStats((seen > 170).astype(np.uint8))
        found = [(x, y, x + wide, y + high) for x, y, wide, high, _ in stats[1:] if high >= 20]
        boxes = np.array(found, np.float32).reshape(-1, 4) / scale
        return np.hstack([boxes, np.tile(np.array([[0.8, PERSON]], np.float32), (len(boxes), 1))])


def hall(*people: tuple[float, float], height: int = 60) -> BgrArray:
    """People with these left upper corners."""
    image = np.full((DOWN, ACROSS, 3), 80, np.uint8)
    for x, y in people:
        image[round(y) : round(y) + height, round(x) : round(x) + height // 3] = 220
    return image


def panorama(tiles: Literal["auto", "on", "off"] = "auto", budget: int = 0) -> Panorama:
    return Panorama(tiles, budget, SIZE, [PERSON])


def places(found: Found) -> list[tuple[int, int]]:
    return sorted((round(float(row[0])), round(float(row[1]))) for row in found)


CROWD = [(200.0 + 190 * number, 300.0 + 40 * (number % 8)) for number in range(18)]


def assert_is(found: Found, people: list[tuple[float, float]], within: float = 6) -> None:
    """Everybody is there once, and nobody else."""
    assert len(found) == len(people)
    for got, real in zip(places(found), sorted(people), strict=True):
        assert got == pytest.approx(real, abs=within)


def test_small_people_are_found_in_pieces_only_and_each_once() -> None:
    eyes = Eyes()
    assert len(panorama("off").find(hall(*CROWD), AREA, 0.0, eyes)) == 0
    assert_is(panorama().find(hall(*CROWD), AREA, 0.0, eyes), CROWD)


@pytest.mark.parametrize("x", range(1000, 2400, 7))
def test_nobody_is_doubled_or_lost_at_a_seam(x: int) -> None:
    assert_is(panorama().find(hall((x, 500)), AREA, 0.0, Eyes()), [(x, 500)])


def test_large_people_are_looked_at_in_one_piece() -> None:
    wide, eyes = panorama(), Eyes()
    large = [(300.0, 100.0), (1500.0, 200.0), (2600.0, 300.0), (3300.0, 300.0)]
    for frame in range(40):
        found = wide.find(hall(*large, height=400), AREA, frame * STEP, eyes)
    assert wide.pieces == 0
    assert eyes.looked[-1] == [(DOWN, ACROSS, 3)]
    assert_is(found, large)


def test_a_narrow_picture_is_not_cut() -> None:
    eyes = Eyes()
    image = hall((100, 100))[:, :1280]
    panorama().find(image, (0, 0, 1280, DOWN), 0.0, eyes)
    assert eyes.looked == [[image.shape]]
    assert not may_need_pieces("auto", 1920)
    assert may_need_pieces("on", 1920)
    assert not may_need_pieces("off", 7680)


def test_a_budget_bounds_the_pieces_and_nobody_who_stands_is_lost() -> None:
    wide, eyes = panorama(budget=2), Eyes()
    for frame in range(60):
        found = wide.find(hall(*CROWD), AREA, frame * STEP, eyes)
        assert len(eyes.looked[-1]) == 3
        if frame * STEP > 4:
            assert_is(found, CROWD)


def test_who_runs_through_all_pieces_is_followed() -> None:
    wide, eyes = panorama(budget=1), Eyes()
    missed = 0
    for frame in range(80):
        runner = (400.0 + 30 * frame, 600.0)
        found = wide.find(hall(*CROWD, runner), AREA, frame * STEP, eyes)
        if frame * STEP > 4:
            near = [got for got in places(found) if got == pytest.approx(runner, abs=35)]
            missed += not near
    assert missed <= 3


def test_who_walked_away_leaves_no_ghost() -> None:
    wide, eyes = panorama(budget=1), Eyes()
    for frame in range(60):
        wide.find(hall(*CROWD), AREA, frame * STEP, eyes)
    for frame in range(60, 120):
        found = wide.find(hall(*CROWD[1:]), AREA, frame * STEP, eyes)
    assert_is(found, CROWD[1:])


def test_a_part_of_the_picture_is_looked_at_in_pieces_of_that_part() -> None:
    eyes = Eyes()
    found = panorama().find(hall(*CROWD), (1900, 200, 1940, 600), 0.0, eyes)
    assert_is(found, [place for place in CROWD if place[0] > 1900])
    assert_is(
        panorama("off").find(hall((2000, 500), height=100), (1900, 200, 1940, 600), 0.0, eyes), [(2000, 500)]
    )


def test_after_another_scene_nobody_is_remembered() -> None:
    wide, eyes = panorama(budget=1), Eyes()
    for frame in range(60):
        wide.find(hall(*CROWD), AREA, frame * STEP, eyes)
    wide.reset()
    assert len(wide.find(hall(), AREA, 6.1, eyes)) == 0
