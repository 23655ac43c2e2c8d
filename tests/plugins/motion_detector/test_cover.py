"""People in one another's way, laid out again."""

import numpy as np
import pytest

from virtualptz_motion.cover import Placed, cover
from virtualptz_motion.perspective import Perspective
from virtualptz_motion.planes import Bytes

WIDTH, TALL = 640, 60
"""Pixels of the picture: of somebody whose feet are 200 from its top."""


@pytest.fixture
def floor() -> Perspective:
    perspective = Perspective()
    for step in range(100):
        foot = 0.2 + 0.1 * (step % 3)
        perspective.add(0.05 + 0.009 * step, foot, TALL / WIDTH * (foot - 0.08) / (200 / WIDTH - 0.08))
    perspective.fit()
    return perspective


def crowd(*feet: tuple[int, int]) -> Bytes:
    """Figures at half the size of a picture of 640x360."""
    mask = np.zeros((180, 320), np.uint8)
    for x, y in feet:
        tall = round(TALL * (y - 51) / (200 - 51) / 2)
        x, y = x // 2, y // 2
        mask[y - tall : y - tall * 4 // 5, x - 2 : x + 3] = 1
        mask[y - tall * 4 // 5 : y, x - 5 : x + 6] = 1
    return mask


def nearest(placed: list[Placed], x: int, y: int) -> float:
    away = [np.hypot((one.box[0] + one.box[2]) / 2 - x, one.box[3] - y) for one in placed]
    return float(min(away))


def laid(mask: Bytes, floor: Perspective, awaited: tuple[tuple[float, float], ...] = ()) -> list[Placed]:
    return cover(mask, 0, 0, floor, WIDTH, awaited)


def test_nobody_is_nobody(floor: Perspective) -> None:
    assert laid(crowd(), floor) == []


@pytest.mark.parametrize(
    "feet",
    [
        ((200, 200),),
        ((200, 200), (222, 206)),
        ((200, 200), (226, 200), (252, 200)),
        ((200, 200), (206, 248)),
    ],
    ids=["one", "two abreast", "three in a row", "one above another"],
)
def test_each_gets_a_box(floor: Perspective, feet: tuple[tuple[int, int], ...]) -> None:
    placed = laid(crowd(*feet), floor)
    assert len(placed) == len(feet)
    assert all(nearest(placed, x, y) < 0.25 * TALL for x, y in feet)


def test_a_limb_is_nobody(floor: Perspective) -> None:
    mask = np.zeros((180, 320), np.uint8)
    mask[100:104, 50:90] = 1
    assert laid(mask, floor) == []


def test_who_is_awaited_is_found_although_half_hidden(floor: Perspective) -> None:
    mask = crowd((200, 200))
    mask[86:] = 0
    assert laid(mask, floor) == []
    (placed,) = laid(mask, floor, ((200.0, 200.0),))
    assert nearest([placed], 200, 200) < 0.25 * TALL
