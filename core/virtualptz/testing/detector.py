"""The contract of detectors as a test class: inherit it, say how one is made, and run pytest."""

import threading
from collections.abc import Sequence

import numpy as np

from ..errors import VirtualPtzError
from ..model import TrackingUpdate
from ..protocols import BgrArray, Frame
from ..tracking.detection import Detections, Detector, DetectorOptions, DetectorSource

ENDS_SECONDS = 30.0
"""A detect that is under way when it is closed is over by then, on the slowest machine."""
ROUNDING = 1.0
"""Pixels that a box may stick out of the picture."""
FLOOR, WALL, SHIRT = (70, 110, 140), (90, 90, 90), (40, 40, 220)
"""Blue, green, red."""


def walkers(seconds: float = 4.0, fps: float = 10.0, width: int = 320, height: int = 180) -> list[Frame]:
    """Two red figures that walk past each other in a hall: plain colours, nothing more."""
    return [
        Frame(number / fps, _hall(number / fps / seconds, width, height))
        for number in range(round(seconds * fps))
    ]


def _hall(share: float, width: int, height: int) -> BgrArray:
    image = np.empty((height, width, 3), np.uint8)
    image[: height // 3], image[height // 3 :] = WALL, FLOOR
    for place, bottom in ((0.1 + 0.7 * share, 0.7), (0.85 - 0.7 * share, 0.85)):
        left, top = round(place * width), round((bottom - 0.25) * height)
        image[top : round(bottom * height), left : left + max(width // 20, 1)] = SHIRT
    return image


class DetectorContract:
    """The rules that every detector keeps.

    class TestMine(DetectorContract):
        def make(self) -> Detector:
            return Mine(MyOptions())
    """

    repeatable = True
    """The same pictures give the same boxes, after `reset` too."""

    def make(self) -> Detector:
        """A fresh detector."""
        raise NotImplementedError

    def frames(self) -> Sequence[Frame]:
        """Some pictures in their order. Better ones than these are of what it is to find."""
        return walkers()

    def test_it_keeps_the_protocol(self) -> None:
        assert isinstance(self.make(), Detector)

    def test_its_boxes_are_in_the_picture(self) -> None:
        detector = self.make()
        for frame in self.frames():
            before = frame.image.copy()
            check_detections(detector.detect(frame), frame)
            assert np.array_equal(before, frame.image), "it paints into the picture, which others use"

    def test_it_takes_any_picture(self) -> None:
        detector = self.make()
        for height, width, light in ((90, 160, 0), (90, 160, 255), (33, 47, 128), (16, 16, 0)):
            detector.reset()
            for number in range(3):
                frame = Frame(number / 10, np.full((height, width, 3), light, np.uint8))
                check_detections(detector.detect(frame), frame)

    def test_reset_forgets(self) -> None:
        if self.repeatable:
            detector, frames = self.make(), self.frames()
            first = [detector.detect(frame) for frame in frames]
            detector.reset()
            for frame, before in zip(frames, first, strict=True):
                _check_same(detector.detect(frame), before, frame)

    def test_it_is_closed_once_or_twice(self) -> None:
        detector = self.make()
        detector.close()
        detector.close()

    def test_it_can_be_closed_from_another_thread(self) -> None:
        detector = self.make()
        closed, began, over = threading.Event(), threading.Event(), threading.Event()
        trouble: list[BaseException] = []
        thread = threading.Thread(
            target=self._work, args=(detector, closed, began, over, trouble), daemon=True
        )
        thread.start()
        assert began.wait(ENDS_SECONDS), "it never began"
        closed.set()
        detector.close()
        assert over.wait(ENDS_SECONDS), "a detect that was under way does not end"
        assert not trouble, f"closed meanwhile, it raises {trouble[0]!r}: only a VirtualPtzError may come"

    def test_its_updates_are_valid_and_keep_their_pts(self) -> None:
        source = DetectorSource("contract", self.make(), DetectorOptions(), lambda _: 320)
        frames = list(self.frames())
        updates = list(source.updates(iter(frames)))
        assert [update.frame_pts for update in updates] == [frame.pts for frame in frames]
        for update in updates:
            assert TrackingUpdate.model_validate_json(update.model_dump_json()) == update
            assert update.source == "contract"

    def test_it_goes_on_after_a_jump_in_time(self) -> None:
        source = DetectorSource("contract", self.make(), DetectorOptions(), lambda _: 320)
        frames = list(self.frames())
        again = [Frame(frame.pts + 1000.0, frame.image) for frame in frames]
        assert len(list(source.updates(iter([*frames, *again, *frames])))) == 3 * len(frames)

    def _work(
        self,
        detector: Detector,
        closed: threading.Event,
        began: threading.Event,
        over: threading.Event,
        trouble: list[BaseException],
    ) -> None:
        try:
            while not closed.is_set():
                for frame in self.frames():
                    began.set()
                    detector.detect(frame)
        except VirtualPtzError:
            pass  # Closed, it may say so.
        except BaseException as error:  # noqa: BLE001 (whatever a plug-in raises is what is tested)
            trouble.append(error)
        finally:
            over.set()


def check_detections(found: Detections, frame: Frame) -> None:
    """AssertionError says which rule they break."""
    height, width = frame.image.shape[:2]
    boxes, scores = found.boxes, found.scores
    assert np.isfinite(boxes).all(), "a box is not finite"
    assert np.isfinite(scores).all(), "a score is not finite"
    assert ((scores >= 0) & (scores <= 1)).all(), "a score is not between 0 and 1"
    assert (boxes[:, 2:] > boxes[:, :2]).all(), "a box is empty: left, top, right, bottom is the order"
    assert (boxes >= -ROUNDING).all(), "a box is outside of the picture"
    assert (boxes <= np.array([width, height] * 2) + ROUNDING).all(), "a box is outside of the picture"
    assert all(found.classes), "a class has no name"


def _check_same(now: Detections, before: Detections, frame: Frame) -> None:
    where = f"at {frame.pts:.2f} s"
    assert now.classes == before.classes, f"after reset it finds other things {where}"
    assert np.allclose(now.boxes, before.boxes, atol=ROUNDING), f"after reset they are elsewhere {where}"
