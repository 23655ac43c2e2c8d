"""From the picture's plane to the court's, by points that are known in both."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from ...model.region import Point

Matrix = npt.NDArray[np.float64]
Pair = tuple[Point, Point]
"""A point of the picture, as fractions of it, and the same point on the court in metres."""

FLAT = 0.02
"""A triangle whose height is less than this share of its longest side is a line, drawn by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Homography:
    """Maps fractions of the picture to metres of the court."""

    matrix: Matrix
    error: float
    """RMS distance between where the points are and where they are mapped to, metres; 0 for four points."""

    middle: Point = (0.5, 0.5)
    """Of the points, in the picture."""

    @classmethod
    def fit(cls, pairs: Sequence[Pair]) -> "Homography | None":
        """Least squares (the normalised direct linear transformation: Hartley and Zisserman, Multiple View
        Geometry, algorithm 4.2). None where the points do not fix it: fewer than four, or on lines."""
        if not _fixed([image for image, _ in pairs]) or not _fixed([court for _, court in pairs]):
            return None
        image, to_image = _normalised([image for image, _ in pairs])
        court, to_court = _normalised([court for _, court in pairs])
        rows = []
        for (x, y), (u, v) in zip(image, court, strict=True):
            rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, -u])
            rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, -v])
        solution = np.linalg.svd(np.array(rows))[2][-1].reshape(3, 3)
        matrix = np.linalg.inv(to_court) @ solution @ to_image
        x, y = np.mean([image for image, _ in pairs], axis=0).tolist()
        scale = float(matrix[2] @ (x, y, 1.0))
        if abs(np.linalg.det(solution)) < 1e-9 or abs(scale) < 1e-12:
            return None
        # So that what is on the floor, and not behind the horizon, has a positive third coordinate.
        unrated = cls(matrix / scale, 0.0, (x, y))
        error = math.sqrt(sum(unrated.off(pair) ** 2 for pair in pairs) / len(pairs))
        return replace(unrated, error=error) if math.isfinite(error) else None

    def __call__(self, point: Point) -> Point | None:
        """None for what is above the horizon."""
        x, y, scale = (float(value) for value in self.matrix @ (point[0], point[1], 1.0))
        return (x / scale, y / scale) if scale > 1e-6 else None

    def off(self, pair: Pair) -> float:
        """Metres between where a point of the picture is on the court and where it is mapped to."""
        there = self(pair[0])
        return math.inf if there is None else math.dist(there, pair[1])


def _normalised(points: Sequence[Point]) -> tuple[Matrix, Matrix]:
    """Around the origin, root two from it on the average; and how they came there."""
    array = np.array(points, np.float64)
    middle = array.mean(axis=0)
    scale = math.sqrt(2) / max(float(np.linalg.norm(array - middle, axis=1).mean()), 1e-12)
    to = np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1.0]])
    return (array - middle) * scale, to


def _fixed(points: Sequence[Point]) -> bool:
    """Whether there are four of which no three are on a line."""
    return any(
        not any(_on_a_line(*three) for three in combinations(four, 3)) for four in combinations(points, 4)
    )


def _on_a_line(a: Point, b: Point, c: Point) -> bool:
    doubled = abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
    longest = max(math.dist(a, b), math.dist(b, c), math.dist(c, a))
    return doubled <= FLAT * longest * longest
