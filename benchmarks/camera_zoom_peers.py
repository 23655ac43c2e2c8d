"""Other open camera operators' ways to frame a group, re-implemented from their published constants.

Lengths are fractions of the source, and the crop has its aspect, so one number is both its width and height.
`margin` is ours: it widens the box that they frame, 1 is as published.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

import numpy as np

from virtualptz.model import View

from .camera_peers import Integrator, Kinematic, VelocityIntegrator


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    """`x`, `y`: the middle."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a detector says of one picture."""

    players: tuple[Box, ...]
    ball: Box


class ZoomPeer(Protocol):
    def step(self, seen: Seen) -> View:
        """The view of the next picture."""


class MakeZoom(Protocol):
    def __call__(self, margin: float) -> ZoomPeer: ...


def union(boxes: Sequence[Box]) -> Box:
    left = min(box.x - box.width / 2 for box in boxes)
    right = max(box.x + box.width / 2 for box in boxes)
    top = min(box.y - box.height / 2 for box in boxes)
    bottom = max(box.y + box.height / 2 for box in boxes)
    return Box((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)


def clamped(x: float, y: float, size: float) -> tuple[float, float]:
    half = size / 2
    return min(max(x, half), 1 - half), min(max(y, half), 1 - half)


@dataclass
class GroupFramer:
    """AutoPTZ's digital framer on the union of the people: fill 0.70, crop 0.34 to 0.78 of the picture,
    headroom 0.10; centre 0.18 and size 0.08 of the way a picture, dead zones 4 % and 3 % of the crop."""

    margin: float = 1.0
    _crop: tuple[float, float, float] | None = None
    _following: bool = False
    FILL, LEAST, MOST, HEADROOM = 0.70, 0.34, 0.78, 0.10
    SHARE, SIZE_SHARE, DEAD_ZONE, INNER, SIZE_DEAD_BAND = 0.18, 0.08, 0.04, 0.5, 0.03

    def step(self, seen: Seen) -> View:
        box = union(seen.players)
        wanted = max(box.width, box.height) / self.FILL * self.margin
        size = min(max(wanted, self.LEAST), min(self.MOST * self.margin, 1.0))
        x, y = clamped(box.x, box.y - self.HEADROOM * size, size)
        self._crop = self._eased(x, y, size) if self._crop else (x, y, size)
        x, y, size = self._crop
        x, y = clamped(x, y, size)
        return View(x, y, 1 / size)

    def _eased(self, x: float, y: float, size: float) -> tuple[float, float, float]:
        assert self._crop is not None
        cx, cy, now = self._crop
        off = max(abs(x - cx), abs(y - cy)) / now
        self._following = off > self.DEAD_ZONE * (self.INNER if self._following else 1)
        if self._following:
            cx, cy = cx + self.SHARE * (x - cx), cy + self.SHARE * (y - cy)
        if abs(size - now) > self.SIZE_DEAD_BAND * now:
            now += self.SIZE_SHARE * (size - now)
        return cx, cy, now


@dataclass
class RequiredRegions:
    """AutoFlip's content zooming: the union of all that is required fills 0.9 of the crop, and a kinematic
    solver (dead zone 1.8 of 60 degrees, 18 degrees a second) leads its size and both coordinates."""

    margin: float = 1.0
    _axes: tuple[Kinematic, Kinematic, Kinematic] | None = None
    FILL = 0.9

    def step(self, seen: Seen) -> View:
        box = union([*seen.players, seen.ball])
        size = min(max(box.width, box.height) / self.FILL * self.margin, 1.0)
        if self._axes is None:
            self._axes = Kinematic(box.x), Kinematic(box.y), Kinematic(size, 0.25, 1.0)
        across, down, zoom = self._axes
        now = zoom.step(size)
        for axis, goal in ((across, box.x), (down, box.y)):
            axis.low, axis.high = now / 2, 1 - now / 2
            axis.step(min(max(goal, axis.low), axis.high))
        return View(across.x, down.x, 1 / now)


@dataclass
class ClusterBox:
    """HockeyMOM: the union of the largest clusters of two and of three, the farthest player left out, and at
    least 0.2 of the picture; its moving boxes on both coordinates; a size that grows from 5 % of difference
    on and shrinks from 8 %, brakes over 4 pictures and arrives at a tenth of the difference a picture."""

    margin: float = 1.0
    _axes: tuple[VelocityIntegrator, VelocityIntegrator, Integrator] | None = None
    _seen: Seen | None = None
    _box: Box = field(default_factory=lambda: Box(0.5, 0.5, 1.0, 1.0))
    GROW, SHRINK, LEAST = 0.05, 0.08, 0.2

    def step(self, seen: Seen) -> View:
        if seen is not self._seen:
            self._seen, self._box = seen, _cluster_box(seen.players)
        box = self._box
        size = min(max(box.width, box.height, self.LEAST) * self.margin, 1.0)
        if self._axes is None:
            self._axes = VelocityIntegrator(box.x), VelocityIntegrator(box.y), _Size(size)
        across, down, zoom = self._axes
        change = size / zoom.x - 1
        now = zoom.step(size if change > self.GROW or change < -self.SHRINK else zoom.x)
        now = zoom.x = min(max(now, 0.25), 1.0)
        for axis, goal in ((across, box.x), (down, box.y)):
            axis.low, axis.high = now / 2, 1 - now / 2
            axis.step(min(max(goal, axis.low), axis.high))
        return View(across.x, down.x, 1 / now)


class _Size(Integrator):
    ARRIVAL, BRAKE_PICTURES = 10, 4


@lru_cache(maxsize=50_000)
def _cluster_box(players: tuple[Box, ...]) -> Box:
    places = np.array([(box.x, box.y) for box in players])
    distances = np.linalg.norm(places - np.median(places, axis=0), axis=1)
    kept = np.flatnonzero(distances < distances.max())
    chosen = set(_largest(places[kept], 2)) | set(_largest(places[kept], 3))
    return union([players[kept[number]] for number in chosen])


def _largest(places: "np.typing.NDArray[np.float64]", count: int) -> list[int]:
    """Members of the largest of `count` clusters (Lloyd's k-means from evenly spaced quantiles across)."""
    order = np.argsort(places[:, 0])
    centers = places[order[np.linspace(0, len(places) - 1, count).round().astype(int)]]
    for _ in range(10):
        nearest = np.linalg.norm(places[:, None] - centers, axis=2).argmin(axis=1)
        centers = np.array(
            [places[nearest == k].mean(axis=0) if np.any(nearest == k) else centers[k] for k in range(count)]
        )
    members = np.bincount(nearest, minlength=count)
    return np.flatnonzero(nearest == members.argmax()).tolist()
