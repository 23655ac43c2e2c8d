"""A picture that is sent again and again is told from a hall in which nothing happens."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from virtualptz.jobs.process.stillness import COLUMNS, ROWS, Stillness
from virtualptz.protocols import Luma
from virtualptz.testing.media import ScriptedPicture

FPS = 25
KEY_EVERY = 50
"""Pictures."""
SCENE: Luma = np.random.default_rng(1).integers(16, 235, (ROWS, COLUMNS), np.uint8)


@dataclass(frozen=True)
class Shown(ScriptedPicture):
    points: Luma | None = None
    is_key: bool = False

    @property
    def key(self) -> bool:
        return self.is_key

    def luma(self, columns: int, rows: int) -> Luma:
        assert self.points is not None
        assert self.points.shape <= (rows, columns)
        return self.points


def watch(
    seconds: float, scene: Callable[[int], Luma], *, keys: bool = True, stillness: Stillness | None = None
) -> list[float | None]:
    """What is told after each picture; `scene` by its number."""
    watched = stillness or Stillness()
    told: list[float | None] = []
    for number in range(round(seconds * FPS)):
        is_key = keys and number % KEY_EVERY == 0
        watched.see(Shown(number / FPS, points=scene(number), is_key=is_key), number / FPS)
        told.append(watched.seconds)
    return told


def noise(number: int) -> Luma:
    random = np.random.default_rng(number)
    return np.clip(SCENE + random.normal(0, 1.5, SCENE.shape), 0, 255).astype(np.uint8)


def spotted(share: float) -> Callable[[int], Luma]:
    """Each picture is another one in that share of its points."""

    def scene(number: int) -> Luma:
        points = SCENE.copy()
        points.flat[: round(share * points.size)] = 10 * (number % 20)
        return points

    return scene


def test_the_same_picture_is_told_within_four_seconds_and_for_how_long() -> None:
    told = watch(30, lambda _: SCENE)
    first = next(number for number, seconds in enumerate(told) if seconds is not None)
    assert first / FPS < 4
    assert told[-1] == pytest.approx(30, abs=0.3)


@pytest.mark.parametrize(
    "scene",
    [
        pytest.param(noise, id="a sensor's noise"),
        pytest.param(lambda number: noise(number // KEY_EVERY), id="noise that is coded in key frames only"),
        pytest.param(spotted(0.01), id="somebody far away"),
    ],
)
def test_an_empty_hall_is_not_frozen(scene: Callable[[int], Luma]) -> None:
    assert set(watch(30, scene)) == {None}


def test_what_an_encoder_changes_in_a_still_picture_is_no_motion() -> None:
    refined = SCENE.copy()
    refined[::2] ^= 1
    told = watch(10, lambda number: refined if number // KEY_EVERY % 2 else SCENE)
    assert told[-1] is not None


def test_a_change_now_and_then_is_an_encoder_that_settles() -> None:
    told = watch(30, lambda number: noise(number // (7 * FPS)))
    assert None not in told[4 * FPS :]


def test_key_frames_that_change_the_picture_are_noise() -> None:
    told = watch(20, lambda number: SCENE if number < 4 * FPS else noise(number // (4 * FPS)))
    assert told[4 * FPS - 1] is not None
    assert told[8 * FPS + FPS // 2] is None


def test_a_clock_in_a_corner_does_not_make_a_frozen_picture_move() -> None:
    assert watch(10, spotted(0.003))[-1] is not None


def test_motion_ends_it_within_half_a_second() -> None:
    told = watch(12, lambda number: SCENE if number < 8 * FPS else noise(number))
    assert told[8 * FPS - 1] is not None
    assert told[round(8.5 * FPS) :] == [None] * (12 * FPS - round(8.5 * FPS))


def test_without_a_key_frame_it_takes_long_to_be_sure() -> None:
    told = watch(25, lambda _: SCENE, keys=False)
    assert told[round(19.5 * FPS)] is None
    assert told[-1] is not None


def test_another_connection_begins_anew() -> None:
    stillness = Stillness()
    assert watch(10, lambda _: SCENE, stillness=stillness)[-1] is not None
    stillness.forget()
    assert stillness.seconds is None


def test_another_size_is_a_change() -> None:
    stillness = Stillness()
    watch(10, lambda _: SCENE, stillness=stillness)
    for at in (11.0, 11.5):
        stillness.see(Shown(at, points=SCENE[:: round(2 * at - 20)]), at)
    assert stillness.seconds is None


def test_a_backend_whose_pictures_have_no_points_is_told_nothing_of() -> None:
    class Bare:
        pts, width, height, nbytes = 0.0, 64, 36, 1

    stillness = Stillness()
    for number in range(300):
        stillness.see(Bare(), number / FPS)  # type: ignore[arg-type]
    assert stillness.seconds is None
