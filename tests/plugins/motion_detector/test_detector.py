"""The detector on drawn halls: what it must find, and what must not put it off."""

from collections.abc import Sequence

import numpy as np
import pytest

from virtualptz.errors import PluginError
from virtualptz.protocols import BgrArray, Frame
from virtualptz.testing.detector import DetectorContract
from virtualptz.tracking.detection import Detections, Detector
from virtualptz_motion.detector import MotionDetector
from virtualptz_motion.options import MotionOptions

from .stage import FPS, HEIGHT, Figure, Hall, hits, overlap, sure, to_and_fro, walk

LEARNT = 3.0
"""Seconds after which it knows the hall and how tall people are."""
TEAM = (
    Figure(to_and_fro((80, 100), 50, 8), tall=30),
    Figure(to_and_fro((220, 130), 60, 9, 0.3), (200, 60, 40), tall=36),
    Figure(to_and_fro((150, 165), 90, 11, 0.6), (230, 230, 230), tall=42),
)
Seen = list[tuple[Frame, Detections]]


class TestMotion(DetectorContract):
    def make(self) -> Detector:
        return MotionDetector(MotionOptions())

    def frames(self) -> Sequence[Frame]:
        return list(Hall(TEAM).frames(4))


def watch(hall: Hall, seconds: float, options: MotionOptions | None = None) -> Seen:
    detector = MotionDetector(options or MotionOptions())
    return [(frame, detector.detect(frame)) for frame in hall.frames(seconds)]


def quality(hall: Hall, seen: Seen, since: float = LEARNT) -> tuple[float, float]:
    """Recall and precision of the boxes that begin tracks."""
    late = [(hall.boxes(frame.pts), sure(found)) for frame, found in seen if frame.pts >= since]
    right = sum(hits(truth, boxes) for truth, boxes in late)
    return right / sum(len(truth) for truth, _ in late), right / max(sum(len(boxes) for _, boxes in late), 1)


def _banner(at: float, picture: BgrArray) -> None:
    colours = np.random.default_rng(int(at * 2)).integers(0, 255, (10, 3), dtype=np.uint8)
    picture[62:76, 30:290] = np.repeat(colours, 26, axis=0)


def _squares(at: float, picture: BgrArray) -> None:
    """Another hall altogether."""
    values = np.random.default_rng(3).integers(60, 200, (5, 8, 3), dtype=np.uint8)
    picture[:] = np.repeat(np.repeat(values, 36, axis=0), 40, axis=1)


def bumps(seen: Seen) -> list[float]:
    return [frame.pts for frame, found in seen if found.camera_moved]


def test_people_who_walk_are_found() -> None:
    hall = Hall(TEAM)
    recall, precision = quality(hall, watch(hall, 10))
    assert recall > 0.9
    assert precision > 0.9


def test_an_empty_hall_is_empty() -> None:
    assert not any(len(found) for _, found in watch(Hall(), 5))


@pytest.mark.parametrize("factor", [1.35, 0.6])
def test_a_lamp_that_goes_on_or_off_is_nobody(factor: float) -> None:
    hall = Hall(TEAM, light=lambda at, rows: 1.0 if at < 5 else factor)
    seen = watch(hall, 8)
    assert max(len(sure(found)) for frame, found in seen if frame.pts >= 5) <= len(TEAM) + 1
    recall, precision = quality(hall, seen, since=5.5)
    assert recall > 0.8
    assert precision > 0.85


def test_light_that_changes_slowly_is_followed() -> None:
    hall = Hall(TEAM, light=lambda at, rows: 1 + 0.3 * np.sin(at / 3))
    recall, precision = quality(hall, watch(hall, 10))
    assert recall > 0.85
    assert precision > 0.85


def test_mains_flicker_in_bands_is_nobody() -> None:
    hall = Hall(TEAM, light=lambda at, rows: 1 + 0.06 * np.sin(2 * np.pi * (at * 3.7 + rows / HEIGHT * 1.2)))
    recall, precision = quality(hall, watch(hall, 10))
    assert recall > 0.85
    assert precision > 0.85


def test_a_bump_is_told_once_and_the_hall_is_known_again() -> None:
    hall = Hall(TEAM, shift=lambda at: (0.0, 0.0) if at < 5 else (6.0, -3.0))
    seen = watch(hall, 9)
    assert bumps(seen) == [5.0]
    assert max(len(sure(found)) for frame, found in seen if frame.pts >= 5) <= len(TEAM) + 1
    recall, precision = quality(hall, seen, since=5)
    assert recall > 0.8
    assert precision > 0.85


def test_a_camera_that_sways_is_steadied() -> None:
    hall = Hall(TEAM, shift=lambda at: (1.2 * float(np.sin(at * 9)), 0.8 * float(np.cos(at * 7))))
    seen = watch(hall, 10)
    recall, precision = quality(hall, seen)
    assert not bumps(seen)
    assert recall > 0.85
    assert precision > 0.7


def test_another_scene_is_learnt() -> None:
    detector = MotionDetector(MotionOptions())
    for frame in Hall(TEAM).frames(4):
        detector.detect(frame)
    other = Hall(TEAM, also=_squares)
    seen = [(frame, detector.detect(frame)) for frame in other.frames(8, since=4)]
    assert len(bumps(seen)) == 1
    recall, precision = quality(other, seen, since=8)
    assert recall > 0.8
    assert precision > 0.8


@pytest.mark.parametrize("share", [0.85, 0.7])
def test_a_shadow_does_not_stretch_a_box(share: float) -> None:
    hall = Hall([Figure(to_and_fro((150, 140), 90, 10), shadow=share)])
    seen = watch(hall, 10)
    recall, _ = quality(hall, seen)
    widths = [box[2] - box[0] for frame, found in seen if frame.pts >= LEARNT for box in sure(found)]
    assert recall > 0.9
    assert np.median(widths) < 0.5 * 36


def test_who_stands_still_stays() -> None:
    hall = Hall([Figure(lambda at: (40 + 30 * min(at, 4) + 30 * max(at - 26, 0), 150.0))])
    seen = watch(hall, 28)
    standing = [hits(hall.boxes(frame.pts), sure(found)) for frame, found in seen if 4 <= frame.pts < 26]
    assert all(standing)
    gone = [found for frame, found in seen if frame.pts > 27.5]
    assert all(len(sure(found)) <= 1 for found in gone), "where he stood there is a hole in the background"


def test_who_stands_longer_than_is_patient_becomes_background() -> None:
    hall = Hall([Figure(lambda at: (40 + 30 * min(at, 4), 150.0))])
    seen = watch(hall, 10, MotionOptions(stand_seconds=3))
    assert len(sure(seen[6 * FPS][1]))
    assert not len(seen[-1][1])


def test_the_ghost_of_who_was_there_first_dies() -> None:
    hall = Hall([Figure(lambda at: (100 + 40 * max(at - 3, 0), 140.0))])
    seen = watch(hall, 7)
    spot = (94, 104, 106, 140)
    ghosts = [frame.pts for frame, found in seen if any(overlap(spot, box) > 0.3 for box in found.boxes)]
    walking = [hits(hall.boxes(frame.pts), sure(found)) for frame, found in seen if frame.pts >= 5]
    assert max(ghosts, default=0.0) < 5
    assert all(walking)


def test_two_who_cross_are_two() -> None:
    figures = [Figure(walk((40, 140), (25, 0))), Figure(walk((280, 146), (-25, 0)), (220, 200, 60))]
    hall = Hall(figures)
    seen = watch(hall, 9)
    counts = [hits(hall.boxes(frame.pts), sure(found), 0.3) for frame, found in seen if frame.pts >= 2]
    assert np.mean(np.array(counts) == 2) > 0.8
    assert counts[-1] == 2


def test_what_flashes_in_its_place_is_nobody() -> None:
    hall = Hall([Figure(to_and_fro((150, 160), 90, 10))], also=_banner)
    recall, precision = quality(hall, watch(hall, 14), since=8.5)
    assert recall > 0.9
    assert precision > 0.9


def test_sensitivity_finds_who_hardly_differs() -> None:
    hall = Hall([Figure(to_and_fro((150, 150), 90, 10), (118, 163, 198), plain=True)])
    found = [len(sure(watch(hall, 5, MotionOptions(sensitivity=value))[-1][1])) for value in (0.25, 2.0)]
    assert found == [0, 1]


def test_a_picture_that_is_none_is_refused() -> None:
    with pytest.raises(PluginError, match="height x width x 3"):
        MotionDetector(MotionOptions()).detect(Frame(0.0, np.zeros((90, 160), np.uint8)))
