import hashlib
import subprocess
import sys
from itertools import combinations, pairwise
from math import hypot

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtualptz.tracking.game.ball import hands
from virtualptz.tracking.game.floor import HOOP_HEIGHT, LENGTH, WIDTH
from virtualptz.tracking.game.passage import SECONDS
from virtualptz.tracking.play import Moment, Play

seeds = st.integers(0, 3)
"""Few, so that their passages are computed once."""
times = st.floats(0, 4 * SECONDS - 1)
PLAYS = {seed: Play(seed) for seed in range(4)}
STEP = 0.04
SPEED_LIMIT = 8.0
ACCELERATION_LIMIT = 12.0
BODY_WIDTH = 0.45
FASTEST_BALL = 22.0


def _apart(a: Moment, b: Moment) -> list[float]:
    return [hypot(p.x - q.x, p.y - q.y) for p, q in zip(a.players, b.players, strict=True)]


@given(seeds, times)
def test_players_run_as_people_do(seed: int, at: float) -> None:
    before, now, after = (PLAYS[seed].at(at + STEP * number) for number in range(3))
    assert max(_apart(before, now)) <= SPEED_LIMIT * STEP
    for a, b, c in zip(before.players, now.players, after.players, strict=True):
        change = hypot(a.x - 2 * b.x + c.x, a.y - 2 * b.y + c.y) / STEP**2
        assert change <= ACCELERATION_LIMIT


@given(seeds, times)
def test_the_told_velocity_is_that_of_the_place(seed: int, at: float) -> None:
    before, now, after = (PLAYS[seed].at(at + 0.002 * number) for number in range(3))
    for a, b, c in zip(before.players, now.players, after.players, strict=True):
        assert (c.x - a.x) / 0.004 == pytest.approx(b.vx, abs=0.05)
        assert (c.y - a.y) / 0.004 == pytest.approx(b.vy, abs=0.05)


@given(seeds, times)
def test_nobody_stands_in_another(seed: int, at: float) -> None:
    players = PLAYS[seed].at(at).players
    assert min(hypot(a.x - b.x, a.y - b.y) for a, b in combinations(players, 2)) >= BODY_WIDTH


@given(seeds, times)
def test_everybody_stays_in_the_hall(seed: int, at: float) -> None:
    moment = PLAYS[seed].at(at)
    for player in moment.players:
        assert -3.0 <= player.x <= LENGTH + 3.0
        assert -3.0 <= player.y <= WIDTH + 3.0
    x, y, z = moment.ball
    assert -2.5 <= x <= LENGTH + 2.5
    assert -2.5 <= y <= WIDTH + 2.5
    assert 0.1 <= z <= 6.0


@given(seeds, times)
def test_the_ball_never_jumps(seed: int, at: float) -> None:
    before, now = PLAYS[seed].at(at).ball, PLAYS[seed].at(at + 0.01).ball
    assert hypot(*(b - a for a, b in zip(before, now, strict=True))) <= FASTEST_BALL * 0.01


@given(seeds, times)
def test_who_has_the_ball_has_it_in_his_hands(seed: int, at: float) -> None:
    moment = PLAYS[seed].at(at)
    if moment.holder is not None and not moment.in_air:
        assert moment.ball[:2] == hands(moment.players[moment.holder])


@given(seeds, st.integers(1, 3))
def test_passages_join_without_a_seam(seed: int, index: int) -> None:
    before, after = (PLAYS[seed].at(index * SECONDS + offset) for offset in (-1e-6, 1e-6))
    assert max(_apart(before, after)) < 1e-5
    assert hypot(*(b - a for a, b in zip(before.ball, after.ball, strict=True))) < 1e-4
    assert max(hypot(player.vx, player.vy) for player in after.players) < 0.01


@settings(max_examples=8)
@given(st.integers(0, 1 << 40), st.lists(st.floats(0, 300), min_size=1, max_size=3))
def test_any_order_of_asking_gives_the_same(seed: int, asked: list[float]) -> None:
    forward, backward = Play(seed), Play(seed)
    there = {at: forward.at(at) for at in sorted(asked)}
    assert {at: backward.at(at) for at in sorted(asked, reverse=True)} == there


DIGEST = """
import hashlib
from virtualptz.tracking.play import Play
play = Play(7)
print(hashlib.sha256(repr([play.at(k * 0.37) for k in range(400)]).encode()).hexdigest())
"""


def test_another_process_agrees_to_the_bit() -> None:
    play = Play(7)
    here = hashlib.sha256(repr([play.at(k * 0.37) for k in range(400)]).encode()).hexdigest()
    there = subprocess.run([sys.executable, "-c", DIGEST], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here


def test_two_seeds_are_two_matches() -> None:
    assert Play(1).at(30) != Play(2).at(30)


def test_before_the_start_is_the_start() -> None:
    assert Play(7).at(-5) == Play(7).at(0)


def test_hours_into_a_match_one_passage_is_computed_not_all() -> None:
    play = Play(7)
    assert play.at(20 * 3600.0 + 5).phase in (
        "set_offense",
        "transition",
        "deadball",
        "rebound",
        "free_throw",
    )
    assert len(play._passages) == 1


@pytest.fixture(scope="module")
def quarter() -> list[Moment]:
    """Ten minutes, five moments a second."""
    play = Play(7)
    return [play.at(number / 5) for number in range(3000)]


def test_a_quarter_has_all_that_a_game_has(quarter: list[Moment]) -> None:
    assert {moment.phase for moment in quarter} == {
        "set_offense",
        "transition",
        "rebound",
        "deadball",
        "free_throw",
    }
    assert any(moment.fast_break for moment in quarter)
    assert any(moment.whistle for moment in quarter)
    assert {moment.attacking_right for moment in quarter} == {True, False}


def test_both_teams_score_at_their_own_basket(quarter: list[Moment]) -> None:
    through = [
        moment.attacking_right == (moment.ball[0] > LENGTH / 2)
        for moment in quarter
        if moment.in_air and abs(moment.ball[2] - HOOP_HEIGHT) < 0.5 and moment.loose
    ]
    assert len(through) > 20
    assert all(through)


def test_shots_rise_above_the_rim(quarter: list[Moment]) -> None:
    assert max(moment.ball[2] for moment in quarter) > HOOP_HEIGHT + 0.4


def test_the_ball_changes_hands_and_sides(quarter: list[Moment]) -> None:
    holders = [moment.holder for moment in quarter if moment.holder is not None]
    assert len(set(holders)) == 10
    assert sum(a != b for a, b in pairwise(holders)) > 80
    sides = [moment.attacking_right for moment in quarter]
    assert 20 < sum(a != b for a, b in pairwise(sides)) < 100


def test_the_team_with_the_ball_attacks(quarter: list[Moment]) -> None:
    # The whistle for a steal or a rebound turns the attack within a second of the catch.
    agrees = [
        moment.players[moment.holder].team == (0 if moment.attacking_right else 1)
        for moment in quarter
        if moment.holder is not None and moment.phase in ("set_offense", "transition")
    ]
    assert sum(agrees) / len(agrees) > 0.97


def test_most_attackers_are_marked(quarter: list[Moment]) -> None:
    near = []
    for moment in quarter:
        if moment.phase == "set_offense":
            attackers = [p for p in moment.players if (p.team == 0) == moment.attacking_right]
            defenders = [p for p in moment.players if (p.team == 0) != moment.attacking_right]
            near += [min(hypot(a.x - d.x, a.y - d.y) for d in defenders) < 3.5 for a in attackers]
    assert sum(near) / len(near) > 0.85
