"""Who has been seen walking: that tells people from banners, spectators, curtains and ghosts."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .people import Box, Person
from .planes import Bytes

Reals = npt.NDArray[np.float64]

WALKED = 0.25
"""Of its height that a box must get away from where it was first seen, to be somebody who walks."""
SEEN = 3
"""Pictures: a box that jumps once has not walked."""
LINGER_SECONDS = 5.0
"""After so long without a step it is nobody who plays."""
FORGOTTEN_SECONDS = 1.0
"""Somebody who was not seen for so long is somebody new."""
OVERLAP = 0.15
"""Intersection over union from which on a box is of the same one as before."""
LATELY = 0.3
"""Share by which the usual height follows from picture to picture."""
EVEN = 0.07
"""Deviations of a height that running makes."""
AWAITED_SECONDS = 0.5
"""After so long he may be anywhere."""
MARGIN = 0.15
"""Of its height by which a box is made larger where the background must not learn."""


@dataclass(frozen=True)
class Presence:
    box: Box
    origin: tuple[float, float]
    """Where its middle was first."""
    seen: float
    height: float
    """Of late."""
    born: float = 0.0
    velocity: tuple[float, float] = (0.0, 0.0)
    """Of the middle of its feet, pixels a second."""
    pictures: int = 1
    far: int = 0
    """Of those, the newest in which it was away from there."""
    walked: bool = False

    def feet_at(self, at: float) -> tuple[float, float]:
        left, _, right, bottom = self.box
        since = at - self.seen
        return (left + right) / 2 + since * self.velocity[0], bottom + since * self.velocity[1]

    @property
    def lingers(self) -> bool:
        """It has long moved in its place only: a banner, a spectator."""
        return not self.walked and self.seen - self.born > LINGER_SECONDS

    @property
    def even(self) -> bool:
        """As tall as he was of late: neither joined by another nor half hidden just now."""
        return self.pictures > 2 * SEEN and abs((self.box[3] - self.box[1]) / self.height - 1) < EVEN


class Memory:
    def __init__(self) -> None:
        self.present: list[Presence] = []

    def update(self, people: list[Person], at: float) -> list[Presence]:
        """What is known of each of them. Who parts from somebody who has walked has walked too."""
        known = [one for one in self.present if at - one.seen <= FORGOTTEN_SECONDS]
        walkers = np.array([one.box for one in known if one.walked]).reshape(-1, 4)
        found = [
            _next(person, before, at) if before else _new(person, walkers, at)
            for person, before in zip(people, _same(people, known), strict=True)
        ]
        boxes = np.array([one.box for one in found]).reshape(-1, 4)
        rest = [one for one in known if not len(boxes) or _overlaps(one.box, boxes).max() < OVERLAP]
        self.present = found + rest
        return found

    def awaited(self, at: float) -> list[tuple[float, float]]:
        """Where the feet of those who walk ought to be now."""
        return [one.feet_at(at) for one in self.present if one.walked and at - one.seen < AWAITED_SECONDS]

    def walked(self, shape: tuple[int, int]) -> Bytes:
        """255 where somebody is who has been seen walking."""
        mask = np.zeros(shape, np.uint8)
        for one in self.present:
            if one.walked:
                left, top, right, bottom = one.box
                room = MARGIN * (bottom - top)
                rows = slice(max(round(top - room), 0), max(round(bottom + room), 0))
                mask[rows, max(round(left - room), 0) : max(round(right + room), 0)] = 255
        return mask

    def shift(self, across: float, down: float) -> None:
        step = np.array([across, down, across, down])
        self.present = [
            replace(
                one,
                box=tuple((np.array(one.box) + step).tolist()),
                origin=(one.origin[0] + across, one.origin[1] + down),
            )
            for one in self.present
        ]


def _same(people: list[Person], known: list[Presence]) -> list[Presence | None]:
    """Who of those that are known each of them is; the best match first, nobody twice."""
    same: list[Presence | None] = [None] * len(people)
    if not people or not known:
        return same
    boxes = np.array([one.box for one in known])
    overlaps = np.stack([_overlaps(person.box, boxes) for person in people])
    while overlaps.max() >= OVERLAP:
        person, other = np.unravel_index(int(np.argmax(overlaps)), overlaps.shape)
        same[person] = known[other]
        overlaps[person, :] = overlaps[:, other] = 0
    return same


def _new(person: Person, walkers: Reals, at: float) -> Presence:
    left, top, right, bottom = person.box
    parted = len(walkers) > 0 and bool(_overlaps(person.box, walkers).max() >= OVERLAP)
    return Presence(person.box, ((left + right) / 2, (top + bottom) / 2), at, bottom - top, at, walked=parted)


def _next(person: Person, before: Presence, at: float) -> Presence:
    left, top, right, bottom = person.box
    x, y, height = (left + right) / 2, (top + bottom) / 2, bottom - top
    away = np.hypot(x - before.origin[0], y - before.origin[1])
    far = before.far + 1 if away > WALKED * height else 0
    return Presence(
        person.box,
        before.origin,
        at,
        before.height + LATELY * (height - before.height),
        before.born,
        _velocity(before, person, at),
        before.pictures + 1,
        far,
        before.walked or far >= SEEN,
    )


def _velocity(before: Presence, person: Person, at: float) -> tuple[float, float]:
    since = max(at - before.seen, 0.02)
    moved = np.subtract(Presence(person.box, (0, 0), at, 0).feet_at(at), before.feet_at(before.seen)) / since
    across, down = (1 - LATELY) * np.array(before.velocity) + LATELY * moved
    return float(across), float(down)


def _overlaps(box: Box, others: Reals) -> Reals:
    """Intersection over union."""
    across = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    down = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    shared = np.maximum(across, 0) * np.maximum(down, 0)
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return np.asarray(shared / np.maximum(area + areas - shared, 1e-6))
