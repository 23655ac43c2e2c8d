"""The camera operator: who steers, and the view at every picture's time."""

import threading
import time
from bisect import insort
from collections.abc import Callable
from typing import Literal

from ..model import WHOLE_FRAME, CropShape, PtzRules, Sample, TrackingUpdate, View
from ..protocols import SmoothingPolicy
from .gate import Decision, TargetGate
from .wanted import wanted_view

Holder = Literal["auto", "manual", "none"]

MEMORY_SECONDS = 10.0
"""Wanted views older than this are forgotten, but for the newest."""
FUTURE_SECONDS = 5.0
"""A `frame_pts` further ahead than the longest look-ahead is a mistake: it counts as now."""


class CameraOperator:
    """Turns manual targets and tracking updates into one view a picture.

    `view_at` belongs to the render thread; the rest may be called from any thread. Manual control lasts
    `takeover_seconds` from the last target, then the camera glides back to what the tracking wants: the
    policy keeps its speed, so nothing jumps.
    """

    def __init__(
        self,
        policy: SmoothingPolicy,
        rules: PtzRules,
        view: View,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy = policy
        self._rules = rules
        self._clock = clock
        self._lock = threading.Lock()
        self._shape = WHOLE_FRAME
        self._view = view
        self._at = 0.0
        self._started = False
        self._manual: Sample | None = None
        self._manual_until = float("-inf")
        self._tracked: list[Sample] = []
        self._gate = TargetGate(
            rules.min_apply_interval_seconds, rules.min_delta_xy, rules.min_delta_zoom, target=view
        )

    @property
    def view(self) -> View:
        return self._view

    @property
    def holder(self) -> Holder:
        with self._lock:
            return self._holder(self._clock())

    def reshape(self, shape: CropShape) -> None:
        """The source's picture has another aspect than before."""
        with self._lock:
            self._shape = shape

    def steer(self, view: View) -> Decision:
        """A person's target; it takes the camera over, also where the change is too small to move it."""
        with self._lock:
            now = self._clock()
            if self._holder(now) == "auto":
                self._gate.release()
            self._manual_until = now + self._rules.takeover_seconds
            decision = self._gate.offer(view, now)
            if decision.applied:
                self._manual = Sample(self._at, view, "manual")
            elif self._manual is None:
                self._manual = Sample(self._at, self._view, "manual")
            return decision

    def track(self, update: TrackingUpdate) -> None:
        """What a detector says. Each update meets its own picture by `frame_pts`, in any order."""
        with self._lock:
            current = self._tracked[-1].view if self._tracked else self._view
            view = wanted_view(update, current)
            if view is None:
                return
            at = update.frame_pts
            if at is None or at > self._at + FUTURE_SECONDS:
                at = self._at
            insort(self._tracked, Sample(at, view, "tracking"), key=lambda sample: sample.at)
            oldest = self._at - MEMORY_SECONDS
            while len(self._tracked) > 1 and self._tracked[1].at < oldest:
                del self._tracked[0]

    def view_at(self, at: float) -> View:
        """The view for the picture of stream time `at`; its crop lies inside the frame."""
        with self._lock:
            self._at = at
            if not self._started:
                self._policy.reset(self._view.inside(self._shape), at)
                self._started = True
            waited = self._gate.due(self._clock())
            if waited is not None:
                self._manual = Sample(at, waited, "manual")
            self._view = self._policy.step(at, self._wanted(at)).inside(self._shape)
            return self._view

    def _wanted(self, at: float) -> list[Sample]:
        # Clamped before smoothing: clamping the smoothed path would put a corner into it.
        match self._holder(self._clock()):
            case "auto":
                known = [sample for sample in self._tracked if sample.at <= at + self._policy.lookahead]
            case "manual" | "none":
                known = [] if self._manual is None else [self._manual]
        return [Sample(sample.at, sample.view.inside(self._shape), sample.reason) for sample in known]

    def _holder(self, now: float) -> Holder:
        if self._manual is not None and now < self._manual_until:
            return "manual"
        return "auto" if self._tracked else "none"
