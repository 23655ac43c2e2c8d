"""How the camera works: the policy and the look-ahead that were asked for, and those in force."""

import logging
import threading
from collections.abc import Callable

from ...camera.journal import Journal
from ...camera.operator import CameraOperator, NamedPolicy, Notes, OperatorSpec
from ...errors import VirtualPtzError
from ...model import CameraReport, JobSpec, View
from ...protocols import Picture
from ..messages import Rule, Ruled
from .feed import Feed
from .lookahead import Lookahead

log = logging.getLogger(__name__)

Policies = Callable[[str, float], NamedPolicy]
"""Builds the policy that was asked for by name, for a look-ahead in seconds; or VirtualPtzError."""


MORE_THAN_SAID = 1.05
"""By this factor may the time stamps of a source differ from its rate."""


class Rulebook:
    """Keeps operator and delay buffer of one mind. Any thread may call it."""

    def __init__(self, spec: JobSpec, policies: Policies, feed: Feed, room: int, journal: Journal) -> None:
        self._policies = policies
        self._feed = feed
        self._policy = spec.smoothing_policy
        self._lookahead = Lookahead(spec.lookahead_seconds, room)
        self._in_force = spec.lookahead_seconds
        self._measure = (0, 0, 0.0)
        self._lock = threading.Lock()
        self.operator = CameraOperator(
            policies(spec.smoothing_policy, spec.lookahead_seconds), _operator_spec(spec), Notes(journal)
        )

    @property
    def report(self) -> CameraReport:
        """The operator's, with what went wrong here."""
        report, short = self.operator.report, self._lookahead.problem
        problems = [problem for problem in (report.problem, short) if problem]
        return report.model_copy(update={"problem": "; ".join(problems) or None})

    def rule(self, rule: Rule) -> Ruled:
        """New rules for the camera; where one cannot be kept, none is changed."""
        with self._lock:
            before = self._policy, self._lookahead.asked
            self._policy = rule.policy or self._policy
            if rule.lookahead_seconds is not None:
                self._lookahead.asked = rule.lookahead_seconds
            try:
                changed = before != (self._policy, self._lookahead.asked)
                policy = self._policies(self._policy, self._lookahead.seconds) if changed else None
            except VirtualPtzError as error:
                self._policy, self._lookahead.asked = before
                return Ruled(id=rule.id, camera=self.report, error=str(error))
            self._apply(rule, policy)
        return Ruled(id=rule.id, camera=self.report)

    def fit(self, picture: Picture, rate: float) -> None:
        """A picture is to be held, one of `rate` a second: as much look-ahead as memory has room for.

        A source that sends more pictures than it says is found out when there is no room for them.
        """
        found = self._feed.crowded_rate
        measure = picture.width, picture.height, found if found > MORE_THAN_SAID * rate else rate
        if measure == self._measure:
            return
        with self._lock:
            self._measure = measure
            self._lookahead.measure(picture.nbytes, measure[2])
            if self._lookahead.seconds == self._in_force:
                return
            if self._lookahead.problem:
                log.warning(self._lookahead.problem)
            self._apply(Rule(id=0), self._rebuilt())

    def _rebuilt(self) -> NamedPolicy | None:
        """The policy for the look-ahead in force; None where it cannot be had: the old one then goes on."""
        try:
            return self._policies(self._policy, self._lookahead.seconds)
        except VirtualPtzError as error:
            log.error("the policy goes on as before: %s", error)  # noqa: TRY400  # a message for people
            return None

    def _apply(self, rule: Rule, policy: NamedPolicy | None) -> None:
        seconds = self._lookahead.seconds
        new = None if seconds == self._in_force else seconds
        self._in_force = seconds
        self.operator.rule(mode=rule.mode, policy=policy, lookahead_seconds=new, limits=rule.limits)
        if new is not None:
            self._feed.look_ahead(new)


def _operator_spec(spec: JobSpec) -> OperatorSpec:
    return OperatorSpec(
        rules=spec.ptz,
        view=View(*spec.initial_view),
        framing=spec.framing,
        limits=spec.limits,
        mode=spec.camera_mode,
        lookahead_seconds=spec.lookahead_seconds,
    )
