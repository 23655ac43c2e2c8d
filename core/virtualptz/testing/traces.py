"""Golden traces: what is wanted of a camera in the situations that tell a good policy from a poor one."""

import math
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..model import STILL, Edges, Sample, Speed, View
from ..protocols import SmoothingPolicy

ZOOM = 2.0
DETECTIONS = 10.0
"""A second."""
HISTORY_SECONDS = 2.0
"""How much of what was wanted before the camera operator hands to a policy."""
NOISE = 0.006
"""Source widths: the standard deviation of a good detector's centre of play."""


@dataclass(frozen=True, slots=True)
class GoldenTrace:
    """Wanted views in order of time, from a start at stream time 0."""

    name: str
    seconds: float
    wanted: tuple[Sample, ...]
    start: View = View(0.5, 0.5, ZOOM)  # noqa: RUF009 - frozen

    @property
    def end(self) -> View:
        return self.wanted[-1].view

    def path(
        self,
        policy: SmoothingPolicy,
        fps: float = 30.0,
        edges: Edges = Edges(),  # noqa: B008 - frozen
        speed: Speed = STILL,
    ) -> list[View]:
        """The views of `seconds` at `fps` pictures a second, of a policy that knows what it may know."""
        policy.reset(self.start, 0.0, speed)
        return [self._step(policy, number / fps, edges) for number in range(round(self.seconds * fps) + 1)]

    def raw(self, fps: float = 30.0) -> list[View]:
        """The views of a camera that jumps to whatever is wanted."""
        return [self._in_force(number / fps) for number in range(round(self.seconds * fps) + 1)]

    def _step(self, policy: SmoothingPolicy, at: float, edges: Edges) -> View:
        first = max(bisect_right(self.wanted, at - HISTORY_SECONDS, key=_time) - 1, 0)
        last = bisect_right(self.wanted, at + policy.lookahead, key=_time)
        known = [Sample(each.at, edges.clamp(each.view), each.reason) for each in self.wanted[first:last]]
        return policy.step(at, known, edges)

    def _in_force(self, at: float) -> View:
        number = bisect_right(self.wanted, at, key=_time)
        return self.wanted[number - 1].view if number else self.start

    def until(self, at: float) -> tuple[Sample, ...]:
        """What was wanted before stream time `at`."""
        return self.wanted[: bisect_left(self.wanted, at, key=_time)]


def _time(sample: Sample) -> float:
    return sample.at


def trace(
    name: str, seconds: float, x: Callable[[float], float], zoom: Callable[[float], float] | None = None
) -> GoldenTrace:
    """A trace of ten detections a second of a centre at `x(at)`, a fraction of the width."""
    times = [number / DETECTIONS for number in range(round(seconds * DETECTIONS))]
    views = (View(x(at), 0.5, ZOOM if zoom is None else zoom(at)) for at in times)
    return GoldenTrace(name, seconds, tuple(map(Sample, times, views)))


def _noise(seed: int, deviation: float) -> Iterator[float]:
    chance = random.Random(seed)  # noqa: S311 - not a secret
    while True:
        yield min(max(chance.gauss(0.0, deviation), -3 * deviation), 3 * deviation)


def _jitter() -> GoldenTrace:
    noise = _noise(1, NOISE)
    return trace("jitter", 10.0, lambda _: 0.5 + next(noise))


def _noise_hour() -> GoldenTrace:
    """An hour of play that wanders anywhere; one detection in fifty is far off."""
    noise, chance, place = _noise(2, 0.01), random.Random(3), 0.5  # noqa: S311

    def wander(_: float) -> float:
        nonlocal place
        place = min(max(place + next(noise), 0.25), 0.75)
        return min(max(place + (0.08 if chance.random() < 0.02 else 0.0), 0.25), 0.75)

    return trace("noise_hour", 3600.0, wander, lambda at: 2.0 + math.sin(at / 7))


def _gap(whole: GoldenTrace, name: str, since: float, until: float) -> GoldenTrace:
    kept = tuple(each for each in whole.wanted if not since < each.at < until)
    return GoldenTrace(name, whole.seconds, kept)


STEP = trace("step", 10.0, lambda at: 0.4 if at < 2 else 0.6, lambda at: 2.0 if at < 2 else 2.5)
RAMP = trace("ramp", 10.0, lambda at: 0.35 + 0.1 * min(max(at - 2, 0.0), 3.0))
REVERSAL = trace("reversal", 14.0, lambda at: 0.35 + 0.1 * max(3.0 - abs(at - 5.0), 0.0))
DROPOUT = _gap(RAMP, "dropout", 3.0, 4.0)
TWO_CLUSTERS = trace("two_clusters", 12.0, lambda at: 0.4 if int(at / 0.7) % 2 else 0.6)
JITTER = _jitter()
TELEPORT = trace("teleport", 8.0, lambda at: 0.58 if round(at * DETECTIONS) == 40 else 0.5)
SILENCE = GoldenTrace("silence", 30.0, RAMP.until(4.0))
NOISE_HOUR = _noise_hour()

TRACES = (STEP, RAMP, REVERSAL, DROPOUT, TWO_CLUSTERS, JITTER, TELEPORT, SILENCE, NOISE_HOUR)
