"""From the picture to the floor: where on the court somebody stands, and how large a metre is there."""

from typing import Protocol

from ...model.region import Point
from ..bytetrack import Track
from .homography import Homography
from .scene import TALL, Scene


class Floor(Protocol):
    """Places are in units of the floor's own, the first to the right of the picture."""

    def place(self, track: Track, scene: Scene) -> Point | None:
        """Where somebody's feet are; None where they are not on the floor."""

    def along(self, place: Point) -> float:
        """0 at the left end of the court as the picture shows it, 1 at its right end."""

    def metre(self, track: Track) -> float:
        """Units that are a metre where he stands."""


class PictureFloor:
    """Where nothing was measured: the court fills the picture (or the play region) from left to right, and
    people tell by their height how large a metre is. Units are pixels; depth is foreshortened, so those who
    run towards the camera seem slower than they are."""

    def __init__(self, region: tuple[Point, ...] = ()) -> None:
        across = [x for x, _ in region] or [0.0, 1.0]
        self._left, self._right = min(across), max(across)
        self._width = 1

    def place(self, track: Track, scene: Scene) -> Point | None:
        self._width = scene.width
        x, y = feet(track)
        return x, y

    def along(self, place: Point) -> float:
        share = (place[0] / self._width - self._left) / (self._right - self._left)
        return min(max(share, 0.0), 1.0)

    def metre(self, track: Track) -> float:
        return max(track.height / TALL, 1e-3)


def feet(track: Track) -> Point:
    """Pixels: the middle of the box's lower edge."""
    left, _, right, bottom = track.box
    return (left + right) / 2, bottom


class MeasuredFloor:
    """Where the court was measured: units are metres."""

    def __init__(self, homography: Homography, size: tuple[float, float]) -> None:
        self._homography = homography
        self._length = size[0]
        self._sign = 1.0 if _rightwards(homography) else -1.0

    def place(self, track: Track, scene: Scene) -> Point | None:
        x, y = feet(track)
        spot = self._homography((x / scene.width, y / scene.height))
        return None if spot is None else (self._sign * spot[0], spot[1])

    def along(self, place: Point) -> float:
        share = place[0] / self._length
        return min(max(share if self._sign > 0 else 1 + share, 0.0), 1.0)

    def metre(self, track: Track) -> float:  # noqa: ARG002 (the same everywhere)
        return 1.0


def _rightwards(homography: Homography) -> bool:
    """Whether the court's x grows to the right of the picture, amid the points that were measured."""
    x, y = homography.middle
    here, beside = homography((x, y)), homography((x + 1e-3, y))
    return here is None or beside is None or beside[0] >= here[0]
