import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtualptz.model import TrackingUpdate
from virtualptz.tracking.observer import STATE_SECONDS, Box, Observer
from virtualptz.tracking.play import Play
from virtualptz.tracking.sim import simulated_update
from virtualptz.tracking.state import Hysteresis
from virtualptz.tracking.wide_camera import WideCamera

PLAY = Play(7)
OBSERVER = Observer(PLAY)
CAMERA = WideCamera()
times = st.floats(0, 350)


@given(times)
def test_every_update_is_one_that_an_agent_accepts(at: float) -> None:
    update = OBSERVER.update(at)
    assert TrackingUpdate.model_validate_json(update.model_dump_json()) == update
    assert update.source == "runner-sim"
    assert update.frame_pts == at
    assert update.court_homography_ok is True


@given(times)
def test_targets_are_the_ten_players_and_the_ball_where_they_are_drawn(at: float) -> None:
    moment = PLAY.at(at)
    targets = OBSERVER.update(at).targets or ()
    players = [target for target in targets if target.cls == "player"]
    assert [target.model_extra and target.model_extra["track_id"] for target in players] == list(range(1, 11))
    for target, player in zip(players, moment.players, strict=True):
        x, feet = CAMERA.point(player.x, player.y, 0.0)
        _, head = CAMERA.point(player.x, player.y, 1.95)
        assert target.x == pytest.approx(x)
        assert target.y == pytest.approx((feet + head) / 2)
        assert target.model_extra is not None
        assert target.model_extra["h"] == pytest.approx(feet - head)
        assert 0.01 < target.model_extra["w"] < target.model_extra["h"] * 2
    (ball,) = (target for target in targets if target.cls == "ball")
    assert (ball.x, ball.y) == pytest.approx(CAMERA.point(*moment.ball))


@given(times)
def test_the_ball_s_velocity_is_where_it_came_from(at: float) -> None:
    later = OBSERVER.update(at + 0.2)
    (ax, ay), (bx, by) = (CAMERA.point(*PLAY.at(when).ball) for when in (at, at + 0.2))
    assert later.ball_velocity_x == pytest.approx((bx - ax) / 0.2, abs=1e-6)
    assert later.ball_velocity_y == pytest.approx((by - ay) / 0.2, abs=1e-6)


@given(times)
def test_the_wanted_view_is_near_play_and_no_wider_than_need_be(at: float) -> None:
    update = OBSERVER.update(at)
    assert update.target_x is not None
    assert update.target_zoom is not None
    half = 0.5 / update.target_zoom
    left, right = update.target_x - half, update.target_x + half
    ball_x, _ = CAMERA.point(*PLAY.at(at).ball)
    assert left - 0.02 <= ball_x <= right + 0.02
    seen = [target for target in update.targets or () if left <= target.x <= right]
    assert len(seen) >= 7


@settings(max_examples=15)
@given(st.integers(1, 440))
def test_the_state_follows_the_confidence_through_the_hysteresis(number: int) -> None:
    state = Hysteresis("stable", fallback_active=False)
    for step in range(1, number + 1):
        state = state.after(OBSERVER.sight(step * STATE_SECONDS).confidence)
    update = OBSERVER.update((number + 0.5) * STATE_SECONDS)
    assert (update.tracking_state, update.fallback_active) == (state.state, state.fallback_active)


@pytest.fixture(scope="module")
def updates() -> list[TrackingUpdate]:
    """Six minutes, two updates a second."""
    return [OBSERVER.update(number / 2) for number in range(720)]


def test_confidence_varies_with_what_is_hidden(updates: list[TrackingUpdate]) -> None:
    assert {update.tracking_state for update in updates} >= {"stable", "warning"}
    hidden = sorted(updates, key=lambda update: update.occlusion_level)
    assert hidden[0].tracking_confidence > 0.9
    assert hidden[-1].tracking_confidence < 0.5
    assert sum(update.tracking_state == "stable" for update in updates) / len(updates) > 0.7


def test_hints_say_what_the_play_is_at(updates: list[TrackingUpdate]) -> None:
    assert {"follow_play", "half_court_lock", "fast_break", "follow_ball"} <= {
        update.tracking_mode_hint for update in updates
    }
    for update in updates:
        if update.tracking_mode_hint == "half_court_lock":
            assert update.play_phase in ("set_offense", "free_throw")


def test_possession_is_on_the_side_that_is_attacked() -> None:
    for number in range(200):
        update, moment = OBSERVER.update(number / 2), PLAY.at(number / 2)
        if moment.loose:
            assert update.possession_side == "unknown"
        else:
            assert update.possession_side == ("right" if moment.attacking_right else "left")


def test_the_simulation_is_pure_and_seeded() -> None:
    assert simulated_update(100.0) == simulated_update(100.0)
    assert simulated_update(100.0, seed=8) != simulated_update(100.0)
    assert json.loads(simulated_update(0.0).model_dump_json())["frame_pts"] == 0.0


def test_time_before_the_start_and_far_away_is_no_trouble() -> None:
    assert simulated_update(-3.0).targets == simulated_update(0.0).targets
    assert simulated_update(1e6).targets


def test_a_box_hides_only_what_is_farther_away() -> None:
    far, near = Box(0.5, 0.5, 0.1, 0.2, near=3.0), Box(0.55, 0.5, 0.1, 0.2, near=5.0)
    assert far.hidden_by(near) == pytest.approx(0.5)
    assert near.hidden_by(far) == 0.0
    assert far.hidden_by(far) == 0.0
