import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz.tracking.game.ball import (
    DRIBBLE_SECONDS,
    GRAVITY,
    HOLD_HEIGHT,
    LIFT_SECONDS,
    Flight,
    Held,
    hands,
)
from virtualptz.tracking.game.floor import BALL_RADIUS
from virtualptz.tracking.game.motion import Body

PLAYERS = [Body(5.0, 5.0), Body(12.0, 9.0)]


def test_a_pass_starts_and_ends_in_hands() -> None:
    flight = Flight(2.0, 2.8, (*hands(PLAYERS[0]), 1.0), 1.2, player=1)
    assert flight.at(2.0, PLAYERS) == (*hands(PLAYERS[0]), 1.0)
    assert flight.at(2.8, PLAYERS) == pytest.approx((*hands(PLAYERS[1]), 1.2))
    assert flight.at(9.0, PLAYERS) == pytest.approx((*hands(PLAYERS[1]), 1.2))


@given(st.floats(0.3, 1.5), st.floats(0.2, 2.5), st.floats(0.1, 3.05), st.floats(0.05, 0.95))
def test_a_flight_falls_as_things_fall(seconds: float, low: float, high: float, share: float) -> None:
    flight = Flight(0.0, seconds, (0.0, 0.0, low), high, place=(6.0, 1.0))
    step = 0.01 * seconds
    before, now, after = (flight.at(seconds * share + step * n, PLAYERS)[2] for n in (-1, 0, 1))
    assert (before - 2 * now + after) / step**2 == pytest.approx(-GRAVITY, rel=1e-3)


def test_a_dribble_touches_the_floor_and_comes_back() -> None:
    held = Held(0.0, 0, dribbled=True)
    up = held.at(LIFT_SECONDS, PLAYERS)[2]
    down = held.at(LIFT_SECONDS + DRIBBLE_SECONDS / 2, PLAYERS)[2]
    again = held.at(LIFT_SECONDS + DRIBBLE_SECONDS, PLAYERS)[2]
    assert up == pytest.approx(HOLD_HEIGHT)
    assert down == pytest.approx(BALL_RADIUS)
    assert again == pytest.approx(HOLD_HEIGHT)


@given(st.floats(0.1, 2.5), st.booleans(), st.floats(0, 3))
def test_a_held_ball_neither_jumps_nor_sinks_in(height: float, dribbled: bool, at: float) -> None:
    held = Held(0.0, 0, from_height=height, dribbled=dribbled)
    heights = [held.at(at + n * 1e-3, PLAYERS)[2] for n in range(2)]
    assert abs(heights[1] - heights[0]) < 0.02
    assert BALL_RADIUS - 0.03 <= heights[0] <= max(height, HOLD_HEIGHT) + 1e-9
