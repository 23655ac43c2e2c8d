"""The camera operator: who steers, and the view at every picture's time."""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..model import (
    NO_LIMITS,
    STILL,
    CameraMode,
    CameraReport,
    CropShape,
    Edges,
    FramingOptions,
    Holder,
    LimitBox,
    PtzRules,
    Sample,
    Speed,
    TrackingUpdate,
    View,
)
from ..protocols import SmoothingPolicy
from .authority import Authority
from .framing.framing import Framing
from .gate import Decision, TargetGate
from .glide import Glide, Moving
from .journal import Decided, Journal, NoJournal, Ruled, Steered
from .policies.spring import Spring, SpringOptions
from .quality import QualityMeter

log = logging.getLogger(__name__)

FUTURE_SECONDS = 0.5
"""A `frame_pts` that is further ahead of the newest decoded picture is a mistake: it counts as that one."""
INTO_LIMITS_SECONDS = 1.0
"""A camera that is outside of new limits is inside after this, or later where that would be too quick."""
HISTORY_SECONDS = 2.0
"""How much of what was wanted before a policy may look back on."""


@dataclass(frozen=True)
class NamedPolicy:
    name: str
    policy: SmoothingPolicy


@dataclass(frozen=True)
class OperatorSpec:
    """How an operator begins."""

    rules: PtzRules = field(default_factory=PtzRules)
    view: View = field(default_factory=View)
    framing: FramingOptions = field(default_factory=FramingOptions)
    limits: LimitBox = NO_LIMITS
    mode: CameraMode = "auto"
    lookahead_seconds: float = 0.0


@dataclass(frozen=True)
class Notes:
    """Who is told of the work."""

    journal: Journal = field(default_factory=NoJournal)
    quality: QualityMeter = field(default_factory=QualityMeter)


class CameraOperator:
    """Turns people's targets and tracking updates into one view a picture.

    `view_at` belongs to the render thread; the rest may be called from any thread. Whoever holds the camera,
    it keeps its speed when another takes it, so nothing jumps.
    """

    def __init__(
        self,
        policy: NamedPolicy,
        spec: OperatorSpec,
        notes: Notes | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._named = policy
        self._notes = notes or Notes()
        self._notes.quality.goes_by(spec.framing)
        self._clock = clock
        self._lock = threading.Lock()
        self._edges = Edges(box=spec.limits)
        self._lookahead = spec.lookahead_seconds
        self._framing = Framing(spec.framing, spec.view)
        self._authority = Authority(spec.rules.takeover_seconds, spec.mode)
        self._view = spec.view
        self._speed = STILL
        self._at: float | None = None
        """Stream time of the picture that left last."""
        self._glide: Glide | None = None
        self._must_glide = False
        """Into new limits: whoever holds the camera."""
        self._manual: Sample | None = None
        self._wanted: Sample | None = None
        self._problem: str | None = None
        rules = spec.rules
        self._gate = TargetGate(
            rules.min_apply_interval_seconds, rules.min_delta_xy, rules.min_delta_zoom, target=spec.view
        )

    @property
    def report(self) -> CameraReport:
        with self._lock:
            now, wanted = self._clock(), self._wanted
            return CameraReport(
                view=self._view,
                wanted=None if wanted is None else wanted.view,
                holder=self._holder(now),
                mode=self._authority.mode,
                reason="" if wanted is None else wanted.reason,
                policy=self._named.name,
                lookahead_seconds=self._lookahead,
                takeover_seconds_left=self._authority.seconds_left(now),
                limits=self._edges.box,
                problem=self._problem,
                quality=self._notes.quality.figures(),
            )

    def reshape(self, shape: CropShape, aspect: float) -> None:
        """The source's picture has another size than before; `aspect`: its width over its height."""
        with self._lock:
            self._end_glide()
            self._set_edges(Edges(shape, self._edges.box, aspect=aspect))
            self._notes.journal.reshaped(self._time, self._edges)

    def rule(
        self,
        *,
        mode: CameraMode | None = None,
        policy: NamedPolicy | None = None,
        lookahead_seconds: float | None = None,
        limits: LimitBox | None = None,
    ) -> None:
        """From the next picture on it works like this; None: as before. `auto` ends a takeover at once."""
        with self._lock:
            if mode is not None:
                self._authority.mode = mode
                if mode == "auto":
                    self._authority.give_back()
            if policy is not None:
                self._problem = None
                self._change_policy(policy)
            if lookahead_seconds is not None:
                self._lookahead = lookahead_seconds
            if limits is not None:
                self._set_edges(Edges(self._edges.shape, limits, aspect=self._edges.aspect))
                self._glide_inside()
            name = None if policy is None else policy.name
            self._notes.journal.ruled(Ruled(self._time, mode, name, lookahead_seconds, limits))

    def steer(self, view: View) -> Decision:
        """A person's target; it takes the camera over, also where the change is too small to move it."""
        with self._lock:
            now = self._clock()
            if self._holder(now) == "auto" or self._glide is not None:
                self._gate.release()
            self._authority.take(now)
            decision = self._gate.offer(view, now)
            if decision.applied:
                self._leave_preset()
                self._manual = Sample(self._time, view, "manual")
            elif self._manual is None:
                self._manual = Sample(self._time, self._view, "manual")
            self._notes.journal.steered(Steered(self._time, view, clock=now))
            return decision

    def recall(self, view: View, glide_seconds: float, name: str) -> float:
        """A person's preset: the camera is there in `glide_seconds`, or later where that would be too quick.

        Returns the seconds that it takes.
        """
        with self._lock:
            now, goal = self._clock(), self._edges.clamp(view)
            self._gate.release()
            self._manual = Sample(self._time, view, f"preset {name}")
            self._glide = self._planned(goal, glide_seconds, self._manual.reason)
            self._must_glide = False
            self._authority.take(now, busy=self._glide.seconds)
            self._notes.journal.steered(Steered(self._time, view, glide_seconds, name, now))
            return self._glide.seconds

    def track(self, update: TrackingUpdate, arrived: float) -> None:
        """What a detector says; `arrived`: stream time of the newest decoded picture.

        Each update meets its own picture by `frame_pts`, in any order; one that names none is of `arrived`.
        """
        with self._lock:
            at = update.frame_pts
            if at is None or not -math.inf < at <= arrived + FUTURE_SECONDS:
                at = arrived
            self._framing.add(update, at)
            self._notes.quality.seen(update, at)
            self._notes.journal.updated(update, arrived)

    def view_at(self, at: float) -> View:
        """The view for the picture of stream time `at`; its crop lies inside the frame and the limits."""
        with self._lock:
            now = self._clock()
            if self._at is None:
                self._at, self._view = at, self._edges.clamp(self._view)
                self._named.policy.reset(self._view, at)
            waited = self._gate.due(now)
            if waited is not None:
                self._leave_preset()
                self._manual = Sample(at, waited, "manual")
            holder = self._holder(now)
            view = self._frame.clamp(self._next(holder, at))
            self._speed = _speed(self._view, view, at - self._at)
            self._view, self._at = view, at
            self._note(at, holder, now)
            return view

    @property
    def _time(self) -> float:
        return 0.0 if self._at is None else self._at

    def _holder(self, now: float) -> Holder:
        return self._authority.holder(now, tracked=self._framing.tracked)

    def _next(self, holder: Holder, at: float) -> View:
        glide = self._glide
        if glide is not None and (self._must_glide or holder == "manual") and not glide.over(at):
            self._wanted = Sample(at, glide.goal, glide.reason)
            return glide.at(at)
        self._end_glide()
        samples = self._samples(holder, at)
        self._wanted = next((each for each in reversed(samples) if each.at <= at), None)
        try:
            view = self._named.policy.step(at, samples, self._edges)
        except Exception:  # a plug-in's own: it must not take the camera off the air
            log.exception("policy %s", self._named.name)
            view = self._without_policy(at, samples, "raised an error")
        if not all(map(math.isfinite, (view.center_x, view.center_y, view.zoom))):
            view = self._without_policy(at, samples, f"gave {view}")
        return self._edges.clamp(view)

    def _samples(self, holder: Holder, at: float) -> Sequence[Sample]:
        match holder:
            case "auto":
                known = min(self._named.policy.lookahead, self._lookahead)
                self._framing.foresee(known)
                return self._framing.wanted(at - HISTORY_SECONDS, at + known)
            case "manual" | "none":
                if self._manual is None:
                    return []
                # Clamped before smoothing: clamping the smoothed path would put a corner into it.
                manual = self._manual
                return [Sample(manual.at, self._edges.clamp(manual.view), manual.reason)]

    def _without_policy(self, at: float, samples: Sequence[Sample], why: str) -> View:
        self._problem = f"the policy {self._named.name} {why}; spring has taken over"
        log.error("%s", self._problem)
        self._change_policy(NamedPolicy("spring", Spring(SpringOptions())))
        return self._named.policy.step(at, samples, self._edges)

    def _change_policy(self, policy: NamedPolicy) -> None:
        self._named = policy
        if self._at is not None:
            policy.policy.reset(self._view, self._at, self._speed)

    @property
    def _frame(self) -> Edges:
        """What there is to be seen at all."""
        return Edges(self._edges.shape, aspect=self._edges.aspect)

    def _planned(self, goal: View, seconds: float, reason: str) -> Glide:
        inside = self._edges.clamp(self._view) == self._view
        start = Moving(self._view, self._speed, self._time)
        return Glide.plan(start, goal, seconds, reason, self._edges if inside else self._frame)

    def _glide_inside(self) -> None:
        """New limits leave the camera outside: a jump into them would be a cut."""
        inside = self._edges.clamp(self._view)
        if self._at is not None and inside != self._view:
            self._glide, self._must_glide = self._planned(inside, INTO_LIMITS_SECONDS, "limits"), True

    def _leave_preset(self) -> None:
        if not self._must_glide:
            self._end_glide()

    def _end_glide(self) -> None:
        if self._glide is not None:
            self._glide, self._must_glide = None, False
            self._named.policy.reset(self._view, self._time, self._speed)

    def _set_edges(self, edges: Edges) -> None:
        self._edges = edges
        self._framing.reshape(edges)

    def _note(self, at: float, holder: Holder, now: float) -> None:
        wanted = self._wanted
        view = None if wanted is None else wanted.view
        reason = "" if wanted is None else wanted.reason
        self._notes.quality.add(at, self._view, view, self._edges)
        decided = Decided(at, self._view, view, holder, reason, self._named.name, now)
        self._notes.journal.decided(decided)


def _speed(old: View, new: View, seconds: float) -> Speed:
    if seconds <= 0:
        return STILL
    return Speed(
        (new.center_x - old.center_x) / seconds,
        (new.center_y - old.center_y) / seconds,
        math.log2(new.zoom / old.zoom) / seconds,
    )
