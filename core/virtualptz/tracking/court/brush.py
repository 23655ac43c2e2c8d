"""Draws hall coordinates into a picture, sub-pixel and anti-aliased."""

from collections.abc import Sequence

import cv2
import numpy as np

from ...protocols import BgrArray
from ..game.floor import Point, Point3
from ..wide_camera import WideCamera

SHIFT = 5
"""Binary digits behind the point in the coordinates that OpenCV gets: steps of 1/32 px."""
STEPS = 1 << SHIFT

Colour = tuple[int, int, int]
"""Blue, green, red."""


class Brush:
    """A picture to draw on, in metres of the hall."""

    def __init__(self, picture: BgrArray, camera: WideCamera) -> None:
        self.picture = picture
        self.camera = camera
        self.height = int(picture.shape[0])
        self.width = int(picture.shape[1])

    def pixel(self, point: Point3) -> Point:
        """Where the point is, in pixels; the centre of the first one is (0, 0), as OpenCV counts."""
        x, y = self.camera.point(*point)
        return x * self.width - 0.5, y * self.height - 0.5

    def pixels(self, y: float, z: float, metres: float) -> float:
        """How many pixels a length across takes at this place."""
        return metres * self.camera.scale(y, z) * self.width

    def convex(self, points: Sequence[Point3], colour: Colour) -> None:
        cv2.fillConvexPoly(self.picture, self._shifted(points), colour, cv2.LINE_AA, SHIFT)

    def outline(self, points: Sequence[Point3], colour: Colour, thickness: int = 1) -> None:
        cv2.polylines(self.picture, [self._shifted(points)], False, colour, thickness, cv2.LINE_AA, SHIFT)

    def limb(self, a: Point3, b: Point3, metres: float, colour: Colour) -> None:
        """A round-ended bar of this thickness."""
        thickness = max(1, round(self.pixels(a[1], a[2], metres)))
        cv2.line(self.picture, self._fixed(a), self._fixed(b), colour, thickness, cv2.LINE_AA, SHIFT)

    def disc(self, centre: Point3, metres: float, colour: Colour) -> None:
        radius = round(self.pixels(centre[1], centre[2], metres) * STEPS)
        cv2.circle(self.picture, self._fixed(centre), radius, colour, cv2.FILLED, cv2.LINE_AA, SHIFT)

    def shade(self, points: Sequence[Point3], strength: float) -> None:
        """Darken a small polygon; 0 leaves it, 1 makes it black."""
        spots = np.array([self.pixel(point) for point in points])
        left, top = np.floor(spots.min(axis=0)).astype(int) - 1
        right, bottom = np.ceil(spots.max(axis=0)).astype(int) + 2
        left, top = max(left, 0), max(top, 0)
        patch = self.picture[top:bottom, left:right]
        if patch.size == 0:
            return
        inside = np.zeros_like(patch)
        shifted = np.rint((spots - (left, top)) * STEPS).astype(np.int32)
        grey = round(255 * strength)
        cv2.fillConvexPoly(inside, shifted, (grey, grey, grey), cv2.LINE_AA, SHIFT)
        cv2.subtract(patch, cv2.multiply(patch, inside, scale=1 / 255), dst=patch)

    def _shifted(self, points: Sequence[Point3]) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
        return np.array([self._fixed(point) for point in points], np.int32)

    def _fixed(self, point: Point3) -> tuple[int, int]:
        x, y = self.pixel(point)
        return round(x * STEPS), round(y * STEPS)


def ring(centre: Point3, radius: float, points: int = 24) -> list[Point3]:
    """Points of a level circle."""
    angles = np.arange(points) * (2 * np.pi / points)
    x, y, z = centre
    return [
        (x + radius * float(c), y + radius * float(s), z)
        for c, s in zip(np.cos(angles), np.sin(angles), strict=True)
    ]
