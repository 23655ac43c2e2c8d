from math import hypot

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtualptz.tracking.game.motion import ACCELERATION, BODY, DT, JOLT, Body, step

places = st.tuples(st.floats(0, 28), st.floats(0, 15))
paces = st.floats(1, 7)


def _run(bodies: list[Body], seconds: float) -> None:
    for _ in range(round(seconds / DT)):
        step(bodies)


@given(places, places, paces)
def test_a_body_alone_gets_to_its_goal_and_stands_there(
    start: tuple[float, float], goal: tuple[float, float], pace: float
) -> None:
    body = Body(*start, goal=goal, pace=pace)
    _run([body], hypot(goal[0] - start[0], goal[1] - start[1]) / pace + 6)
    assert hypot(body.x - goal[0], body.y - goal[1]) < 0.05
    assert body.speed < 0.05


@given(places, places, paces)
def test_a_body_alone_never_exceeds_its_pace_nor_its_legs(
    start: tuple[float, float], goal: tuple[float, float], pace: float
) -> None:
    body = Body(*start, goal=goal, pace=pace)
    for _ in range(100):
        vx, vy = body.vx, body.vy
        step([body])
        assert body.speed <= pace + 1e-9
        assert hypot(body.vx - vx, body.vy - vy) <= ACCELERATION * DT + 1e-9


@settings(max_examples=40)
@given(st.floats(-0.6, 0.6), st.floats(1, 5), st.floats(1, 5))
def test_two_who_run_at_each_other_pass_and_arrive(offset: float, one: float, other: float) -> None:
    bodies = [Body(5, 7, goal=(20, 7), pace=one), Body(20, 7 + offset, goal=(5, 7 + offset), pace=other)]
    for _ in range(round(24 / DT)):
        before = [(body.vx, body.vy) for body in bodies]
        step(bodies)
        assert hypot(bodies[0].x - bodies[1].x, bodies[0].y - bodies[1].y) > BODY - 0.2
        for body, (vx, vy) in zip(bodies, before, strict=True):
            assert hypot(body.vx - vx, body.vy - vy) <= JOLT * DT + 1e-9
    assert all(hypot(body.x - body.goal[0], body.y - body.goal[1]) < 0.1 for body in bodies)


def test_a_wall_of_two_is_gone_around() -> None:
    wall = [Body(10, 6.6, goal=(10, 6.6)), Body(10, 7.4, goal=(10, 7.4))]
    runner = Body(5, 7, goal=(15, 7), pace=4)
    _run([runner, *wall], 12)
    assert hypot(runner.x - 15, runner.y - 7) < 0.1


@pytest.mark.parametrize("aside", [0.0, 0.01, -0.01])
def test_a_body_turns_to_where_it_runs(aside: float) -> None:
    body = Body(14, 7, goal=(34, 7), pace=5, facing_x=-1.0, facing_y=aside)
    _run([body], 2)
    assert body.facing_x > 0.99
    assert hypot(body.facing_x, body.facing_y) == pytest.approx(1)
