"""Framing that is free to zoom: play as a wide camera sees it, judged by what the crop held."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from virtualptz.camera.quality import QualityMeter
from virtualptz.model import CameraQuality, Edges, Target, TrackingUpdate, View
from virtualptz.tracking.game.floor import BALL_RADIUS
from virtualptz.tracking.observer import BROAD, TALL
from virtualptz.tracking.wide_camera import WideCamera

from .camera_drive import drive
from .camera_play import Array, Detector, Passage, Scene, noise
from .camera_zoom_peers import Box, MakeZoom, RequiredRegions, Seen, clamped, union

CAMERA = WideCamera()
IN_PLAY = 10.0
"""Metres along the court from the median player: who is further away (1 of 40) is not in play."""
BALL_ENOUGH, PLAYERS_ENOUGH = 0.985, 0.95
PERSON = 10
"""Column of the ball among what is seen."""


@dataclass(frozen=True)
class Shot:
    """What a camera's work comes to."""

    quality: CameraQuality
    zoom: float
    """Mean over time."""

    @property
    def enough(self) -> bool:
        ball, players = self.quality.ball_in_view or 0.0, self.quality.players_in_view or 0.0
        return ball >= BALL_ENOUGH and players >= PLAYERS_ENOUGH


class Judge:
    """The quality meter, told what was truly there and in play."""

    def __init__(self) -> None:
        self._meter = QualityMeter(None)
        self._edges = Edges(aspect=CAMERA.aspect)
        self._zooms: list[float] = []

    def watch(self, passage: Passage, path: Iterable[View]) -> None:
        times = passage.times.tolist()
        for number in Detector().pictures(passage):
            self._meter.seen(truth(passage, number, times[number]), times[number])
        for at, view in zip(times, path, strict=True):
            self._meter.add(at, view, None, self._edges)
            self._zooms.append(view.zoom)

    @property
    def shot(self) -> Shot:
        return Shot(self._meter.figures(), float(np.mean(self._zooms)))


def truth(passage: Passage, number: int, at: float) -> TrackingUpdate:
    """Where those in play are, and the ball."""
    players = passage.players[number]
    near = np.abs(players[:, 0] - np.median(players[:, 0])) <= IN_PLAY
    boxes = [_box(float(x), float(y)) for x, y in players[near]]
    return update(at, Seen(tuple(boxes), _ball(passage, number)))


def _box(x: float, y: float) -> Box:
    """A player's, by the place of the feet in metres."""
    across, down = CAMERA.point(x, y, TALL / 2)
    scale = CAMERA.scale(y, TALL / 2)
    return Box(across, down, BROAD * scale, TALL * scale * CAMERA.aspect)


def _ball(passage: Passage, number: int) -> Box:
    x, y, z = passage.ball[number].tolist()
    across, down = CAMERA.point(x, y, z)
    size = 2 * BALL_RADIUS * CAMERA.scale(y, z)
    return Box(across, down, size, size * CAMERA.aspect)


@cache
def _errors(passage: Passage) -> Array:
    """(n, 11, 2), fractions: as far down as across."""
    return noise(passage, (PERSON + 1, 2)) * [1, CAMERA.aspect]


@lru_cache(maxsize=50_000)
def seen(passage: Passage, number: int) -> Seen:
    """What a detector makes of a picture."""
    errors = _errors(passage)[number].tolist()
    boxes = [_box(x, y) for x, y in passage.players[number].tolist()]
    boxes.append(_ball(passage, number))
    moved = [
        Box(min(max(box.x + across, 0.0), 1.0), min(max(box.y + down, 0.0), 1.0), box.width, box.height)
        for box, (across, down) in zip(boxes, errors, strict=True)
    ]
    return Seen(tuple(moved[:PERSON]), moved[PERSON])


def update(at: float, what: Seen) -> TrackingUpdate:
    """As it comes over the wire, of the picture at `at`."""
    targets = [_target(box, "player", number + 1) for number, box in enumerate(what.players)]
    return TrackingUpdate(
        tracking_confidence=0.9,
        tracking_state="stable",
        targets=(*targets, _target(what.ball, "ball", 0)),
        frame_pts=at,
    )


def _target(box: Box, cls: str, track_id: int) -> Target:
    return Target.model_validate(
        {
            "x": min(max(box.x, 0.0), 1.0),
            "y": min(max(box.y, 0.0), 1.0),
            "w": box.width,
            "h": box.height,
            "confidence": 0.9,
            "cls": cls,
            "track_id": track_id,
        }
    )


def operate(scene: Scene, detector: Detector, policy: str, lookahead: float = 0.0) -> Shot:
    """The agent's own framing, policy and operator."""
    judge = Judge()
    for passage in scene.footage.passages:
        times = passage.times.tolist()
        updates = (update(times[number], seen(passage, number)) for number in detector.pictures(passage))
        path = drive(policy, lookahead, _begin(passage), times, updates, detector)
        judge.watch(passage, (view for _, view in path))
    return judge.shot


def _begin(passage: Passage) -> View:
    """Where a camera is that was already on the play: the peers begin there too."""
    first = seen(passage, 0)
    box = union([*first.players, first.ball])
    size = min(max(box.width, box.height) / RequiredRegions.FILL, 1.0)
    return View(*clamped(box.x, box.y, size), 1 / size)


def follow_all(scene: Scene, detector: Detector, make: MakeZoom, margins: Sequence[float]) -> list[Shot]:
    """A peer with each of these margins."""
    return [follow(scene, detector, make, margin) for margin in margins]


def follow(scene: Scene, detector: Detector, make: MakeZoom, margin: float) -> Shot:
    """A peer: it gets the newest detections at every picture."""
    judge = Judge()
    for passage in scene.footage.passages:
        measured = set(detector.pictures(passage))
        peer, newest = make(margin), seen(passage, 0)
        path = []
        for number in range(len(passage.ball)):
            newest = seen(passage, number) if number in measured else newest
            path.append(peer.step(newest))
        judge.watch(passage, path)
    return judge.shot
