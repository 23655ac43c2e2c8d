"""The detector on the drawn match, whose truth is known."""

from collections.abc import Iterator

import numpy as np
import pytest

from virtualptz.protocols import BgrArray, Frame
from virtualptz.tracking.court import CourtPainter
from virtualptz.tracking.observer import Observer
from virtualptz.tracking.play import Play
from virtualptz_motion.detector import MotionDetector
from virtualptz_motion.options import MotionOptions

from .stage import hits, sure

WIDTH, HEIGHT = 640, 360
SECONDS, LEARNT = 20, 5.0
Boxes = list[tuple[float, float, float, float]]
Pairs = list[tuple[Boxes, Boxes]]


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    """The truth and what was found, of each picture once the detector knows the hall."""
    detector = MotionDetector(MotionOptions())
    pairs = []
    for at, image, truth in _match():
        found = [tuple(box) for box in sure(detector.detect(Frame(at, image))).tolist()]
        if at >= LEARNT:
            pairs.append((truth, found))
    return pairs


def _match() -> Iterator[tuple[float, BgrArray, Boxes]]:
    play = Play(7)
    painter = CourtPainter(play, WIDTH, HEIGHT)
    observer = Observer(play, painter.camera)
    for number in range(SECONDS * 10):
        at = number / 10
        people = observer.sight(at).players
        truth = [
            (
                (one.x - one.w / 2) * WIDTH,
                (one.y - one.h / 2) * HEIGHT,
                (one.x + one.w / 2) * WIDTH,
                (one.y + one.h / 2) * HEIGHT,
            )
            for one in people
        ]
        yield at, painter.draw(at), truth


def _near(truth: Boxes, found: Boxes) -> int:
    """How many have a box of their own whose middle is within half their height."""
    free, count = list(found), 0
    for left, top, right, bottom in truth:

        def away(
            box: tuple[float, float, float, float], x: float = left + right, y: float = top + bottom
        ) -> float:
            return float(np.hypot(box[0] + box[2] - x, box[1] + box[3] - y)) / 2

        best = min(free, key=away, default=None)
        if best is not None and away(best) < 0.5 * (bottom - top):
            count += 1
            free.remove(best)
    return count


def test_most_players_are_found_although_they_crowd(pairs: Pairs) -> None:
    right = sum(hits(truth, found, 0.3) for truth, found in pairs)
    assert right / sum(len(truth) for truth, _ in pairs) > 0.65
    assert right / sum(len(found) for _, found in pairs) > 0.83


def test_they_are_found_where_they_are(pairs: Pairs) -> None:
    right = sum(_near(truth, found) for truth, found in pairs)
    assert right / sum(len(truth) for truth, _ in pairs) > 0.7
    assert right / sum(len(found) for _, found in pairs) > 0.88


def test_spectators_and_boards_are_nobody(pairs: Pairs) -> None:
    """The stands end and the floor begins at 43 % of the height."""
    above = sum(box[3] < 0.43 * HEIGHT for _, found in pairs for box in found)
    assert above < 0.02 * sum(len(found) for _, found in pairs)
