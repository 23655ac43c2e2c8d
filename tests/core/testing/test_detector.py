"""The detectors' contract holds those who keep it, and names what others break."""

import threading
from collections.abc import Callable

import numpy as np
import pytest

from virtualptz.protocols import Frame
from virtualptz.testing.detector import DetectorContract, check_detections, walkers
from virtualptz.tracking.detection import PLAYER, Detections, Detector


class Good:
    """Finds what is red."""

    def detect(self, frame: Frame) -> Detections:
        image = frame.image.astype(np.int16)
        down, across = np.nonzero(image[..., 2] - image[..., 1] > 100)
        if not len(down):
            return Detections.none()
        box = (across.min(), down.min(), across.max() + 1, down.max() + 1)
        return Detections.of([box], [0.9], [PLAYER])

    def reset(self) -> None:
        """It remembers nothing."""

    def close(self) -> None:
        """It holds nothing."""


class TestGood(DetectorContract):
    def make(self) -> Good:
        return Good()


class Painting(Good):
    def detect(self, frame: Frame) -> Detections:
        frame.image[0, 0] = frame.image[0, 0] + 1
        return super().detect(frame)


class Outside(Good):
    def detect(self, frame: Frame) -> Detections:
        return Detections.of([(0, 0, frame.image.shape[1] + 50, 20)], [0.9], [PLAYER])


class Swapped(Good):
    def detect(self, frame: Frame) -> Detections:
        return Detections.of([(9, 9, 5, 5)], [0.9], [PLAYER])


class Percent(Good):
    def detect(self, frame: Frame) -> Detections:
        return Detections.of([(5, 5, 9, 9)], [90], [PLAYER])


class Remembering(Good):
    def __init__(self) -> None:
        self._count = 0

    def detect(self, frame: Frame) -> Detections:
        self._count += 1
        return super().detect(frame) if self._count > 5 else Detections.none()


class ClosedOnce(Good):
    def __init__(self) -> None:
        self._open = True

    def close(self) -> None:
        if not self._open:
            raise RuntimeError("closed already")
        self._open = False


class Crashing(Good):
    def __init__(self) -> None:
        self._closed = threading.Event()

    def detect(self, frame: Frame) -> Detections:
        if self._closed.is_set():
            raise RuntimeError("used after it was freed")
        return super().detect(frame)

    def close(self) -> None:
        self._closed.set()


def contract(make: Callable[[], Detector]) -> DetectorContract:
    class Its(DetectorContract):
        def make(self) -> Detector:
            return make()

    return Its()


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (Painting, "paints into the picture"),
        (Outside, "outside of the picture"),
        (Swapped, "left, top, right, bottom is the order"),
        (Percent, "not between 0 and 1"),
    ],
)
def test_what_breaks_a_rule_is_told(make: Callable[[], Detector], why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        contract(make).test_its_boxes_are_in_the_picture()


def test_a_reset_that_forgets_only_half_is_told() -> None:
    with pytest.raises(AssertionError, match="after reset"):
        contract(Remembering).test_reset_forgets()


def test_a_second_close_must_do_no_harm() -> None:
    with pytest.raises(RuntimeError):
        contract(ClosedOnce).test_it_is_closed_once_or_twice()


def test_figures_walk_past_each_other() -> None:
    frames = walkers()
    assert [frame.pts for frame in frames[:2]] == [0.0, 0.1]
    for frame in frames:
        found = Good().detect(frame)
        check_detections(found, frame)
        assert len(found) == 1
