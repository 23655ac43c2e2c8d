"""The contract of smoothing policies as a test class: inherit it, say how one is made, and run pytest."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..model import CropShape, Edges, LimitBox, Speed, View
from ..protocols import SmoothingPolicy
from .policies import check_smoothing_policy
from .traces import (
    DROPOUT,
    JITTER,
    NOISE_HOUR,
    RAMP,
    REVERSAL,
    SILENCE,
    STEP,
    TELEPORT,
    TRACES,
    TWO_CLUSTERS,
    GoldenTrace,
    trace,
)

FPS = 30.0
COARSE_FPS = 2.0
"""For the hour: it is about staying sane, not about every picture."""
NARROW = Edges(CropShape(0.75, 1.0), LimitBox(left=0.2, top=0.1, right=0.7, bottom=0.9))
CARRIED_SPEED = 0.2
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class PolicyLimits:
    """What a policy promises on the golden traces. Lengths are source widths."""

    overshoot: float = 0.01
    """Past a place where the target comes to rest, or turns back."""
    settle_seconds: float = 4.0
    """Until it is within a hundredth of a width of a target that stands."""
    jerk_share: float = 0.05
    """RMS jerk on a target that jitters in place, of the jerk of a camera that follows it at once."""
    outlier_share: float = 0.5
    """Of a single detection that is far off."""
    rate_difference: float = 0.01
    """RMS difference between the paths at 30 and at 60 pictures a second, of the way that the target goes."""
    keeps_speed: bool = True
    """Handed over in mid-pan, it goes on without a stop."""


class SmoothingPolicyContract:
    """Nine situations, and the rules that hold in all of them.

    class TestMine(SmoothingPolicyContract):
        limits = PolicyLimits(settle_seconds=2.0)

        def make(self) -> SmoothingPolicy:
            return Mine(MyOptions())
    """

    limits = PolicyLimits()

    def make(self) -> SmoothingPolicy:
        """A fresh policy."""
        raise NotImplementedError

    def test_it_keeps_the_protocol(self) -> None:
        check_smoothing_policy(self.make)

    def test_it_settles_after_a_step(self) -> None:
        path = self._path(STEP)
        self._check_rest(path, STEP.end, since=2.0, low=0.4, high=0.6)
        assert abs(math.log2(path[-1].zoom / STEP.end.zoom)) < 0.02, f"the zoom ends at {path[-1].zoom}"

    def test_it_follows_a_ramp(self) -> None:
        path = self._path(RAMP)
        self._check_rest(path, RAMP.end, since=5.0, low=0.35, high=0.65)
        assert path[round(5.0 * FPS)].center_x > 0.45, "it hardly follows a target of 0.1 widths a second"

    def test_it_turns_back_with_the_target(self) -> None:
        self._check_rest(self._path(REVERSAL), REVERSAL.end, since=8.0, low=0.35, high=0.65)

    def test_a_second_without_detections_does_not_matter_in_the_end(self) -> None:
        self._check_rest(self._path(DROPOUT), DROPOUT.end, since=5.0, low=0.35, high=0.65)

    def test_between_two_clusters_it_stays_between_them(self) -> None:
        path = self._path(TWO_CLUSTERS)[round(3.0 * FPS) :]
        self._check_between(path, 0.4, 0.6)

    def test_a_jitter_is_not_followed(self) -> None:
        share = rms_jerk(self._path(JITTER), FPS) / rms_jerk(JITTER.raw(FPS), FPS)
        assert share <= self.limits.jerk_share, f"{share:.3f} of the target's jerk is left"

    def test_an_outlier_is_not_chased(self) -> None:
        far = max(abs(view.center_x - 0.5) for view in self._path(TELEPORT))
        assert far <= self.limits.outlier_share * 0.08 + ROUNDING, f"it runs {far:.3f} after it"

    def test_in_silence_it_comes_to_rest(self) -> None:
        path = self._path(SILENCE)
        tail = path[-round(5.0 * FPS) :]
        assert max(abs(b.center_x - a.center_x) for a, b in pairwise(tail)) < 1e-4, "it still moves"
        # It may believe for a second that the target went on.
        self._check_between(path, 0.35, SILENCE.end.center_x + 0.1)

    def test_an_hour_of_noise_leaves_it_sane(self) -> None:
        for view in NOISE_HOUR.path(self.make(), COARSE_FPS):
            check_inside(view, Edges())

    def test_it_stays_inside_the_edges(self) -> None:
        for each in TRACES:
            if each is not NOISE_HOUR:
                for view in each.path(self.make(), FPS, NARROW):
                    check_inside(view, NARROW)

    def test_the_frame_rate_changes_nothing(self) -> None:
        for each in (STEP, RAMP, REVERSAL, DROPOUT, TWO_CLUSTERS):
            slow, fast = each.path(self.make(), FPS), each.path(self.make(), 2 * FPS)[::2]
            squares = [(a.center_x - b.center_x) ** 2 for a, b in zip(slow, fast, strict=True)]
            places = [sample.view.center_x for sample in each.wanted]
            apart = math.sqrt(sum(squares) / len(squares)) / (max(places) - min(places))
            assert apart <= self.limits.rate_difference, f"{each.name}: {100 * apart:.2f} % apart"

    def test_it_goes_on_with_the_speed_that_it_is_handed(self) -> None:
        if not self.limits.keeps_speed:
            return
        onward = trace("onward", 1.0, lambda at: 0.5 + CARRIED_SPEED * at)
        first, second = onward.path(self.make(), FPS, speed=Speed(x=CARRIED_SPEED))[:2]
        speed = (second.center_x - first.center_x) * FPS
        assert abs(speed - CARRIED_SPEED) < 0.25 * CARRIED_SPEED, f"{speed:.3f} widths a second at once"

    def _path(self, each: GoldenTrace) -> list[View]:
        path = each.path(self.make(), FPS)
        for view in path:
            check_inside(view, Edges())
        return path

    def _check_rest(self, path: Sequence[View], end: View, since: float, low: float, high: float) -> None:
        """It is where the target stands soon after `since`, and never was outside of low..high before."""
        settled = path[round((since + self.limits.settle_seconds) * FPS) :]
        assert settled, "the trace is too short for these limits"
        off = max(abs(view.center_x - end.center_x) for view in settled)
        assert off <= 0.01, f"{off:.3f} off {self.limits.settle_seconds:g} s after the target stands"
        # Its own way from the start to the first target is not judged.
        self._check_between(path[round(2.0 * FPS) :], low, high)

    def _check_between(self, path: Sequence[View], low: float, high: float) -> None:
        over = max(max(low - view.center_x, view.center_x - high) for view in path)
        assert over <= self.limits.overshoot, f"{over:.4f} widths too far"


def check_inside(view: View, edges: Edges) -> None:
    assert all(map(math.isfinite, (view.center_x, view.center_y, view.zoom))), f"{view} is not finite"
    inside = edges.clamp(view)
    off = max(abs(inside.center_x - view.center_x), abs(inside.center_y - view.center_y))
    assert off <= ROUNDING, f"{view} is outside of {edges}"
    assert abs(inside.zoom - view.zoom) <= ROUNDING, f"{view} is outside of {edges}"


def rms_jerk(path: Sequence[View], fps: float) -> float:
    """Of the horizontal motion, widths / s^3."""
    xs = [view.center_x for view in path]
    for _ in range(3):
        xs = [(b - a) * fps for a, b in pairwise(xs)]
    return math.sqrt(sum(x * x for x in xs) / len(xs))
