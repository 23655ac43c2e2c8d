"""Where boxes go: a Kalman filter of constant velocity for many boxes at once.

The model is DeepSORT's as ByteTrack uses it (Wojke et al., ICIP 2017; Zhang et al., ECCV 2022): centre, width
over height, and height, each with its velocity, and noise in proportion to the height. None of the four
depends on another in it, so that the 8 x 8 covariance is four of 2 x 2: arithmetic on arrays.
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

HEIGHT = 3
PLACE = 1 / 20
"""Noise of place, in heights: of a measurement, and of one picture's motion."""
SPEED = 1 / 160
"""Noise of velocity, in heights a picture, at each picture."""
ASPECT = (1e-2, 1e-5, 1e-1)
"""The same for width over height, which has its own: of motion, of velocity, of a measurement."""
SMALLEST = 1e-3


@dataclass(slots=True)
class Motion:
    """N boxes; each array is N x 4 (centre x, centre y, width / height, height). Time in pictures."""

    place: Floats
    speed: Floats
    place_variance: Floats
    covariance: Floats
    speed_variance: Floats

    @classmethod
    def starting(cls, boxes: Floats) -> "Motion":
        """At rest, for all that is known. `boxes`: N x 4, left, top, right, bottom."""
        place = measured(boxes)
        nothing = np.zeros_like(place)
        return cls(
            place,
            nothing,
            np.square(_noise(place, 2 * PLACE, ASPECT[0])),
            nothing.copy(),
            np.square(_noise(place, 10 * SPEED, ASPECT[1])),
        )

    @classmethod
    def joined(cls, one: "Motion", other: "Motion") -> "Motion":
        pairs = ((getattr(one, each.name), getattr(other, each.name)) for each in fields(cls))
        return cls(*(np.concatenate(pair) for pair in pairs))

    def at(self, rows: npt.NDArray[np.bool_]) -> "Motion":
        return Motion(*(getattr(self, each.name)[rows] for each in fields(self)))

    @property
    def boxes(self) -> Floats:
        """N x 4: left, top, right, bottom."""
        center, height = self.place[:, :2], self.place[:, HEIGHT]
        half = np.stack([self.place[:, 2] * height, height], axis=1) / 2
        return np.concatenate([center - half, center + half], axis=1)

    def predict(self, rows: npt.NDArray[np.bool_], pictures: float) -> None:
        """Go on for a time that need not be whole: n pictures at once are the same as n times one."""
        n = pictures
        place, covariance, variance = self.place[rows], self.covariance[rows], self.speed_variance[rows]
        shaking = np.square(_noise(place, SPEED, ASPECT[1]))
        self.place_variance[rows] += n * (2 * covariance + n * variance) + (
            n * np.square(_noise(place, PLACE, ASPECT[0])) + shaking * n * (n - 1) * (2 * n - 1) / 6
        )
        self.covariance[rows] += n * variance + shaking * n * (n - 1) / 2
        self.speed_variance[rows] += n * shaking
        place += n * self.speed[rows]
        np.maximum(place[:, 2:], SMALLEST, out=place[:, 2:])
        self.place[rows] = place

    def correct(self, rows: npt.NDArray[np.intp], boxes: Floats) -> None:
        """Take what was measured: `boxes[i]` (left, top, right, bottom) is that of row `rows[i]`."""
        place, covariance = self.place[rows], self.covariance[rows]
        spread = self.place_variance[rows]
        total = spread + np.square(_noise(place, PLACE, ASPECT[2]))
        surprise = measured(boxes) - place
        self.place[rows] = place + spread / total * surprise
        self.speed[rows] += covariance / total * surprise
        self.place_variance[rows] = spread - spread * spread / total
        self.covariance[rows] = covariance - spread * covariance / total
        self.speed_variance[rows] -= covariance * covariance / total

    def stop_growing(self, rows: npt.NDArray[np.bool_]) -> None:
        """Who is not seen keeps the size."""
        self.speed[rows, HEIGHT] = 0


def measured(boxes: Floats) -> Floats:
    """Left, top, right, bottom as centre, width over height, height."""
    size = boxes[:, 2:] - boxes[:, :2]
    center = boxes[:, :2] + size / 2
    return np.column_stack([center, size[:, 0] / size[:, 1], size[:, 1]])


def _noise(place: Floats, of_height: float, of_aspect: float) -> Floats:
    noise = np.repeat(of_height * place[:, HEIGHT:], 4, axis=1)
    noise[:, 2] = of_aspect
    return noise
