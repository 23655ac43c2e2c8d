import threading
from collections.abc import Iterator

import numpy as np
import pytest

from virtualptz.errors import PluginError
from virtualptz.model import FrameRequest, TrackingUpdate
from virtualptz.protocols import Frame, TrackingSource
from virtualptz.tracking.detection import BALL, PLAYER, Detections, DetectorOptions, DetectorSource


class Standing:
    """Finds one person who stands in the middle, and a ball of this score."""

    def __init__(self, ball: float = 0.5) -> None:
        self._ball = ball
        self.resets = 0
        self.closed = threading.Event()

    def detect(self, frame: Frame) -> Detections:
        height, width = frame.image.shape[:2]
        x, y = width / 2, height / 2
        boxes = [(x - 8, y - 25, x + 8, y + 25), (x, y, x + 4, y + 4)]
        return Detections.of(boxes, [0.9, self._ball], [PLAYER, BALL])

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        self.closed.set()


def frames(*times: float, width: int = 320) -> Iterator[Frame]:
    return iter([Frame(at, np.zeros((180, width, 3), np.uint8)) for at in times])


def source(detector: Standing, options: DetectorOptions | None = None) -> DetectorSource:
    return DetectorSource("toy", detector, options or DetectorOptions(), lambda media: 320)


def ids(update: TrackingUpdate) -> list[object]:
    return [target.model_extra and target.model_extra["track_id"] for target in update.targets or ()]


def test_it_is_a_tracking_source() -> None:
    made: TrackingSource = source(Standing())
    assert made.wants(None) == FrameRequest(10.0, 320)
    assert source(Standing(), DetectorOptions(fps=5, width=640)).wants(None) == FrameRequest(5.0, 640)


def test_one_update_a_picture_with_its_pts_and_who_measured() -> None:
    times = (0.0, 0.1, 0.25, 0.31)
    updates = list(source(Standing()).updates(frames(*times)))
    assert [update.frame_pts for update in updates] == list(times)
    assert {update.source for update in updates} == {"toy"}
    assert ids(updates[-1])[0] == ids(updates[0])[0]
    assert updates[-1].targets is not None
    assert [target.cls for target in updates[-1].targets] == ["player", "ball"]


def test_a_ball_under_its_own_threshold_is_none() -> None:
    options = DetectorOptions(ball_confidence=0.6)
    updates = list(source(Standing(0.5), options).updates(frames(*(number / 10 for number in range(9)))))
    assert {target.cls for target in updates[-1].targets or ()} == {"player"}
    assert updates[-1].ball_velocity_x is None


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(frames(0.5), id="time goes back"),
        pytest.param(frames(5.0), id="time jumps on"),
        pytest.param(frames(1.2, width=640), id="another size"),
    ],
)
def test_another_scene_begins_anew(after: Iterator[Frame]) -> None:
    detector = Standing()
    made = source(detector)
    before = list(made.updates(frames(*(number / 10 for number in range(12)))))
    [update] = made.updates(after)
    assert detector.resets == 1
    assert before[-1].tracking_state == "stable"
    assert update.tracking_state != "stable", "its state has no past"
    assert not set(ids(before[-1])) & set(ids(update))


def test_pictures_that_were_left_out_are_no_jump() -> None:
    detector = Standing()
    list(source(detector).updates(frames(0.0, 0.1, 1.0, 3.5)))
    assert detector.resets == 0


def test_the_same_picture_twice_is_read_twice() -> None:
    updates = list(source(Standing()).updates(frames(0.0, 0.1, 0.1, 0.2)))
    assert [update.frame_pts for update in updates] == [0.0, 0.1, 0.1, 0.2]


def test_boxes_that_are_none_do_no_harm() -> None:
    class Broken(Standing):
        def detect(self, frame: Frame) -> Detections:
            nan = float("nan")
            boxes = [(nan, 0, 9, 9), (5, 5, 5, 5), (0, 0, float("inf"), 9), (nan, nan, nan, nan)]
            return Detections.of(boxes, [0.9, 0.9, 0.9, nan], [PLAYER, PLAYER, BALL, BALL])

    updates = list(source(Broken()).updates(frames(0.0, 0.1, 0.2)))
    assert [update.targets for update in updates] == [()] * 3


def test_it_needs_frames() -> None:
    with pytest.raises(PluginError, match="frames"):
        next(source(Standing()).updates(None))


def test_closed_it_ends_and_closes_its_detector() -> None:
    detector = Standing()
    made = source(detector)
    updates = made.updates(frames(0.0, 0.1, 0.2))
    next(updates)
    made.close()
    assert list(updates) == []
    assert detector.closed.is_set()
