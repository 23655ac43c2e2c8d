"""Where people stand: half-court shapes, throw-ins, the free-throw lane."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from random import Random

from .floor import ENDS, LENGTH, WIDTH, End, Point, between, distance

SHAPES: tuple[tuple[Point, ...], ...] = (
    ((10.8, 7.5), (8.6, 1.8), (8.6, 13.2), (1.7, 1.1), (3.0, 10.6)),  # four out, a low post
    ((11.0, 7.5), (8.4, 13.3), (8.4, 1.7), (1.7, 13.9), (6.4, 5.0)),  # four out, a high post
    ((11.0, 5.0), (10.4, 10.8), (2.0, 1.1), (2.0, 13.9), (4.4, 4.2)),  # two guards, two corners
    ((10.8, 7.5), (8.0, 1.6), (8.0, 13.4), (1.6, 1.0), (1.6, 14.0)),  # five out
)
"""(depth from the baseline, y) by role: point guard, guard, forward, forward, centre."""

LANE_DEFENCE = ((2.0, 4.45), (2.0, 10.55), (4.0, 4.45))
LANE_OFFENCE = ((3.0, 4.45), (3.0, 10.55))
FREE_THROW_SPOT = (5.95, 7.5)
BEHIND_THE_ARC = ((9.6, 4.0), (9.6, 11.0), (11.0, 6.2), (11.0, 8.8))

TEAM = 5


@dataclass(frozen=True, slots=True)
class Formation:
    """How a passage of play begins: everybody stands, one holds the ball outside the court."""

    attacking: int
    thrower: int
    places: tuple[Point, ...]


def team(which: int) -> range:
    return range(TEAM * which, TEAM * which + TEAM)


def shape(rng: Random, end: End) -> list[Point]:
    """Five places of one half-court shape, by role, a little different each time."""
    chosen = rng.choice(SHAPES)
    mirror = rng.random() < 0.5
    return [
        end.at(depth + rng.uniform(-0.5, 0.5), (WIDTH - y if mirror else y) + rng.uniform(-0.4, 0.4))
        for depth, y in chosen
    ]


def formation(seed: int, index: int) -> Formation:
    """The throw-in that passage number `index` begins with, and the one before it ends with."""
    rng = Random(f"formation {seed} {index}")  # noqa: S311 (a game, not a secret)
    attacking = rng.randrange(2)
    end = ENDS[attacking]
    attackers = shape(rng, end)
    thrower = rng.choice((1, 2, 3))
    attackers[thrower] = end.at(rng.uniform(5, 11), rng.choice((-0.5, WIDTH + 0.5)))
    defenders = [between(man, end.hoop, rng.uniform(0.25, 0.35)) for man in attackers]
    places = [*attackers, *defenders] if attacking == 0 else [*defenders, *attackers]
    return Formation(attacking, TEAM * attacking + thrower, spread(places, 1.2))


def spread(places: Sequence[Point], apart: float) -> tuple[Point, ...]:
    """The same places, nudged until no two are nearer than `apart` metres."""
    moved = [list(place) for place in places]
    for _ in range(60):
        for i, a in enumerate(moved):
            for b in moved[i + 1 :]:
                _part(a, b, apart)
    return tuple((min(max(x, 0.5), LENGTH - 0.5), y) for x, y in moved)


def _part(a: list[float], b: list[float], apart: float) -> None:
    dx, dy = b[0] - a[0], b[1] - a[1]
    far = sqrt(dx * dx + dy * dy) or 0.01
    push = (apart - far) / far / 2
    if push > 0:
        a[0] -= dx * push
        a[1] -= dy * push
        b[0] += dx * push
        b[1] += dy * push


def pair_up(attackers: Sequence[tuple[int, Point]], defenders: Sequence[tuple[int, Point]]) -> dict[int, int]:
    """Who marks whom: nearest first."""
    pairs = sorted(
        (distance(place, own), attacker, defender)
        for attacker, place in attackers
        for defender, own in defenders
    )
    marks: dict[int, int] = {}
    for _, attacker, defender in pairs:
        if attacker not in marks and defender not in marks.values():
            marks[attacker] = defender
    return marks
