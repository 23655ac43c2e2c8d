"""What is wanted while nothing is seen: predict, hold, ease to the wide view."""

import math
from dataclasses import dataclass

from ...model import FramingOptions, Sample, View
from .aim import Aim
from .blend import between, eased
from .frame import Frame
from .reasons import Reason

DAMPING_SECONDS = 0.4
"""A prediction's velocity fades with this time constant: what moves, stops."""
FURTHEST = 0.08
"""Sources: no prediction goes further."""
STEP_SECONDS = 0.1
"""Between two samples."""
LONGEST_BRIDGE = 100
"""Samples: of a longer silence only the end is told."""


@dataclass(frozen=True, slots=True)
class Silence:
    """The time after an aim in which nothing is seen. Pure in the time asked for."""

    last: Aim
    searched_at: float | None
    """When the detector first said that it searches; None: it said nothing."""
    frame: Frame
    options: FramingOptions

    @property
    def patient_until(self) -> float:
        return self.last.at + self.options.hold_seconds

    @property
    def widens_at(self) -> float:
        if self.searched_at is None:
            return self.patient_until
        return min(self.patient_until, max(self.searched_at, self.last.at + self.options.stale_seconds))

    def at(self, at: float) -> Sample:
        options, begins = self.options, self.widens_at
        passed = max(at - self.last.at, 0.0)
        held = self._predicted(min(passed, options.stale_seconds))
        if at >= begins:
            reason: Reason = "reacquire" if begins < self.patient_until else "wide"
            return Sample(at, self._widened(held, (at - begins) / options.wide_seconds), reason)
        if passed > options.stale_seconds:
            return Sample(at, held, "hold")
        # A wish is followed as it is: where its detector would have gone on to, only that one knows.
        return Sample(at, held, "target" if self.last.reason == "target" else "predict")

    def bridge(self, following: Aim) -> list[Sample]:
        """The silence up to what is known to follow: straight on to it, unless it was long.

        Nothing at all where nobody would have noticed it.
        """
        passed = following.at - self.last.at
        if passed <= self.options.stale_seconds:
            return []
        steps = max(self.steps(following.at - STEP_SECONDS / 2), 0)
        grid = self.samples(max(0, steps - LONGEST_BRIDGE), steps)
        if following.at > self.widens_at:
            return grid
        return [
            Sample(each.at, between(self.last.view, following.view, share, share), each.reason)
            for each in grid
            for share in ((each.at - self.last.at) / passed,)
        ]

    def steps(self, until: float) -> int:
        """Of STEP_SECONDS from the aim to `until`, which may be the last one's very time."""
        about = math.floor((until - self.last.at) / STEP_SECONDS) + 1
        # The division rounds, and whether a sample counts is told by its time.
        while self._time(about) > until:
            about -= 1
        return about

    def samples(self, first: int, last: int) -> list[Sample]:
        """After step `first`, up to step `last`."""
        return [self.at(self._time(step)) for step in range(first + 1, last + 1)]

    def _time(self, step: int) -> float:
        return self.last.at + step * STEP_SECONDS

    def _predicted(self, seconds: float) -> View:
        last, view = self.last, self.last.view
        reach = DAMPING_SECONDS * (1 - math.exp(-seconds / DAMPING_SECONDS))
        return self.frame.clamp(
            View(
                view.center_x + _bounded(last.vx * reach),
                view.center_y + _bounded(last.vy * reach),
                view.zoom,
            )
        )

    def _widened(self, held: View, share: float) -> View:
        share = eased(share)
        return self.frame.clamp(between(held, self.frame.wide, share, share))


def _bounded(shift: float) -> float:
    return min(max(shift, -FURTHEST), FURTHEST)
