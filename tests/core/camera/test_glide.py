import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz.camera.glide import PEAK_ACCELERATION, PEAK_SPEED, Glide, Moving
from virtualptz.model import STILL, Edges, Speed, View

views = st.builds(View, st.floats(0.2, 0.8), st.floats(0.2, 0.8), st.floats(1, 4)).map(Edges().clamp)


def plan(start: View, speed: Speed, goal: View, begins: float, seconds: float) -> Glide:
    return Glide.plan(Moving(start, speed, begins), goal, seconds, "there", Edges())


def path(glide: Glide, fps: float = 120.0) -> list[View]:
    frames = math.ceil(glide.seconds * fps) + 1
    return [glide.at(glide.begins + number / fps) for number in range(frames)]


def test_it_arrives_when_it_was_asked_to_and_stands() -> None:
    start, goal = View(0.3, 0.4, 2.0), View(0.7, 0.5, 3.0)
    glide = plan(start, STILL, goal, 5.0, 2.0)
    assert glide.seconds == 2.0
    assert glide.at(5.0) == start
    assert glide.at(6.99) != goal
    arrived = glide.at(7.0)
    assert (arrived.center_x, arrived.center_y) == (goal.center_x, goal.center_y)
    assert arrived.zoom == pytest.approx(goal.zoom)
    assert glide.over(7.0)
    assert not glide.over(6.99)


def test_half_way_is_half_the_way() -> None:
    glide = plan(View(0.3, 0.5, 2.0), STILL, View(0.7, 0.5, 2.0), 0.0, 2.0)
    assert glide.at(1.0).center_x == pytest.approx(0.5)


def test_too_quick_takes_longer() -> None:
    glide = plan(View(0.25, 0.5, 2.0), STILL, View(0.75, 0.5, 2.0), 0.0, 0.0)
    xs = [view.center_x for view in path(glide)]
    speeds = [(later - earlier) * 120 for earlier, later in pairwise(xs)]
    pushes = [(later - earlier) * 120 for earlier, later in pairwise(speeds)]
    assert max(speeds) <= PEAK_SPEED * 1.01
    assert max(map(abs, pushes)) <= PEAK_ACCELERATION * 1.05


def test_it_leaves_with_the_speed_that_the_camera_has() -> None:
    glide = plan(View(0.4, 0.5, 2.0), Speed(x=0.2, y=-0.05, zoom=0.1), View(0.6, 0.5, 2.0), 0.0, 2.0)
    first, second = glide.at(0.0), glide.at(0.001)
    assert (second.center_x - first.center_x) * 1000 == pytest.approx(0.2, abs=0.01)
    assert (second.center_y - first.center_y) * 1000 == pytest.approx(-0.05, abs=0.01)
    assert math.log2(second.zoom / first.zoom) * 1000 == pytest.approx(0.1, abs=0.01)


@given(views, views, st.floats(0, 30), st.floats(-0.5, 0.5))
def test_it_stays_inside_and_ends_at_the_goal(start: View, goal: View, seconds: float, speed: float) -> None:
    glide = plan(start, Speed(x=speed), goal, 1.0, seconds)
    for view in path(glide, 10.0):
        assert Edges().clamp(view) == view
    last = glide.at(glide.begins + glide.seconds)
    assert last.center_x == pytest.approx(goal.center_x)
    assert last.zoom == pytest.approx(goal.zoom)
