"""The filter against the one in the textbooks, with its 8 x 8 matrices."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz.tracking.bytetrack.motion import Motion, measured

Floats = npt.NDArray[np.float64]
BOXES = np.array([[100.0, 200.0, 140.0, 300.0], [500.0, 100.0, 530.0, 180.0]])
ALL = np.array([True, True])


def noise(height: float, place: float, speed: float, aspect: tuple[float, float]) -> Floats:
    deviations = [place * height] * 4 + [speed * height] * 4
    deviations[2], deviations[6] = aspect
    return np.diag(np.square(deviations))


class Textbook:
    """One box; place and speed in one state, everything by matrices. Predicts one picture at a time."""

    def __init__(self, place: Floats) -> None:
        self.mean = np.concatenate([place, np.zeros(4)])
        self.covariance = noise(place[3], 2 / 20, 10 / 160, (1e-2, 1e-5))

    def predict(self) -> None:
        step = np.eye(8) + np.eye(8, k=4)
        shaken = noise(self.mean[3], 1 / 20, 1 / 160, (1e-2, 1e-5))
        self.mean = step @ self.mean
        self.covariance = step @ self.covariance @ step.T + shaken

    def correct(self, place: Floats) -> None:
        sees = np.eye(4, 8)
        error = noise(self.mean[3], 1 / 20, 0, (1e-1, 0))[:4, :4]
        gain = self.covariance @ sees.T @ np.linalg.inv(sees @ self.covariance @ sees.T + error)
        self.mean = self.mean + gain @ (place - sees @ self.mean)
        self.covariance = (np.eye(8) - gain @ sees) @ self.covariance


def test_it_is_the_textbooks_filter() -> None:
    random = np.random.default_rng(1)
    motion = Motion.starting(BOXES)
    books = [Textbook(place) for place in measured(BOXES)]
    for number in range(30):
        motion.predict(ALL, 1)
        found = BOXES + 4 * number + random.normal(0, 3, BOXES.shape)
        motion.correct(np.array([1, 0]), found[::-1])
        for book, place in zip(books, measured(found), strict=True):
            book.predict()
            book.correct(place)
    assert motion.place == pytest.approx(np.array([book.mean[:4] for book in books]))
    assert motion.speed == pytest.approx(np.array([book.mean[4:] for book in books]))
    spread = np.array([np.diag(book.covariance) for book in books])
    assert motion.place_variance == pytest.approx(spread[:, :4])
    assert motion.speed_variance == pytest.approx(spread[:, 4:])


@given(st.integers(1, 12))
def test_many_pictures_at_once_are_as_many_one_by_one(pictures: int) -> None:
    def moving() -> Motion:
        motion = Motion.starting(BOXES)
        motion.speed[:, :2] = (3, -2)
        return motion

    once, steps = moving(), moving()
    once.predict(ALL, pictures)
    for _ in range(pictures):
        steps.predict(ALL, 1)
    assert once.boxes == pytest.approx(steps.boxes)
    for name in ("place_variance", "covariance", "speed_variance"):
        assert getattr(once, name) == pytest.approx(getattr(steps, name))


@given(st.lists(st.floats(0, 40), min_size=1, max_size=20))
def test_uncertainty_makes_sense_whatever_the_times(gaps: list[float]) -> None:
    motion = Motion.starting(BOXES)
    for gap in gaps:
        motion.predict(ALL, gap)
        motion.correct(np.array([0, 1]), BOXES)
        assert (motion.place_variance > 0).all()
        assert (motion.speed_variance > 0).all()
        assert (motion.place_variance * motion.speed_variance >= motion.covariance**2 * (1 - 1e-9)).all()


def test_a_box_never_turns_inside_out() -> None:
    motion = Motion.starting(BOXES)
    motion.speed[:] = -30
    motion.predict(ALL, 100)
    assert (motion.boxes[:, 2:] > motion.boxes[:, :2]).all()


def test_only_those_who_are_named_go_on() -> None:
    motion = Motion.starting(BOXES)
    motion.speed[:, 0] = 10
    motion.predict(np.array([False, True]), 2)
    assert motion.boxes[0] == pytest.approx(BOXES[0])
    assert motion.boxes[1] == pytest.approx(BOXES[1] + (20, 0, 20, 0))
