"""One thing that may be the ball: where it is, how fast it flies, and what speaks for it."""

import math
from dataclasses import dataclass

from ...model.region import Point

FLIGHT = 6.0
"""Metres a second by which its speed may have changed after one second: throws, catches, bounces."""
HELD_OR_THROWN = 8.0
"""Metres a second that a ball may have when it is first seen."""
ERROR = 0.15
"""Metres that a detector is off by."""
FASTEST = 25.0
"""Metres a second: a hard pass has 15, a shot in football 30, across the picture mostly less."""
SLACK = 0.5
"""Metres: who has just caught it may throw it the next moment."""
GATE = 3.0
"""Standard deviations: a detection further off is of something else."""
EVIDENCE_SECONDS = 1.0
DAMPED_SECONDS = 0.4
"""An unseen ball goes on for about this long: passes end in hands."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Seen:
    """One detection. Pixels."""

    place: Point
    size: Point
    score: float
    weight: float
    """What it says for a ball in play here: the score, less where balls are always seen."""
    metre: float
    """Pixels of a metre."""


@dataclass(slots=True)
class Hypothesis:
    """A Kalman filter with constant velocity, the same in both directions. Pixels; `metre` in pixels."""

    at: float
    place: Point
    size: Point
    score: float
    metre: float
    seen_at: float
    velocity: Point = (0.0, 0.0)
    sightings: int = 1
    evidence: float = 0.0
    """Mean weight in the last EVIDENCE_SECONDS, nothing where it was not seen."""
    spread: tuple[float, float, float] = (ERROR**2, 0.0, HELD_OR_THROWN**2)
    """Variances of place, of both, of velocity; metres."""

    @classmethod
    def begin(cls, seen: Seen, at: float) -> "Hypothesis":
        return cls(at, seen.place, seen.size, seen.score, seen.metre, at)

    @property
    def unseen(self) -> float:
        return self.at - self.seen_at

    @property
    def box(self) -> Box:
        (x, y), (width, height) = self.place, self.size
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2

    def go_on(self, at: float) -> None:
        """Foretell; what is not seen then loses evidence."""
        passed, self.at = at - self.at, at
        keep = math.exp(-passed / DAMPED_SECONDS) if self.unseen > passed + 1e-6 else 1.0
        vx, vy = self.velocity[0] * keep, self.velocity[1] * keep
        self.velocity = vx, vy
        self.place = self.place[0] + vx * passed, self.place[1] + vy * passed
        place, both, speed = self.spread
        noise = FLIGHT * FLIGHT * passed
        self.spread = (
            place + 2 * passed * both + passed * passed * speed + noise * passed * passed / 3,
            both + passed * speed + noise * passed / 2,
            speed + noise,
        )
        self.evidence *= math.exp(-passed / EVIDENCE_SECONDS)

    def distance(self, place: Point) -> float:
        """To a detection, in standard deviations; infinite where it cannot be this."""
        metres = math.dist(place, self.place) / self.metre
        if metres > SLACK + FASTEST * self.unseen:
            return math.inf
        deviations = metres / math.sqrt(self.spread[0] + ERROR**2)
        return deviations if deviations <= GATE else math.inf

    def see(self, seen: "Seen", passed: float) -> None:
        """It is this detection; `passed`: seconds since the picture before."""
        place = seen.place
        variance, both, speed = self.spread
        total = variance + ERROR**2
        gain, swing = variance / total, both / total
        off = place[0] - self.place[0], place[1] - self.place[1]
        self.place = self.place[0] + gain * off[0], self.place[1] + gain * off[1]
        self.velocity = self.velocity[0] + swing * off[0], self.velocity[1] + swing * off[1]
        self.spread = variance * (1 - gain), both * (1 - gain), speed - swing * both
        self.size, self.score, self.metre = seen.size, seen.score, seen.metre
        self.seen_at, self.sightings = self.at, self.sightings + 1
        self.evidence += seen.weight * (1 - math.exp(-passed / EVIDENCE_SECONDS))
