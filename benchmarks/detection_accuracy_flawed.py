"""Detections with flaws, made of the truth: what a tracker does without the luck of one detector."""

from dataclasses import dataclass

import numpy as np

from virtualptz.tracking.detection import PLAYER, Detections

from .detection_accuracy_score import BoxArray, Known

WIDTH, HEIGHT = 1280, 720


@dataclass(frozen=True, slots=True)
class Flaws:
    tremble: float = 0.03
    """Standard deviation of each edge, box heights."""
    missed: float = 0.05
    """Share of the boxes that are not found for no reason."""
    hidden: float = 0.85
    """Who is hidden by more than this is not found; who is hidden by less scores lower by as much."""
    invented: float = 0.3
    """Boxes a picture of nobody."""


def flawed(pictures: tuple[Known, ...], flaws: Flaws, seed: int) -> list[Detections]:
    random = np.random.default_rng(seed)
    return [_detected(each.boxes, flaws, random) for each in pictures]


def _detected(boxes: BoxArray, flaws: Flaws, random: np.random.Generator) -> Detections:
    count = len(boxes)
    cover = hidden(boxes)
    scores = np.clip(0.85 - 0.9 * cover + random.normal(0, 0.08, count), 0, 0.98)
    kept = (random.random(count) > flaws.missed) & (cover < flaws.hidden) & (scores > 0.1)
    trembling = boxes + random.normal(0, 1, (count, 4)) * flaws.tremble * (boxes[:, 3:] - boxes[:, 1:2])
    places = random.uniform((0, 200), (WIDTH, HEIGHT - 100), (random.poisson(flaws.invented), 2))
    nobody = np.concatenate([places, places + np.array((45, 130))], axis=1)
    return Detections(
        np.concatenate([trembling[kept], nobody]).astype(np.float32),
        np.concatenate([scores[kept], random.uniform(0.1, 0.5, len(nobody))]).astype(np.float32),
        (PLAYER,) * (int(kept.sum()) + len(nobody)),
    )


def hidden(boxes: BoxArray) -> BoxArray:
    """The share of each box that the one hides which hides it most. Who stands lower is nearer."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2) * (boxes[None, :, 3] > boxes[:, None, 3])
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    cover: BoxArray = (shared / areas[:, None]).max(axis=1, initial=0)
    return cover
