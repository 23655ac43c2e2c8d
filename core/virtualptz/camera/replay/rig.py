"""The operator of a replay: the live one, with a clock that the log sets."""

from dataclasses import replace

from ...model import TrackingUpdate, View
from ..choice import policy_for
from ..decision_lines import ReshapeLine, RuleLine, Start, SteerLine
from ..operator import CameraOperator, NamedPolicy, Notes, OperatorSpec
from .entries import Command, LoggedUpdate
from .spec import BuildPolicy, ReplaySpec


class Rig:
    """Begins as the log's operator did, but for what the spec asks for."""

    def __init__(self, start: Start, spec: ReplaySpec, build: BuildPolicy, notes: Notes) -> None:
        self._start, self._spec, self._build = start, spec, build
        self._now = 0.0
        asked = spec.choice.lookahead
        self.lookahead = start.lookahead_seconds if asked is None else asked
        self._asked_policy = spec.choice.policy or start.policy
        self.named = self._policy()
        self.framing = spec.framed(start.framing)
        self._operator = CameraOperator(self.named, self._operator_spec(), notes, clock=lambda: self._now)
        self._begin()

    @property
    def problem(self) -> str | None:
        return self._operator.report.problem

    def track(self, update: LoggedUpdate) -> None:
        arrived = update.at + self._spec.latency if update.arrived is None else update.arrived
        self._operator.track(self._pinned(update.parse()), arrived)

    def obey(self, command: Command, clock: float) -> None:
        """`clock`: in seconds, of the same clock as all the others'."""
        self._now = clock
        match command:
            case SteerLine():
                self._steer(command)
            case RuleLine():
                self._rule(command)
            case ReshapeLine() if self._spec.shape is None:
                self._operator.reshape(command.crop, command.aspect)

    def show(self, at: float, clock: float) -> View:
        self._now = clock
        return self._operator.view_at(at)

    def options(self) -> dict[str, object]:
        """Those of the policy that are set."""
        logged = self._start.policy_options.get(policy_for(self._asked_policy, self.lookahead), {})
        kept = {name: value for name, value in logged.items() if name != "lookahead"}
        return {**kept, **self._spec.options}

    def _policy(self) -> NamedPolicy:
        name = policy_for(self._asked_policy, self.lookahead)
        return self._build(name, self.lookahead, self.options())

    def _operator_spec(self) -> OperatorSpec:
        start = self._start
        return OperatorSpec(
            rules=start.rules,
            view=self._zoomed(View(*start.view)),
            framing=self.framing,
            limits=start.limits,
            mode=start.mode if self._spec.steering else "auto",
            lookahead_seconds=self.lookahead,
        )

    def _begin(self) -> None:
        start, shape = self._start, self._spec.shape
        if shape is not None:
            self._operator.reshape(shape.crop, shape.aspect)
        elif start.shape is not None and start.aspect is not None:
            line = ReshapeLine(at=start.at, shape=start.shape, aspect=start.aspect)
            self._operator.reshape(line.crop, line.aspect)

    def _steer(self, line: SteerLine) -> None:
        if not self._spec.steering:
            return
        view = self._zoomed(View(*line.view))
        if line.glide_seconds is None:
            self._operator.steer(view)
        else:
            self._operator.recall(view, line.glide_seconds, line.name)

    def _rule(self, line: RuleLine) -> None:
        choice, before = self._spec.choice, self.lookahead
        if choice.lookahead is None and line.lookahead_seconds is not None:
            self.lookahead = line.lookahead_seconds
        if choice.policy:
            rebuilt = self.lookahead != before
        else:
            rebuilt = line.policy is not None
            self._asked_policy = line.policy or self._asked_policy
        if rebuilt:
            self.named = self._policy()
        self._operator.rule(
            mode=line.mode if self._spec.steering else None,
            policy=self.named if rebuilt else None,
            lookahead_seconds=self.lookahead if line.lookahead_seconds is not None else None,
            limits=line.limits,
        )

    def _zoomed(self, view: View) -> View:
        zoom = self._spec.fixed_zoom
        return view if zoom is None else replace(view, zoom=zoom)

    def _pinned(self, update: TrackingUpdate) -> TrackingUpdate:
        """Where the detector wishes a zoom, it gets the one that is fixed."""
        zoom = self._spec.fixed_zoom
        if zoom is None or update.target_zoom is None:
            return update
        return update.model_copy(update={"target_zoom": zoom})
