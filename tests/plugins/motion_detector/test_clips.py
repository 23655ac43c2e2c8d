"""The detector on recordings of real people, where they are beside the project."""

from collections.abc import Sequence
from statistics import mean, median

import numpy as np
import numpy.typing as npt

from virtualptz.protocols import Frame
from virtualptz.tracking.detection import Detections
from virtualptz_motion.detector import MotionDetector
from virtualptz_motion.options import MotionOptions

from ...sample_data import sample
from .clips import frames_of
from .stage import hits, sure

GYM = "video/basketball_gym_fisheye_10s.mp4"
GYM_PLAYERS = (
    (0.191, 0.414), (0.601, 0.354), (0.665, 0.354), (0.706, 0.367), (0.725, 0.390),
    (0.744, 0.438), (0.784, 0.390), (0.812, 0.414), (0.853, 0.449),
)  # fmt: skip
"""Middles of everybody on the floor at 9.5 s, by eye; shares of the picture."""
GYM_MURALS = ((0.215, 0.235, 0.29, 0.34), (0.94, 0.31, 0.985, 0.47))
"""Left, top, right, bottom of the painted people on the walls."""
FOOTBALL = "video/soccer_left_3072x1728_10s.mp4"
PEDESTRIANS = "video/pedestrians_vtest_1080p30_16s.mp4"
BASKET = "video/basketball3x3_indoor_S1T1_overlay.gif"
BASKET_TRUTH = "tracks/trackid3x3/indoor_mot/basket_S1T1_pre.txt"

FloatArray = npt.NDArray[np.float32]


def watch(
    clip: str, width: int, fps: float, seconds: float, options: MotionOptions | None = None
) -> list[tuple[Frame, Detections]]:
    detector = MotionDetector(options or MotionOptions())
    return [(frame, detector.detect(frame)) for frame in frames_of(sample(clip), width, fps, seconds)]


def shares(frame: Frame, boxes: FloatArray) -> FloatArray:
    height, width = frame.image.shape[:2]
    return np.asarray(boxes / np.array([width, height, width, height]), np.float32)


def _in(box: Sequence[float] | FloatArray, x: float, y: float) -> bool:
    left, top, right, bottom = box
    return bool(left <= x <= right and top <= y <= bottom)


def test_players_of_a_gym() -> None:
    seen = watch(GYM, 640, 10, 9.8)
    late = [shares(frame, sure(found)) for frame, found in seen if frame.pts > 8]
    frame, found = min(seen, key=lambda one: abs(one[0].pts - 9.5))
    boxes = shares(frame, found.boxes)
    known = sum(any(_in(box, x, y) for box in boxes) for x, y in GYM_PLAYERS)
    assert known >= 6
    assert mean(len(boxes) for boxes in late) >= 5


def test_a_mural_is_nobody() -> None:
    for frame, found in watch(GYM, 640, 10, 9.8):
        if frame.pts < 3:
            continue
        for left, top, right, bottom in shares(frame, sure(found)):
            x, y = (left + right) / 2, (top + bottom) / 2
            assert not any(_in(mural, x, y) for mural in GYM_MURALS)


def test_players_of_a_football_match() -> None:
    late = [(frame, sure(found)) for frame, found in watch(FOOTBALL, 1280, 10, 7) if frame.pts > 3]
    assert median(len(boxes) for _, boxes in late) >= 11
    feet = np.concatenate([shares(frame, boxes)[:, 3] for frame, boxes in late])
    assert np.mean(feet > 0.4) > 0.97, "trees are nobody"


def test_pedestrians() -> None:
    late = [sure(found) for frame, found in watch(PEDESTRIANS, 640, 10, 10) if frame.pts > 4]
    assert 4 <= median(len(boxes) for boxes in late) <= 8


def test_three_against_three() -> None:
    """With words and rings painted over the players, and the grain of 256 colours."""
    rows = np.loadtxt(sample(BASKET_TRUTH), delimiter=",")
    right = found_all = true_all = 0
    for number, (frame, found) in enumerate(watch(BASKET, 640, 100, 9, MotionOptions(person_height=0.14))):
        if frame.pts > 3:
            mine = rows[rows[:, 0] == number + 1][:, 2:6] / 2
            truth = np.column_stack([mine[:, :2], mine[:, :2] + mine[:, 2:]]).tolist()
            right += hits(truth, sure(found), 0.3)
            found_all, true_all = found_all + len(sure(found)), true_all + len(truth)
    assert right / true_all > 0.6
    assert right / found_all > 0.6
