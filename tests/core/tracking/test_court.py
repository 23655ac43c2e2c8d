"""The drawn court. What it looks like is for eyes; that it shows what is true is for these."""

import cv2
import numpy as np
import pytest

from virtualptz.tracking.court import CourtPainter
from virtualptz.tracking.court.painter import FLASH_SECONDS, is_flash
from virtualptz.tracking.observer import Observer
from virtualptz.tracking.play import Play
from virtualptz.tracking.wide_camera import WideCamera

WIDTH, HEIGHT = 640, 360
PLAY = Play(7)


@pytest.fixture(scope="module")
def painter() -> CourtPainter:
    return CourtPainter(PLAY, WIDTH, HEIGHT)


def _grey(painter: CourtPainter, seconds: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.asarray(cv2.cvtColor(painter.draw(seconds), cv2.COLOR_BGR2GRAY), np.float32)


def test_a_picture_is_the_same_whoever_draws_it(painter: CourtPainter) -> None:
    picture = painter.draw(20.5)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert picture.dtype == np.uint8
    painter.draw(33.3)
    assert np.array_equal(CourtPainter(Play(7), WIDTH, HEIGHT).draw(20.5), picture)


def test_drawing_leaves_no_trace_in_the_next_picture(painter: CourtPainter) -> None:
    first = painter.draw(12.25).copy()
    for seconds in (12.5, 40.0, 41.5):
        painter.draw(seconds)
    assert np.array_equal(painter.draw(12.25), first)


@pytest.mark.parametrize("seconds", [5.25, 18.4, 47.7, 101.3])
def test_what_moves_is_where_the_truth_says(painter: CourtPainter, seconds: float) -> None:
    """Nearly all that differs from the empty hall lies in a target's box, and every box differs."""
    empty = np.median([_grey(painter, 0.5 + 7.0 * number) for number in range(25)], axis=0)
    changed = np.abs(_grey(painter, seconds) - empty) > 20
    changed[: HEIGHT // 20, : WIDTH // 4] = False  # the clock
    explained = np.zeros_like(changed)
    for target in Observer(PLAY, painter.camera).update(seconds).targets or ():
        assert target.model_extra is not None
        half_w, half_h = target.model_extra["w"] * 0.5 + 0.015, target.model_extra["h"] * 0.5 + 0.02
        rows = slice(int((target.y - half_h) * HEIGHT), int((target.y + half_h) * HEIGHT) + 1)
        columns = slice(int((target.x - half_w) * WIDTH), int((target.x + half_w) * WIDTH) + 1)
        explained[rows, columns] = True
        if target.cls == "player":
            assert changed[rows, columns].mean() > 0.05
    assert (changed & explained).sum() / changed.sum() > 0.97


def test_the_ball_is_drawn_where_it_is(painter: CourtPainter) -> None:
    """A shot in the air is orange at its place."""
    large = CourtPainter(PLAY, 1280, 720)
    shots = [
        number / 10
        for number in range(1800)
        if PLAY.at(number / 10).loose and PLAY.at(number / 10).ball[2] > 3.4
    ]
    assert len(shots) > 5
    for seconds in shots[:20]:
        x, y = large.camera.point(*PLAY.at(seconds).ball)
        blue, green, red = large.draw(seconds)[int(y * 720), int(x * 1280)].astype(int)
        assert red > 150
        assert red > green + 50 > blue


def test_boards_and_patch_flash_with_each_whole_second(painter: CourtPainter) -> None:
    patches = [painter.draw(number / 30)[3, 3].mean() for number in range(60)]
    assert [bright > 128 for bright in patches] == [number % 30 < FLASH_SECONDS * 30 for number in range(60)]
    x, y = painter.camera.point(14.0 + 5.0, -3.6, 0.6)
    lit, dark = (painter.draw(seconds)[int(y * HEIGHT), int(x * WIDTH)].astype(int) for seconds in (2.0, 2.5))
    assert lit.min() > 200
    assert dark.min() < 190


def test_a_frame_time_that_falls_short_of_its_second_flashes_all_the_same() -> None:
    assert is_flash(float(np.nextafter(3.0, 0.0)))
    assert not is_flash(2.99)


@pytest.mark.parametrize(("width", "height"), [(320, 180), (640, 480), (1280, 360), (200, 400)])
def test_any_size_shows_the_whole_court(width: int, height: int) -> None:
    painter = CourtPainter(PLAY, width, height)
    assert painter.draw(1.5).shape == (height, width, 3)
    assert all(0 <= part <= 1 for corner in ((0, 0), (28, 15)) for part in painter.camera.point(*corner))


def test_the_hall_has_something_to_hold_on_to(painter: CourtPainter) -> None:
    """Texture in every part of the picture where a crop may look: enough for motion to be measured."""
    grey = _grey(painter, 1.5)
    for row in range(4):
        for column in range(4):
            patch = grey[row * 90 : row * 90 + 90, column * 160 : column * 160 + 160]
            assert patch.std() > 1.0


def test_players_move_by_parts_of_a_pixel(painter: CourtPainter) -> None:
    """Between two instants a hundredth of a second apart, a runner's picture changes, and only a little."""
    differences = []
    for number in range(20):
        at = 14.2 + number * 0.01
        differences.append(np.abs(_grey(painter, at + 0.01) - _grey(painter, at))[40:].sum())
    assert min(differences) > 0
    assert max(differences) < 8 * np.median(differences)


def test_camera_and_painter_agree() -> None:
    painter = CourtPainter(PLAY, 1000, 500)
    assert painter.camera.point(3, 4, 1) == WideCamera(2.0).point(3, 4, 1)
