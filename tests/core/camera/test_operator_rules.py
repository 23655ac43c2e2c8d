"""What people may tell the operator: presets, modes, policies, limits."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtualptz.camera.journal import Decided, NoJournal, Ruled, Steered
from virtualptz.camera.operator import CameraOperator, NamedPolicy, Notes, OperatorSpec
from virtualptz.camera.policies.deadband import Deadband, DeadbandOptions
from virtualptz.camera.policies.spring import Spring, SpringOptions
from virtualptz.model import (
    STILL,
    CropShape,
    Edges,
    LimitBox,
    PtzRules,
    Sample,
    Speed,
    TrackingUpdate,
    View,
)

FPS = 30
JUMPS = NamedPolicy("jumps", Deadband(DeadbandOptions(interval=0, min_delta_xy=0, min_delta_zoom=0)))


@dataclass
class Kept(NoJournal):
    seen: list[Decided] = field(default_factory=list)
    commands: list[Steered | Ruled] = field(default_factory=list)

    def decided(self, decided: Decided) -> None:
        self.seen.append(decided)

    def steered(self, steered: Steered) -> None:
        self.commands.append(steered)

    def ruled(self, ruled: Ruled) -> None:
        self.commands.append(ruled)


class Film:
    """An operator whose clock is the time of its pictures."""

    def __init__(self, policy: NamedPolicy, spec: OperatorSpec) -> None:
        self.at = 0.0
        self.journal = Kept()
        self.operator = CameraOperator(policy, spec, Notes(self.journal), clock=lambda: self.at)
        self.operator.reshape(CropShape(), 16 / 9)
        self.views = [self.operator.view_at(0.0)]

    def roll(self, seconds: float, before: Callable[[float], None] = lambda at: None) -> None:
        for _ in range(round(seconds * FPS)):
            self.at += 1 / FPS
            before(self.at)
            self.views.append(self.operator.view_at(self.at))

    @property
    def pushes(self) -> list[float]:
        """Changes of speed, widths a second squared."""
        speeds = [(b.center_x - a.center_x) * FPS for a, b in pairwise(self.views)]
        return [(b - a) * FPS for a, b in pairwise(speeds)]


def target(x: float, at: float, zoom: float = 2.0) -> TrackingUpdate:
    fields = {"target_x": x, "target_y": 0.5, "target_zoom": zoom, "frame_pts": at}
    return TrackingUpdate.model_validate({"tracking_confidence": 0.9, "tracking_state": "stable", **fields})


def film(policy: NamedPolicy | None = None, **spec: object) -> Film:
    # A policy keeps state: each film gets its own.
    return Film(policy or NamedPolicy("spring", Spring(SpringOptions())), OperatorSpec(**spec))  # type: ignore[arg-type]


def test_a_preset_is_reached_in_its_time_and_says_so() -> None:
    shot = film(JUMPS, view=View(0.3, 0.5, 2.0))
    assert shot.operator.recall(View(0.6, 0.5, 3.0), 2.0, "basket") == 2.0
    shot.roll(1.9)
    assert shot.operator.view_at(shot.at) != View(0.6, 0.5, 3.0)
    report = shot.operator.report
    assert (report.holder, report.reason, report.wanted) == ("manual", "preset basket", View(0.6, 0.5, 3.0))
    shot.roll(0.2)
    assert shot.views[-1].center_x == pytest.approx(0.6)
    assert shot.views[-1].zoom == pytest.approx(3.0)
    assert max(map(abs, shot.pushes)) < 1.0


def test_after_a_preset_the_takeover_runs_out_and_tracking_goes_on_without_a_jump() -> None:
    shot = film(view=View(0.3, 0.5, 2.0), rules=PtzRules(takeover_seconds=2.0))

    def tracked(at: float) -> None:
        shot.operator.track(target(0.3, at), arrived=at)

    shot.roll(1.0, tracked)
    shot.operator.recall(View(0.7, 0.5, 2.0), 1.5, "far")
    shot.roll(3.4, tracked)
    assert shot.operator.report.reason == "preset far"
    assert shot.views[-1].center_x == pytest.approx(0.7, abs=1e-3)
    shot.roll(6.0, tracked)
    assert shot.operator.report.holder == "auto"
    assert shot.views[-1].center_x == pytest.approx(0.3, abs=0.01)
    assert max(map(abs, shot.pushes)) <= 2.5


def test_a_target_in_mid_glide_wins_at_once() -> None:
    shot = film(view=View(0.3, 0.5, 2.0))
    shot.operator.recall(View(0.7, 0.5, 2.0), 4.0, "far")
    shot.roll(2.0)
    assert shot.operator.steer(View(0.3, 0.5, 2.0)).applied
    shot.roll(6.0)
    assert shot.views[-1].center_x == pytest.approx(0.3, abs=0.01)
    assert max(map(abs, shot.pushes)) <= 1.0


def test_manual_mode_keeps_the_tracking_out_for_good() -> None:
    shot = film(view=View(0.4, 0.5, 2.0))
    shot.operator.rule(mode="manual")
    shot.roll(2.0, lambda at: shot.operator.track(target(0.7, at), arrived=at))
    assert shot.views[-1] == View(0.4, 0.5, 2.0)
    shot.operator.steer(View(0.5, 0.5, 2.0))
    shot.roll(30.0, lambda at: shot.operator.track(target(0.7, at), arrived=at))
    assert shot.views[-1].center_x == pytest.approx(0.5, abs=0.01)
    assert shot.operator.report.holder == "manual"
    assert shot.operator.report.takeover_seconds_left is None


def test_automatic_mode_ends_a_takeover_at_once() -> None:
    shot = film(view=View(0.4, 0.5, 2.0))
    shot.operator.track(target(0.7, 0.0), arrived=0.0)
    shot.operator.steer(View(0.3, 0.5, 2.0))
    assert shot.operator.report.takeover_seconds_left == pytest.approx(10.0)
    shot.operator.rule(mode="auto")
    assert shot.operator.report.holder == "auto"
    assert isinstance(shot.journal.commands[-1], Ruled)


def test_limits_hold_whoever_steers() -> None:
    box = LimitBox(left=0.2, top=0.1, right=0.8, bottom=0.9)
    shot = film(limits=box)
    edges = Edges(CropShape(), box)
    shot.operator.steer(View(0.0, 0.0, 1.0))
    shot.roll(5.0, lambda at: shot.operator.track(target(1.0, at), arrived=at))
    shot.operator.recall(View(1.0, 1.0, 4.0), 1.0, "corner")
    shot.roll(20.0, lambda at: shot.operator.track(target(1.0, at), arrived=at))
    assert all(edges.clamp(view) == view for view in shot.views)
    assert shot.operator.report.limits == box


@pytest.mark.parametrize("who", ["manual", "auto", "nobody"])
def test_a_camera_outside_of_new_limits_eases_in_whoever_holds_it(who: str) -> None:
    shot = film(view=View(0.3, 0.5, 2.0))
    if who == "manual":
        shot.operator.steer(View(0.35, 0.5, 2.0))
    follow = target(0.35, 0.0)
    shot.roll(0.5, lambda at: shot.operator.track(follow, arrived=at) if who == "auto" else None)
    limits = LimitBox(left=0.4, right=1.0)
    shot.operator.rule(limits=limits)
    shot.roll(1 / FPS)
    assert shot.operator.report.reason == "limits"
    shot.operator.steer(View(0.2, 0.5, 2.0))
    shot.roll(4.0)
    assert Edges(CropShape(), limits).clamp(shot.views[-1]) == shot.views[-1]
    assert shot.views[-1].center_x == pytest.approx(0.65, abs=0.01)
    assert max(map(abs, shot.pushes)) <= 2.6


def test_a_preset_from_outside_of_new_limits_is_one_move() -> None:
    shot = film(view=View(0.3, 0.5, 2.0))
    shot.roll(0.5)
    shot.operator.rule(limits=LimitBox(left=0.4))
    shot.roll(0.2)
    shot.operator.recall(View(0.7, 0.5, 2.0), 2.0, "far")
    shot.roll(2.2)
    assert shot.views[-1].center_x == pytest.approx(0.7, abs=1e-3)
    assert max(map(abs, shot.pushes)) <= 2.6


def test_another_policy_goes_on_with_the_speed_of_the_last() -> None:
    shot = film(view=View(0.3, 0.5, 2.0))
    shot.operator.steer(View(0.7, 0.5, 2.0))
    shot.roll(0.8)
    shot.operator.rule(policy=NamedPolicy("spring2", Spring(SpringOptions())))
    shot.roll(6.0)
    assert shot.operator.report.policy == "spring2"
    assert shot.views[-1].center_x == pytest.approx(0.7, abs=0.01)
    assert max(map(abs, shot.pushes)) <= SpringOptions().max_acceleration * 1.05


class Broken:
    lookahead = 0.0

    def __init__(self, view: View | None) -> None:
        self.view = view

    def reset(self, view: View, at: float, speed: Speed = STILL) -> None: ...

    def step(self, at: float, wanted: Sequence[Sample], edges: Edges) -> View:
        if self.view is None:
            raise ZeroDivisionError("a bug")
        return self.view


@pytest.mark.parametrize(
    ("view", "words"), [(None, "raised an error"), (View(math.nan, 0.5, 1.0), "gave View")]
)
def test_a_policy_that_fails_does_not_take_the_camera_off_the_air(view: View | None, words: str) -> None:
    shot = film(NamedPolicy("broken", Broken(view)), view=View(0.3, 0.5, 2.0))
    shot.operator.steer(View(0.7, 0.5, 2.0))
    shot.roll(6.0)
    report = shot.operator.report
    assert report.policy == "spring"
    assert report.problem is not None
    assert words in report.problem
    assert shot.views[-1].center_x == pytest.approx(0.7, abs=0.01)
    shot.operator.rule(policy=JUMPS)
    assert shot.operator.report.problem is None, "it is gone with the policy that had it"


def test_an_update_without_a_time_is_of_the_newest_picture() -> None:
    shot = film(JUMPS, view=View(0.4, 0.5, 2.0), lookahead_seconds=1.0)
    update = target(0.6, 0.0).model_copy(update={"frame_pts": None})
    shot.operator.track(update, arrived=1.0)
    shot.roll(0.9)
    assert shot.views[-1].center_x == 0.4
    shot.roll(0.2)
    assert shot.views[-1].center_x == 0.6


def test_the_journal_has_a_line_a_picture() -> None:
    shot = film(view=View(0.4, 0.5, 2.0))
    shot.operator.steer(View(0.5, 0.5, 2.0))
    shot.roll(1.0)
    assert [decided.view for decided in shot.journal.seen] == shot.views
    last = shot.journal.seen[-1]
    assert (last.holder, last.reason, last.policy) == ("manual", "manual", "spring")
    assert last.wanted == View(0.5, 0.5, 2.0)


commands = st.one_of(
    st.tuples(st.just("steer"), st.floats(0, 1), st.floats(1, 4)),
    st.tuples(st.just("recall"), st.floats(0, 1), st.floats(1, 4)),
    st.tuples(st.just("mode"), st.sampled_from(["auto", "manual"]), st.none()),
    st.tuples(st.just("track"), st.floats(0, 1), st.floats(1, 4)),
    st.tuples(st.just("roll"), st.floats(0.05, 3), st.none()),
)


@settings(max_examples=60)
@given(st.lists(commands, max_size=25))
def test_whatever_is_commanded_the_camera_moves_within_its_limits(
    steps: list[tuple[str, object, object]],
) -> None:
    shot = film(view=View(0.5, 0.5, 4.0), rules=PtzRules(takeover_seconds=1.0))
    for name, value, zoom in steps:
        match name, value, zoom:
            case "steer", float(x), float(zoom):
                shot.operator.steer(View(x, 0.5, zoom))
            case "recall", float(x), float(zoom):
                shot.operator.recall(View(x, 0.5, zoom), 1.0, "p")
            case "mode", ("auto" | "manual") as mode, _:
                shot.operator.rule(mode=mode)
            case "track", float(x), float(zoom):
                shot.operator.track(target(x, shot.at, zoom), arrived=shot.at)
            case "roll", float(seconds), _:
                shot.roll(seconds)
    shot.roll(0.2)
    assert all(Edges().clamp(view) == view for view in shot.views)
    speeds = [(b.center_x - a.center_x) * FPS for a, b in pairwise(shot.views)]
    assert max(map(abs, speeds), default=0.0) <= 1.6
