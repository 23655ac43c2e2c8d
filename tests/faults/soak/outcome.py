"""What a soak has found, and whether that is good enough."""

import math
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...e2e.judge import MAX_AV_OFFSET
from .census import Growth
from .slope import Slope

FPS = 25
MEMORY_SLOPE, DRIFT = 1.0, 1.0
"""MiB and pictures an hour."""
RISE_MIB = 8.0
"""From the first quarter of a life to the last: an allocator takes a few MiB at once, and gives few back."""
RISE_COUNT = 4.0
"""The same of descriptors and threads: a viewer or two come and go."""
DRIFT_ERROR, TELLS_SECONDS = 25.0, 300.0
"""Pictures an hour: a drift that is known no better was not measured; shorter runs need not know it."""
LONG_SECONDS = 3600.0
"""From then on the slope of memory is more than noise."""
UNEXPLAINED_SECONDS = 3.0
AFTER_SECONDS = 8.0
"""After a fault: what follows from it is over."""
SILENCES = {"camera cut", "camera frozen", "server killed", "publisher killed"}
"""Faults that the picture may stand still for. An agent or a detector that dies leaves the picture alone."""


@dataclass(frozen=True, slots=True)
class Happened:
    kind: str
    began: float
    ended: float
    """Monotonic time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    seconds: float
    seed: int
    happened: Sequence[Happened]
    growths: Sequence[Growth]
    clock: Slope
    """How fast our clock gets ahead of the program's, seconds an hour."""
    offsets: Sequence[float]
    gaps: Sequence[tuple[float, float]]
    pictures: int
    restarts: Mapping[str, int]
    unplanned: int
    done: Mapping[str, int]
    problems: Sequence[str]
    """What broke off, in words."""

    @property
    def drift(self) -> float:
        """Pictures an hour."""
        return abs(self.clock.per_hour) * FPS

    @property
    def drift_error(self) -> float:
        return FPS * self.clock.error

    @property
    def steepest(self) -> Growth:
        return max(self.growths, key=_slope)

    @property
    def unexplained(self) -> float:
        """Seconds without a fresh picture that no fault explains."""
        return sum(_outside(gap, _spans(self.happened)) for gap in self.gaps)

    @property
    def offset(self) -> float:
        """Of the sound from the picture, seconds, the median; none heard: 0."""
        return statistics.median(self.offsets) if self.offsets else 0.0

    def broken(self) -> Iterator[str]:
        """The bounds that were not kept, in words; none: all is well."""
        yield from self.problems
        for growth in self.growths:
            yield from _grown(growth, long=self.seconds >= LONG_SECONDS)
        if self.clock.surely * FPS > DRIFT:
            yield f"the program drifts by {self.clock} s/h"
        if self.seconds >= TELLS_SECONDS and self.drift_error > DRIFT_ERROR:
            yield f"the drift cannot be told: {self.clock} s/h"
        if abs(self.offset) > MAX_AV_OFFSET:
            yield f"the sound is {1000 * self.offset:.0f} ms off"
        if self.unplanned:
            yield f"{self.unplanned} restarts that no fault explains: {dict(self.restarts)}"
        if self.unexplained > UNEXPLAINED_SECONDS:
            yield f"{self.unexplained:.1f} s without a fresh picture that no fault explains"

    def figures(self) -> dict[str, float]:
        """By their names in the row of the table of faults; a drift that is not known is left out."""
        known = {"drift": self.drift, "drift's standard error": self.drift_error}
        steepest = self.steepest.slope
        grown = {
            "memory slope after warm-up": steepest.per_hour,
            "memory slope's standard error": steepest.error,
        }
        return {
            **(grown if math.isfinite(steepest.error) else {}),
            "memory's rise": max(growth.rise for growth in self.growths),
            **(known if math.isfinite(self.drift_error) else {}),
            "sound off the picture": abs(1000 * self.offset),
            "unplanned restarts": self.unplanned,
            "still without a reason": self.unexplained,
        }

    def table(self) -> str:
        faults = Counter(each.kind for each in self.happened)
        told = ", ".join(f"{count} x {kind}" for kind, count in sorted(faults.items())) or "none"
        rows = [
            f"{self.seconds / 60:.0f} min, seed {self.seed}. Faults: {told}. "
            f"Meanwhile: {', '.join(f'{count} x {what}' for what, count in sorted(self.done.items()))}.",
            "",
            "| process | lives | memory, MiB | slope, MiB/h | rise, MiB | descriptors | threads |",
            "|---|---|---|---|---|---|---|",
            *(_line(growth) for growth in self.growths),
            "",
            "| | |",
            "|---|---|",
            f"| pictures decoded | {self.pictures} |",
            f"| drift against the clock, pictures/h | {self.drift:.2f} ± {self.drift_error:.2f} |",
            f"| sound after picture, ms (median of {len(self.offsets)}) | {1000 * self.offset:.0f} |",
            f"| restarts (of which no fault explains) | {sum(self.restarts.values())} ({self.unplanned}) |",
            f"| stood still, s (of which no fault explains) | {self._still:.1f} ({self.unexplained:.1f}) |",
        ]
        return "\n".join(rows)

    @property
    def _still(self) -> float:
        return sum(end - begin for begin, end in self.gaps)


def steady(
    stretches: Sequence[Sequence[tuple[float, float]]], happened: Sequence[Happened]
) -> list[list[tuple[float, float]]]:
    """Without what a fault does to the way to the viewer, where what has waited comes quicker than time.

    Each piece in between is a stretch of its own.
    """
    spans = _spans(happened)
    pieces: list[list[tuple[float, float]]] = []
    for stretch in stretches:
        place: dict[int, list[tuple[float, float]]] = {}
        for at, value in stretch:
            if not any(begin <= at < end for begin, end in spans):
                place.setdefault(sum(end <= at for _, end in spans), []).append((at, value))
        pieces += place.values()
    return pieces


def _spans(happened: Sequence[Happened]) -> list[tuple[float, float]]:
    """When the picture may stand still."""
    return [(each.began, each.ended + AFTER_SECONDS) for each in happened if each.kind in SILENCES]


def _slope(growth: Growth) -> float:
    """What is not known is less than anything."""
    return -math.inf if math.isnan(growth.slope.per_hour) else growth.slope.per_hour


def _line(growth: Growth) -> str:
    numbers = f"{growth.slope} | {growth.rise:+.1f} | {growth.descriptors:+.0f} | {growth.threads:+.0f}"
    return f"| {growth.role} | {growth.lives} | {growth.memory:.0f} | {numbers} |"


def _grown(growth: Growth, *, long: bool) -> Iterator[str]:
    if long and growth.slope.per_hour > 0 and growth.slope.surely > MEMORY_SLOPE:
        yield f"{growth.role}: its memory grows by {growth.slope} MiB/h"
    if not long and growth.rise > RISE_MIB:
        yield f"{growth.role}: its memory grew by {growth.rise:.1f} MiB"
    for what, rise in (("descriptors", growth.descriptors), ("threads", growth.threads)):
        if rise > RISE_COUNT:
            yield f"{growth.role}: {rise:.0f} more {what}"


def _outside(gap: tuple[float, float], spans: Sequence[tuple[float, float]]) -> float:
    """Seconds of a gap that lie in no span."""
    begin, end = gap
    left = 0.0
    for first, last in sorted(spans):
        if last <= begin or first >= end:
            continue
        left += max(0.0, first - begin)
        begin = max(begin, last)
    return left + max(0.0, end - begin)
