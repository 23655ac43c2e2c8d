import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtualptz.camera.policies.deadband import Deadband, DeadbandOptions
from virtualptz.camera.policies.spring import Spring, SpringOptions
from virtualptz.model import CropShape, Edges, Sample, View

views = st.builds(View, st.floats(0, 1), st.floats(0, 1), st.floats(1, 4))
LIMITS = SpringOptions()
ANYWHERE = Edges(CropShape(0, 0))
"""No edges: what the policy draws by itself."""


def spring_path(goals: list[tuple[float, View]], seconds: float, fps: float) -> list[View]:
    """Goals from their times on; the first one is where the camera stands."""
    policy = Spring(LIMITS)
    policy.reset(goals[0][1], 0.0)
    path = []
    for number in range(round(seconds * fps) + 1):
        at = number / fps
        path.append(policy.step(at, [Sample(t, view) for t, view in goals if t <= at + 1e-9], ANYWHERE))
    return path


def test_spring_settles_on_a_step_without_overshoot() -> None:
    path = spring_path([(0, View(0.2, 0.3, 1)), (0.1, View(0.8, 0.6, 3))], 6, 30)
    xs = [view.center_x for view in path]
    assert all(later >= earlier - 1e-12 for earlier, later in pairwise(xs))
    assert max(xs) <= 0.8 + 1e-3
    assert path[-1].center_x == pytest.approx(0.8, abs=1e-3)
    assert path[-1].center_y == pytest.approx(0.6, abs=1e-3)
    assert path[-1].zoom == pytest.approx(3, abs=1e-2)


def test_spring_moves_at_the_first_picture_after_the_wish() -> None:
    path = spring_path([(0, View(0.2)), (0.1, View(0.8))], 0.2, 30)
    assert path[3].center_x > 0.2


def test_spring_cruises_at_its_speed_limit_evenly() -> None:
    policy = Spring(SpringOptions(max_speed=0.01))
    policy.reset(View(0.2), 0.0)
    xs = [policy.step(number / 30, [Sample(0, View(0.8))], ANYWHERE).center_x for number in range(120)]
    steps = [later - earlier for earlier, later in pairwise(xs)][60:]
    assert steps == pytest.approx([0.01 / 30] * len(steps), abs=1e-7)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 3), views), min_size=1, max_size=8))
def test_spring_keeps_its_limits_whatever_is_wanted(wishes: list[tuple[float, View]]) -> None:
    goals = [(0.0, View()), *sorted(wishes, key=lambda wish: wish[0])]
    path = spring_path(goals, 6, 60)
    for pick, speed_limit, push_limit in (
        (lambda view: view.center_x, LIMITS.max_speed, LIMITS.max_acceleration),
        (lambda view: view.center_y, LIMITS.max_speed, LIMITS.max_acceleration),
        (lambda view: math.log2(view.zoom), LIMITS.max_zoom_speed, LIMITS.max_zoom_acceleration),
    ):
        speeds = [(pick(later) - pick(earlier)) * 60 for earlier, later in pairwise(path)]
        pushes = [(later - earlier) * 60 for earlier, later in pairwise(speeds)]
        assert max(map(abs, speeds)) <= speed_limit * 1.0001
        assert max(map(abs, pushes)) <= push_limit * 1.05


@settings(max_examples=30)
@given(views, views)
def test_spring_draws_the_same_path_at_30_and_60_frames(start: View, goal: View) -> None:
    goals = [(0.0, start), (0.0, goal)]
    slow, fast = spring_path(goals, 4, 30), spring_path(goals, 4, 60)[::2]
    assert [view.center_x for view in slow] == pytest.approx([view.center_x for view in fast], abs=1e-6)
    assert [view.zoom for view in slow] == pytest.approx([view.zoom for view in fast], abs=1e-5)


def test_spring_survives_a_long_silence() -> None:
    policy = Spring(LIMITS)
    policy.reset(View(0.2), 0.0)
    policy.step(0.1, [Sample(0, View(0.8))], ANYWHERE)
    assert policy.step(3600.0, [Sample(0, View(0.8))], ANYWHERE).center_x == pytest.approx(0.8, abs=1e-3)


def test_deadband_jumps_once_an_interval_and_ignores_small_wishes() -> None:
    policy = Deadband(DeadbandOptions())
    policy.reset(View(0.5), 0.0)
    assert policy.step(0.1, [Sample(0.1, View(0.504))], ANYWHERE) == View(0.5)
    assert policy.step(0.2, [Sample(0.2, View(0.6))], ANYWHERE) == View(0.6)
    assert policy.step(0.3, [Sample(0.3, View(0.7))], ANYWHERE) == View(0.6)
    assert policy.step(0.56, [Sample(0.3, View(0.7))], ANYWHERE) == View(0.7)


def test_no_wish_means_stay() -> None:
    for policy in (Spring(LIMITS), Deadband(DeadbandOptions())):
        policy.reset(View(0.4, 0.4, 2), 0.0)
        assert policy.step(1.0, [], ANYWHERE) == View(0.4, 0.4, 2)
