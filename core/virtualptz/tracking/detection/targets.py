"""What is seen, as the contract's `targets`."""

import math
from collections.abc import Sequence

from ...model import Target
from ..bytetrack import Track
from .detections import BALL
from .floor import feet
from .homography import Homography
from .scene import Scene

MOST = 256
"""The contract takes no more; the surest are kept."""
NO_TRACK = 0
"""The ball's `track_id`."""

PixelBox = tuple[float, float, float, float]


def targets(people: Sequence[Track], scene: Scene, court: Homography | None) -> tuple[Target, ...]:
    """People, then the ball, each as far as it is in the picture."""
    surest = sorted(people, key=lambda track: -track.score)[: MOST - 1]
    found = [
        _target(track.box, track.score, track.cls, track.track_id, scene, _on_court(track, scene, court))
        for track in surest
    ]
    if scene.ball is not None:
        found.append(_target(scene.ball.box, scene.ball.score, BALL, NO_TRACK, scene, {}))
    return tuple(target for target in found if target is not None)


def _on_court(track: Track, scene: Scene, court: Homography | None) -> dict[str, float]:
    """Where the feet are, in metres."""
    x, y = feet(track)
    spot = None if court is None else court((x / scene.width, y / scene.height))
    return {} if spot is None else {"court_x": spot[0], "court_y": spot[1]}


def _target(
    box: PixelBox, score: float, cls: str, track_id: int, scene: Scene, more: dict[str, float]
) -> Target | None:
    """Of the part that is in the picture; None where none is."""
    sizes = (scene.width, scene.height, scene.width, scene.height)
    edges = [value / size for value, size in zip(box, sizes, strict=True)]
    if not all(map(math.isfinite, (*edges, score))):
        return None
    left, top, right, bottom = (min(max(edge, 0.0), 1.0) for edge in edges)
    if right <= left or bottom <= top:
        return None
    values = {
        "x": (left + right) / 2,
        "y": (top + bottom) / 2,
        "w": right - left,
        "h": bottom - top,
        "confidence": min(max(score, 0.0), 1.0),
        "cls": cls,
        "track_id": track_id,
        **more,
    }
    return Target.model_validate(values)
