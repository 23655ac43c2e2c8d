"""Tracks and ball, read as play: the wire contract's tracking update."""

from statistics import fmean

from ...model import Target, TrackingUpdate
from ...model.region import contains
from ..bytetrack import Track
from ..state import Hysteresis
from .ball import Ball
from .detections import BALL
from .options import DetectorOptions
from .scene import Scene

MOST_TARGETS = 256

PixelBox = tuple[float, float, float, float]


class PlayReader:
    """Remembers what it read before. Belongs to one thread."""

    def __init__(self, source: str, options: DetectorOptions) -> None:
        self._source = source
        self._options = options
        self._state = Hysteresis()

    def reset(self) -> None:
        """What comes next has nothing to do with what was."""
        self._state = Hysteresis()

    def read(self, scene: Scene) -> TrackingUpdate:
        """Scenes come in the order of stream time."""
        people = [track for track in scene.people if self._counts(track, scene)]
        confidence = fmean(track.score for track in people) if people else 0.0
        self._state = self._state.after(confidence)
        vx, vy = scene.ball.velocity if scene.ball is not None else (None, None)
        return TrackingUpdate(
            tracking_confidence=min(max(confidence, 0.0), 1.0),
            tracking_state=self._state.state,
            fallback_active=self._state.fallback_active,
            source=self._source,
            ball_velocity_x=None if vx is None else vx / scene.width,
            ball_velocity_y=None if vy is None else vy / scene.height,
            targets=_targets(people, scene),
            frame_pts=scene.at,
        )

    def _counts(self, track: Track, scene: Scene) -> bool:
        left, _, right, bottom = track.box
        region = self._options.region
        return not region or contains(region, (left + right) / 2 / scene.width, bottom / scene.height)


def _targets(people: list[Track], scene: Scene) -> tuple[Target, ...]:
    people = sorted(people, key=lambda track: -track.score)[: MOST_TARGETS - 1]
    targets = [_target(track.box, track.score, track.cls, track.track_id, scene) for track in people]
    if isinstance(scene.ball, Ball):
        targets.append(_target(scene.ball.box, scene.ball.score, BALL, 0, scene))
    return tuple(target for target in targets if target is not None)


def _target(box: PixelBox, score: float, cls: str, track_id: int, scene: Scene) -> Target | None:
    """Of the part that is in the picture; None where none is."""
    left, top, right, bottom = (
        min(max(value / size, 0.0), 1.0)
        for value, size in zip(box, (scene.width, scene.height) * 2, strict=True)
    )
    if right <= left or bottom <= top:
        return None
    return Target.model_validate(
        {
            "x": (left + right) / 2,
            "y": (top + bottom) / 2,
            "w": right - left,
            "h": bottom - top,
            "confidence": min(max(score, 0.0), 1.0),
            "cls": cls,
            "track_id": track_id,
        }
    )
