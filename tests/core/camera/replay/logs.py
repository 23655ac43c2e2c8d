"""Logs to play: a match as a detector tells it, and a job's own."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from virtualptz.camera.decision_lines import Start
from virtualptz.camera.decision_log import DecisionLog, LogSize
from virtualptz.camera.journal import Decided, Journal
from virtualptz.camera.operator import CameraOperator, NamedPolicy, Notes, OperatorSpec
from virtualptz.camera.replay.entries import Log
from virtualptz.camera.replay.log import read_log
from virtualptz.camera.replay.run import Replay, replay
from virtualptz.camera.replay.spec import ReplaySpec
from virtualptz.model import CropShape, LimitBox, PtzRules, Target, TrackingUpdate, View
from virtualptz.plugins import PluginHost

BASE = Start(policy="spring", lookahead_seconds=1.0)
ROOMY = LogSize()
RULES = PtzRules(takeover_seconds=1.0)


@cache
def host() -> PluginHost:
    return PluginHost.load()


def build(name: str, lookahead: float, options: Mapping[str, Any]) -> NamedPolicy:
    return NamedPolicy(name, host().smoothing_policy(name, lookahead=lookahead, **options))


def play(log: Log, spec: ReplaySpec, base: Start = BASE) -> Replay:
    return replay(log, spec, base, build)


def views(pictures: list[Decided]) -> list[tuple[float, View, str]]:
    return [(picture.at, picture.view, picture.reason) for picture in pictures]


def seen(at: float) -> dict[str, Any]:
    """What a detector tells of a play that runs to and fro."""
    x = 0.5 + 0.3 * abs((at / 4) % 2 - 1)
    players = [
        {"x": x + dx, "y": 0.5 + dy, "confidence": 0.9, "cls": "player", "w": 0.02, "h": 0.1}
        for dx, dy in ((-0.1, 0.1), (-0.03, -0.1), (0.04, 0.12), (0.1, -0.05))
    ]
    ball = {"x": x + 0.02, "y": 0.45, "confidence": 0.7, "cls": "ball"}
    return {"frame_pts": at, "tracking_confidence": 0.9, "targets": [*players, ball]}


def foreign(path: Path, seconds: float = 8.0, rate: float = 10.0) -> Path:
    """A log as somebody else writes it."""
    numbers = range(round(seconds * rate) + 1)
    path.write_text("".join(json.dumps(seen(number / rate)) + "\n" for number in numbers))
    return path


def update(at: float) -> TrackingUpdate:
    fields = seen(at)
    targets = tuple(Target.model_validate(each) for each in fields.pop("targets"))
    return TrackingUpdate(**fields, targets=targets)


class Both:
    """A journal that tells two."""

    def __init__(self, one: Journal, other: Journal) -> None:
        self._journals = (one, other)

    def __getattr__(self, name: str) -> Callable[..., None]:
        def tell(*arguments: Any) -> None:
            for journal in self._journals:
                getattr(journal, name)(*arguments)

        return tell


class Live:
    """An operator as a job has it, with its log; the clock is the job's own business."""

    def __init__(
        self,
        path: Path,
        kept: Journal,
        size: LogSize = ROOMY,
        policy: str = "spring",
        lookahead: float = 0.5,
    ) -> None:
        self.lookahead, self.policy, self.now = lookahead, policy, 5000.0
        start = Start(job_id="ing_1", policy=policy, lookahead_seconds=lookahead, rules=RULES)
        self._log = DecisionLog(path, start, size)
        self._log.start()
        spec = OperatorSpec(rules=RULES, lookahead_seconds=self.lookahead)
        notes = Notes(Both(self._log, kept))
        self.operator = CameraOperator(
            build(self.policy, self.lookahead, {}), spec, notes, clock=lambda: self.now
        )

    def rule(self, *, policy: str | None = None, lookahead: float | None = None, **others: Any) -> None:
        """As a job does it: the policy is built anew where it or the look-ahead is new."""
        self.policy, before = policy or self.policy, (self.policy, self.lookahead)
        self.lookahead = self.lookahead if lookahead is None else lookahead
        changed = (self.policy, self.lookahead) != before
        named = build(self.policy, self.lookahead, {}) if changed else None
        self.operator.rule(policy=named, lookahead_seconds=lookahead, **others)

    def close(self) -> None:
        self._log.close()


def pictures(seconds: float) -> Iterator[float]:
    """Times that jitter, and are no round numbers."""
    number = 0
    while (at := number / 29.97 + 0.003 * ((number * 7) % 5 - 2) / 3 + 0.01) < seconds:
        yield at
        number += 1


def live_match(path: Path, kept: Journal, size: LogSize = ROOMY, other: str = "lookahead") -> None:
    """All that may happen to an operator, in a few seconds; `other`: a policy besides spring."""
    live = Live(path, kept, size)
    operator, lookahead = live.operator, live.lookahead
    happens: dict[int, Callable[[], object]] = {
        0: lambda: operator.reshape(CropShape(0.9, 1.0), 16 / 9 / 0.9),
        40: lambda: operator.steer(View(0.3, 0.5, 2.0)),
        44: lambda: operator.steer(View(0.4, 0.4, 2.5)),
        100: lambda: operator.recall(View(0.7, 0.5, 1.5), 0.7, "bench"),
        150: lambda: operator.reshape(CropShape(1.0, 0.8), 16 / 9 * 0.8),
        170: lambda: live.rule(policy=other),
        200: lambda: live.rule(lookahead=0.25),
        230: lambda: live.rule(limits=LimitBox(left=0.2, right=0.9)),
        260: lambda: operator.steer(View(0.3, 0.5, 3.0)),
        275: lambda: live.rule(mode="manual"),
        300: lambda: live.rule(mode="auto", policy="spring"),
    }
    sent = 0
    for number, at in enumerate(pictures(12.0)):
        live.now += 1 / 30 + 0.002 * (number % 3 - 1)
        happens.get(number, lambda: None)()
        while sent / 9.7 + 0.08 * (sent % 4) <= at + lookahead:
            # Every third of them comes late, every seventh says not when.
            told = update(sent / 9.7)
            if sent % 7 == 0:
                told = told.model_copy(update={"frame_pts": None})
            operator.track(told, at + lookahead - 0.013 * (sent % 3))
            sent += 1
        operator.view_at(at)
    live.close()


def read(path: Path) -> Log:
    log = read_log(path)
    assert log.problems == []
    return log
