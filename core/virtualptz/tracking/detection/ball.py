"""Which of the detected balls is the one in play, and how it moves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..bytetrack import Track
from .detections import Detections

FASTEST = 20.0
"""Metres a second: a hard pass; shots are slower."""
DIAMETER = 0.24
TALL = 1.8
"""Metres of a ball and of a person: what tells how large a metre is in the picture."""
SLACK = 0.5
"""Metres that a detector is off by."""
COAST_SECONDS = 0.6


@dataclass(frozen=True, slots=True)
class Ball:
    """The ball in play. Pixels of the picture, seconds of stream time."""

    box: tuple[float, float, float, float]
    """Left, top, right, bottom."""
    score: float
    """Of its last detection."""
    velocity: tuple[float, float]
    """Pixels a second."""
    unseen: float
    """Seconds since it was last seen; 0 where it was detected in this very picture."""

    @property
    def center(self) -> tuple[float, float]:
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2


class BallTracker:
    """One ball at most. Belongs to one thread."""

    def __init__(self) -> None:
        self._ball: Ball | None = None
        self._at = 0.0

    def reset(self) -> None:
        self._ball = None

    def update(self, balls: Detections, at: float, people: Sequence[Track] = ()) -> Ball | None:
        """`balls`: detections of class `ball` only. `people` tell how large a metre is."""
        passed, self._at = at - self._at, at
        foretold = None if self._ball is None else _moved(self._ball, passed)
        if foretold is None or foretold.unseen > COAST_SECONDS:
            self._ball = max(_seen(balls), key=lambda ball: ball.score, default=None)
            return self._ball
        reach = (SLACK + FASTEST * foretold.unseen) * _metre(foretold, people)
        near = [ball for ball in _seen(balls) if _apart(ball, foretold) <= reach]
        if near:
            best = max(near, key=lambda ball: ball.score - _apart(ball, foretold) / reach)
            self._ball = replace(best, velocity=_velocity(self._ball, best, foretold.unseen))
        else:
            self._ball = foretold
        return self._ball


def _seen(balls: Detections) -> list[Ball]:
    return [
        Ball((float(left), float(top), float(right), float(bottom)), float(score), (0.0, 0.0), 0.0)
        for (left, top, right, bottom), score in zip(balls.boxes, balls.scores, strict=True)
    ]


def _moved(ball: Ball, seconds: float) -> Ball:
    vx, vy = ball.velocity
    left, top, right, bottom = ball.box
    dx, dy = vx * seconds, vy * seconds
    box = (left + dx, top + dy, right + dx, bottom + dy)
    return replace(ball, box=box, unseen=ball.unseen + seconds)


def _velocity(before: Ball | None, now: Ball, passed: float) -> tuple[float, float]:
    if before is None or passed <= 0:
        return 0.0, 0.0
    (x0, y0), (x1, y1) = before.center, now.center
    vx, vy = before.velocity
    return (vx + (x1 - x0) / passed) / 2, (vy + (y1 - y0) / passed) / 2


def _metre(ball: Ball, people: Sequence[Track]) -> float:
    """Pixels."""
    if people:
        heights = sorted(person.height for person in people)
        return max(heights[len(heights) // 2] / TALL, 1.0)
    return max((ball.box[2] - ball.box[0]) / DIAMETER, 1.0)


def _apart(one: Ball, other: Ball) -> float:
    return math.dist(one.center, other.center)
