import numpy as np
import pytest

from virtualptz.camera.policies.horizon import Array, horizon
from virtualptz.camera.policies.planner import ZOOM, AxisLimits, Planner, X, Y
from virtualptz.camera.policies.qp import QuadraticProgram
from virtualptz.model import Edges

GRID = horizon(3e-3)
N = GRID.pieces
ANY = AxisLimits(3e-3, 9.0, 99.0)
FREE = np.zeros(3, dtype=bool)
PLACE = np.array([0.5, 0.5, 1.0])


def at_rest(place: Array = PLACE) -> Array:
    return np.stack([place, np.zeros(3), np.zeros(3)])


def places(jerks: Array, state: Array) -> Array:
    return np.asarray((GRID.free @ state + GRID.forced @ jerks)[:N])


def steps(**wanted: float) -> Array:
    """What is wanted at all probes, by axis."""
    return np.tile(
        [wanted.get(name, at) for name, at in zip(("x", "y", "z"), PLACE, strict=True)], (len(GRID.probes), 1)
    )


def test_the_path_of_the_matrices_is_the_path_of_the_integrator() -> None:
    jerks = np.random.default_rng(1).normal(size=(N, 3))
    state = np.random.default_rng(2).normal(size=(3, 3))
    path = (GRID.free @ state + GRID.forced @ jerks).reshape(3, N, 3)
    for knot in (0, 5, N - 1):
        after = GRID.after(state, jerks, float(GRID.knots[knot + 1]))
        assert after == pytest.approx(path[:, knot], rel=1e-9, abs=1e-9)


def test_where_nothing_limits_it_the_fixed_gain_is_the_solution_of_the_program() -> None:
    planner = Planner(GRID, ANY, ANY)
    wanted = PLACE + 0.05 * np.sin(GRID.probes)[:, None] * [1.0, 0.5, 2.0]
    jerks = planner.jerks(at_rest(), wanted, FREE, Edges())
    program = QuadraticProgram(GRID.hessian(3e-3), GRID.forced)
    wide = np.full(3 * N, 1e6)
    for axis in (X, Y, ZOOM):
        linear = -(GRID.pull @ (wanted[:, axis] - PLACE[axis]))
        assert program.solve(linear, -wide, wide) == pytest.approx(jerks[:, axis], abs=1e-6)


def test_a_solution_does_not_depend_on_the_ones_before() -> None:
    rng = np.random.default_rng(3)
    program = QuadraticProgram(GRID.hessian(3e-3), GRID.forced)
    questions = [rng.normal(size=N) for _ in range(5)]
    bounds = np.full(3 * N, 0.3)
    answers = [program.solve(each, -bounds, bounds) for each in questions]
    again = [program.solve(each, -bounds, bounds) for each in reversed(questions)]
    assert all(np.array_equal(a, b) for a, b in zip(answers, reversed(again), strict=True))


def test_no_limit_is_passed_where_all_can_be_kept() -> None:
    limits = AxisLimits(3e-3, 0.2, 0.5)
    jerks = Planner(GRID, limits, limits).jerks(at_rest(), steps(x=0.7, y=0.3, z=1.6), FREE, Edges())
    path = (GRID.free @ at_rest() + GRID.forced @ jerks).reshape(3, N, 3)
    assert np.abs(path[1]).max() <= 0.2 + 1e-4
    assert np.abs(path[2]).max() <= 0.5 + 1e-4
    assert np.abs(path[1]).max() > 0.19


def test_x_and_y_stay_where_the_planned_zoom_lets_them() -> None:
    state = at_rest(np.array([0.85, 0.2, 2.0]))
    wanted = steps(x=0.5, y=0.5, z=0.3)
    path = places(Planner(GRID, ANY, ANY).jerks(state, wanted, FREE, Edges()), state)
    for x, y, octaves in path:
        zoom = 2 ** float(octaves)
        low, high = Edges().across(zoom)
        assert low - 1e-4 <= x <= high + 1e-4
        low, high = Edges().down(zoom)
        assert low - 1e-4 <= y <= high + 1e-4


def test_what_cannot_be_kept_gives_way() -> None:
    state = at_rest(np.array([0.9, 0.5, 1.0]))
    jerks = Planner(GRID, AxisLimits(3e-3, 0.5, 0.5), ANY).jerks(state, steps(), FREE, Edges())
    path = places(jerks, state)
    assert np.isfinite(path).all()
    assert path[-1, X] < 0.76


@pytest.mark.parametrize(("settled", "most"), [(True, 0.7 + 1e-4), (False, 0.75)])
def test_only_an_axis_that_is_settled_does_not_swing_past(settled: bool, most: float) -> None:
    flags = np.array([settled, False, False])
    path = places(Planner(GRID, ANY, ANY).jerks(at_rest(), steps(x=0.7), flags, Edges()), at_rest())
    assert path[:, X].max() <= most
    assert (path[:, X].max() > 0.705) is not settled


def test_a_heavier_jerk_takes_longer() -> None:
    assert horizon(3.0).knots[-1] > 3 * horizon(3e-3).knots[-1]
