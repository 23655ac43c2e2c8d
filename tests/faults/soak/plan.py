"""What goes wrong when: by a seed, so that a run can be had again."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

KINDS = (
    "camera cut",
    "camera frozen",
    "server killed",
    "publisher killed",
    "agent killed",
    "detector killed",
    "viewers stalled",
)
LASTS = (3.0, 8.0)
"""Seconds, of those that last."""
QUIET_END = 30.0


@dataclass(frozen=True, slots=True)
class Planned:
    at: float
    """Seconds after the begin."""
    kind: str
    lasts: float


def plan(seconds: float, seed: int, between: tuple[float, float]) -> Iterator[Planned]:
    """Each kind once before any comes again; the last one is over well before the end."""
    draw, deck = random.Random(seed), list[str]()
    at = draw.uniform(*between)
    while at < seconds - QUIET_END:
        deck = deck or draw.sample(KINDS, len(KINDS))
        yield Planned(at, deck.pop(), draw.uniform(*LASTS))
        at += draw.uniform(*between)
