from itertools import combinations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from virtualptz.tracking.game.floor import ENDS, LENGTH, WIDTH, End, distance
from virtualptz.tracking.game.spots import TEAM, formation, pair_up, shape, team

seeds = st.integers(0, 1 << 32)


@given(seeds, st.integers(0, 10_000))
def test_a_formation_is_pure_and_nobody_stands_on_another(seed: int, index: int) -> None:
    made = formation(seed, index)
    assert made == formation(seed, index)
    assert min(distance(a, b) for a, b in combinations(made.places, 2)) > 0.9


@given(seeds, st.integers(0, 10_000))
def test_the_ball_comes_in_from_outside_by_the_team_that_attacks(seed: int, index: int) -> None:
    made = formation(seed, index)
    assert made.thrower in team(made.attacking)
    assert not 0.3 < made.places[made.thrower][1] < WIDTH - 0.3


@given(seeds, st.sampled_from(ENDS))
def test_a_shape_is_in_the_half_that_is_attacked(seed: int, end: End) -> None:
    places = shape(Random(seed), end)
    assert len(places) == TEAM
    assert all(0 < y < WIDTH and 0 < end.depth(x) < LENGTH / 2 for x, y in places)


@given(st.lists(st.tuples(st.floats(0, 28), st.floats(0, 15)), min_size=10, max_size=10))
def test_everybody_marks_exactly_one(places: list[tuple[float, float]]) -> None:
    numbered = list(enumerate(places))
    marks = pair_up(numbered[:TEAM], numbered[TEAM:])
    assert sorted(marks) == list(range(TEAM))
    assert sorted(marks.values()) == list(range(TEAM, 2 * TEAM))
