"""Which ball is the ball."""

import pytest

from virtualptz.camera.framing.ball import CONVINCED, FADE_SECONDS, Ball, follow_ball
from virtualptz.camera.framing.observation import observe
from virtualptz.model import FramingOptions

from .scenes import ball, team, update


class Watcher:
    def __init__(self) -> None:
        self.ball: Ball | None = None
        self.at = 0.0

    def see(self, *balls: dict[str, object], players: float = 0.5, **fields: object) -> Ball:
        observed = observe(update([*team(players), *balls], **fields), FramingOptions())
        assert observed is not None
        self.ball = follow_ball(self.ball, observed, self.at)
        self.at += 0.1
        assert self.ball is not None
        return self.ball


def test_it_moves_and_has_a_velocity() -> None:
    watcher = Watcher()
    for number in range(20):
        watcher.see(ball(0.4 + 0.02 * number), players=0.4 + 0.02 * number)
    assert watcher.ball is not None
    assert watcher.ball.x == pytest.approx(0.78)
    assert watcher.ball.vx == pytest.approx(0.2, rel=0.02)
    assert watcher.ball.trust == 1


def test_a_stated_velocity_counts() -> None:
    watcher = Watcher()
    watcher.see(ball(0.5))
    assert watcher.see(ball(0.5), ball_velocity_x=0.3, ball_velocity_y=-0.1).vx == 0.3


def test_of_two_balls_the_one_that_goes_on_counts() -> None:
    watcher = Watcher()
    for _ in range(5):
        watcher.see(ball(0.5))
    assert watcher.see(ball(0.51, confidence=0.5), ball(0.65, confidence=0.95)).x == 0.51


def test_the_surest_ball_is_the_first() -> None:
    assert Watcher().see(ball(0.4, confidence=0.3), ball(0.6, confidence=0.8)).x == 0.6


def test_a_ball_far_from_all_players_is_another_courts() -> None:
    watcher = Watcher()
    for _ in range(5):
        watcher.see(ball(0.25), players=0.2)
    for _ in range(20):
        watcher.see(ball(0.95), players=0.2)
    assert watcher.ball is not None
    assert watcher.ball.x == 0.25
    assert watcher.ball.trust == 0


def test_one_sighting_far_off_is_an_error_and_several_are_not() -> None:
    watcher = Watcher()
    for _ in range(5):
        watcher.see(ball(0.4))
    for _ in range(CONVINCED - 1):
        assert watcher.see(ball(0.65)).x == pytest.approx(0.4)
    jumped = watcher.see(ball(0.65))
    assert jumped.x == 0.65
    assert jumped.trust == 0
    assert watcher.see(ball(0.65)).trust > 0


def test_errors_here_and_there_never_make_a_ball() -> None:
    watcher = Watcher()
    watcher.see(ball(0.5, 0.5))
    for number in range(5):
        watcher.see(ball(0.7, 0.1) if number % 2 else ball(0.3, 0.9))
    assert watcher.ball is not None
    assert (watcher.ball.x, watcher.ball.y) == (0.5, 0.5)


def test_an_unseen_ball_goes_on_a_little_and_fades() -> None:
    watcher = Watcher()
    for number in range(10):
        watcher.see(ball(0.4 + 0.02 * number))
    faded = [watcher.see() for _ in range(12)]
    assert 0.58 < faded[0].x < faded[2].x == faded[-1].x < 0.58 + 0.07
    trusts = [each.trust for each in faded]
    assert trusts == sorted(trusts, reverse=True)
    assert trusts[round(FADE_SECONDS * 10) + 1] == 0


def test_a_ball_that_was_gone_for_long_may_be_anywhere_and_wins_its_say_back() -> None:
    watcher = Watcher()
    watcher.see(ball(0.5))
    for _ in range(30):
        watcher.see()
    found = watcher.see(ball(0.75))
    assert (found.x, found.trust) == (0.75, 0)
    for _ in range(6):
        found = watcher.see(ball(0.75))
    assert found.trust == pytest.approx(1.0)
