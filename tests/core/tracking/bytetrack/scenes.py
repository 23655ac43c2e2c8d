"""What a detector might find: people of 40 x 100 pixels, by the middle of their boxes."""

from collections.abc import Iterable, Sequence

import numpy as np

from virtualptz.tracking.bytetrack import ByteTrack, Track
from virtualptz.tracking.detection import PLAYER, Detections

WIDTH, HEIGHT = 40.0, 100.0
RATE = 20.0

Point = tuple[float, float]


def box(x: float, y: float, width: float = WIDTH, height: float = HEIGHT) -> tuple[float, ...]:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def seen(*places: Point, scores: Sequence[float] = (), classes: Sequence[str] = ()) -> Detections:
    return Detections.of(
        [box(*place) for place in places],
        list(scores) or [0.9] * len(places),
        list(classes) or [PLAYER] * len(places),
    )


def follow(
    tracker: ByteTrack, pictures: Iterable[Detections], start: float = 0.0, rate: float = RATE
) -> list[tuple[Track, ...]]:
    return [tracker.update(found, start + number / rate) for number, found in enumerate(pictures)]


def ids(tracks: Iterable[Track]) -> list[int]:
    return [track.track_id for track in tracks]


def crowd(seed: int, pictures: int, people: int = 12) -> list[Detections]:
    """People who run about in 1280 x 720. Who is hidden scores low or is missed; some are invented."""
    random = np.random.default_rng(seed)
    places = random.uniform((100, 150), (1180, 570), (people, 2))
    speeds = random.normal(0, 4, (people, 2))
    found = []
    for _ in range(pictures):
        speeds = 0.97 * speeds + random.normal(0, 0.7, (people, 2)) + 0.002 * ((640, 360) - places)
        places = places + speeds
        found.append(_detected(places, random))
    return found


def _detected(
    places: np.ndarray[tuple[int, int], np.dtype[np.float64]], random: np.random.Generator
) -> Detections:
    half = np.array([WIDTH, HEIGHT]) / 2
    boxes = np.concatenate([places - half, places + half], axis=1) + random.normal(0, 2, (len(places), 4))
    apart = np.abs(places[:, None] - places[None]) / (2 * half)
    in_front = places[None, :, 1] > places[:, None, 1]
    hidden = (np.prod(np.maximum(1 - apart, 0), axis=2) * in_front).max(axis=1)
    scores = np.clip(0.85 - 0.9 * hidden + random.normal(0, 0.08, len(places)), 0, 0.98)
    found = (scores > 0.1) & (random.random(len(places)) > 0.05)
    false = random.uniform((0, 0), (1200, 600), (random.poisson(0.3), 2))
    return Detections.of(
        [*boxes[found], *(box(x, y) for x, y in false)],
        [*scores[found], *random.uniform(0.1, 0.5, len(false))],
        [PLAYER] * (int(found.sum()) + len(false)),
    )
