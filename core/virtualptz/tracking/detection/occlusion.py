"""How much of the people is hidden behind others."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..bytetrack import Track
from .scene import Scene

WEIGHT = 1.6
"""Players whose boxes are hidden by two thirds on the average are as good as not seen at all."""
GONE = 0.5
"""Share that is hidden of somebody who is lost in the middle of the picture and nobody is seen in front of:
the detector may only have missed him."""
KNOWN_SECONDS = 0.5
"""Who was seen for less than this, was perhaps an error."""
EDGE = 0.03
"""Of the picture: who is lost nearer to its edge has left it."""

Floats = npt.NDArray[np.float64]


def occlusion(people: Sequence[Track], lost: Sequence[Track], detected: int, scene: Scene) -> float:
    """0..1. Who stands lower in the picture is nearer to the camera, and hides those behind him.

    `detected`: how many people the detector found, tracked or not. Who is lost while more are detected than
    tracked, may only have run too fast for the tracker.
    """
    gone = [track for track in lost if _was_there(track, scene)]
    missed = max(0, len(people) + len(gone) - detected)
    if not people:
        return 1.0 if gone else 0.0
    boxes = _boxes([*people, *gone])
    hidden = shares(boxes, boxes[: len(people)])
    nowhere = slice(len(people), len(people) + missed)
    hidden[nowhere] = np.maximum(hidden[nowhere], GONE)
    return min(1.0, WEIGHT * float(hidden.mean()))


def shares(boxes: Floats, others: Floats) -> Floats:
    """For each of N x 4 boxes, the largest share of it that one of the others hides."""
    left, top = (np.maximum(boxes[:, None, side], others[None, :, side]) for side in (0, 1))
    right, bottom = (np.minimum(boxes[:, None, side], others[None, :, side]) for side in (2, 3))
    common = np.clip(right - left, 0, None) * np.clip(bottom - top, 0, None)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    behind = others[None, :, 3] > boxes[:, None, 3]
    return np.asarray((common * behind / np.maximum(areas, 1e-9)[:, None]).max(axis=1))


def _boxes(tracks: Sequence[Track]) -> Floats:
    return np.array([track.box for track in tracks], np.float64)


def _was_there(track: Track, scene: Scene) -> bool:
    x, y = track.center
    inside = EDGE < x / scene.width < 1 - EDGE and EDGE < y / scene.height < 1 - EDGE
    return inside and track.age - track.unseen >= KNOWN_SECONDS
