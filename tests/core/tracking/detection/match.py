"""The simulated match as a detector would find it: boxes tremble, people are missed, things invented."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from virtualptz.tracking.bytetrack import ByteTrack, ByteTrackOptions, Track
from virtualptz.tracking.detection import BALL, PLAYER, Detections
from virtualptz.tracking.observer import Box, Sight
from virtualptz.tracking.sim import observer

WIDTH, HEIGHT = 1280, 720
HERTZ = 10
MURAL = (0.31, 0.06)
"""Where a ball is painted on the wall."""


@dataclass(frozen=True, slots=True)
class Flaws:
    """How bad the detector is."""

    tremble: float = 0.02
    """Standard deviation of each edge, box heights."""
    missed: float = 0.07
    hidden: float = 0.6
    """Who is hidden by more than this is not found."""
    invented: float = 0.3
    """People a picture who are not there."""
    ball_missed: float = 0.3
    balls_invented: float = 0.3
    mural: float = 0.5
    """Share of the pictures in which it is taken for a ball."""


PERFECT = Flaws(0.0, 0.0, 1.1, 0.0, 0.0, 0.0, 0.0)


def detections(sight: Sight, flaws: Flaws, rng: np.random.Generator) -> Detections:
    found: list[tuple[list[float], float, str]] = []
    for box, cover in zip(sight.players, sight.covers, strict=True):
        if cover <= flaws.hidden and rng.random() >= flaws.missed:
            found.append((_pixels(box, flaws, rng), 0.9 - 0.5 * cover, PLAYER))
    if sight.ball_cover <= flaws.hidden and rng.random() >= flaws.ball_missed:
        found.append((_pixels(sight.ball, flaws, rng), float(rng.uniform(0.2, 0.8)), BALL))
    for _ in range(rng.poisson(flaws.invented)):
        x, y = rng.random(2)
        found.append((_pixels(Box(x, y, 0.02, 0.1, 0), flaws, rng), float(rng.uniform(0.1, 0.6)), PLAYER))
    for _ in range(rng.poisson(flaws.balls_invented)):
        x, y = rng.random(2)
        found.append((_pixels(Box(x, y, 0.006, 0.01, 0), flaws, rng), float(rng.uniform(0.1, 0.7)), BALL))
    if rng.random() < flaws.mural:
        found.append((_pixels(Box(*MURAL, 0.006, 0.01, 0), flaws, rng), float(rng.uniform(0.4, 0.7)), BALL))
    return Detections.of([box for box, _, _ in found], [s for _, s, _ in found], [c for _, _, c in found])


def _pixels(box: Box, flaws: Flaws, rng: np.random.Generator) -> list[float]:
    edges = np.array([box.x - box.w / 2, box.y - box.h / 2, box.x + box.w / 2, box.y + box.h / 2])
    edges = edges * (WIDTH, HEIGHT, WIDTH, HEIGHT) + rng.normal(0, flaws.tremble * box.h * HEIGHT, 4)
    return [float(edge) for edge in edges]


def watched(
    seconds: float, flaws: Flaws, seed: int = 7
) -> Iterator[tuple[float, Sight, Detections, tuple[Track, ...], tuple[Track, ...]]]:
    """Time, truth, what is detected, whom ByteTrack follows, whom it has lost; HERTZ a second."""
    rng = np.random.default_rng(seed)
    tracker = ByteTrack(ByteTrackOptions(), HERTZ)
    for number in range(round(seconds * HERTZ)):
        at = number / HERTZ
        sight = observer(seed).sight(at)
        found = detections(sight, flaws, rng)
        yield at, sight, found, tracker.update(found, at), tracker.lost
