"""Sums over a sliding window of stream time, in blocks: cheap to add to, and free of drift."""

import math
from dataclasses import dataclass

BLOCK_SECONDS = 1.0
"""The window moves on by this much at a time."""


@dataclass(slots=True)
class Tally:
    """What pictures and updates add up to. Lengths are source widths, `*_squares` integrals over time."""

    seconds: float = 0.0
    still: float = 0.0
    at_edge: float = 0.0
    peak_speed: float = 0.0
    accelerated: float = 0.0
    """Seconds in which the acceleration is known."""
    acceleration_squares: float = 0.0
    jerked: float = 0.0
    """Seconds in which the jerk is known."""
    jerk_squares: float = 0.0
    turns: int = 0
    zoom_turns: int = 0
    wanted: float = 0.0
    """Seconds in which anything was wanted."""
    wanted_squares: float = 0.0
    players: int = 0
    players_in_view: int = 0
    balls: int = 0
    balls_in_view: int = 0

    def include(self, other: "Tally") -> None:
        self.seconds += other.seconds
        self.still += other.still
        self.at_edge += other.at_edge
        self.peak_speed = max(self.peak_speed, other.peak_speed)
        self.accelerated += other.accelerated
        self.acceleration_squares += other.acceleration_squares
        self.jerked += other.jerked
        self.jerk_squares += other.jerk_squares
        self.turns += other.turns
        self.zoom_turns += other.zoom_turns
        self.wanted += other.wanted
        self.wanted_squares += other.wanted_squares
        self.players += other.players
        self.players_in_view += other.players_in_view
        self.balls += other.balls
        self.balls_in_view += other.balls_in_view


class Tallies:
    """The tallies of the last `window` seconds, whole blocks of them; None: one tally of all time."""

    def __init__(self, window: float | None) -> None:
        self._count = None if window is None else max(math.ceil(window / BLOCK_SECONDS), 1)
        self._blocks: dict[int, Tally] = {}

    def reach(self, at: float) -> Tally:
        """The tally of a time that is not before any other's; what leaves the window is forgotten."""
        index = self._index(at)
        tally = self._blocks.get(index)
        if tally is None:
            tally = self._blocks[index] = Tally()
            if self._count is not None:
                for old in [each for each in self._blocks if each <= index - self._count]:
                    del self._blocks[old]
        return tally

    def of(self, at: float) -> Tally | None:
        """The tally of a time that has been reached; None where it is forgotten."""
        return self._blocks.get(self._index(at))

    def total(self) -> Tally:
        total = Tally()
        for tally in self._blocks.values():
            total.include(tally)
        return total

    def _index(self, at: float) -> int:
        return 0 if self._count is None else math.floor(at / BLOCK_SECONDS)
