"""Which of the detected balls is the one in play, and where it is while nobody sees it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .observation import BallSeen, Figure, Observation

NEAR_PLAY = 0.3
"""Further than this from every player, a ball is another court's."""
FASTEST = 0.6
"""Sources a second: a hard pass, seen by a camera that holds the whole court, has half of it."""
SLACK = 0.03
"""What a detector's error adds to the way of a ball, at any speed."""
CONVINCED = 3
"""Sightings in a row that make a far one the ball: one alone is an error."""
FORGOTTEN_SECONDS = 1.5
"""After this without a sighting, the next one may be anywhere."""
FADE_SECONDS, RISE_SECONDS = 1.0, 0.5
"""In these it loses and wins back its say in where the camera looks."""
VELOCITY_SECONDS = 0.25
"""Time constant of the velocity's low pass."""
DRIFT_SECONDS = 0.3
"""So long does an unseen ball go on, at the most: passes end in hands."""


@dataclass(frozen=True, slots=True)
class Ball:
    """The ball in play. Places are fractions of the source, velocities are a second."""

    x: float
    y: float
    vx: float
    vy: float
    seen_at: float
    """Stream time of the last sighting."""
    at: float
    """Stream time of the last update."""
    trust: float
    """0..1: how much of its say it has."""
    rumour: BallSeen | None = None
    """A sighting too far off to be true."""
    rumoured_at: float = 0.0
    rumours: int = 0
    """How many of them there were in a row."""


def follow_ball(ball: Ball | None, observed: Observation, at: float) -> Ball | None:
    """The ball after one more observation; None until there is one."""
    candidates = [seen for seen in observed.balls if _in_play(seen, observed.players)]
    if ball is None:
        return _begin(candidates, at)
    aged = _unseen(ball, at)
    if at - ball.seen_at > FORGOTTEN_SECONDS:
        found = _begin(candidates, at)
        return aged if found is None else replace(found, trust=aged.trust)
    reach = SLACK + FASTEST * (at - ball.seen_at)
    near = [seen for seen in candidates if _distance(seen, ball) <= reach]
    if near:
        best = max(near, key=lambda seen: (seen.confidence - 0.5 * _distance(seen, ball) / reach, seen.x))
        return _seen(ball, best, observed, at)
    return _doubted(aged, candidates, at)


def _in_play(seen: BallSeen, players: Sequence[Figure]) -> bool:
    return not players or min(abs(seen.x - player.x) for player in players) <= NEAR_PLAY


def _begin(candidates: Sequence[BallSeen], at: float) -> Ball | None:
    if not candidates:
        return None
    best = max(candidates, key=lambda seen: (seen.confidence, seen.x))
    return Ball(best.x, best.y, 0.0, 0.0, at, at, 1.0)


def _seen(ball: Ball, seen: BallSeen, observed: Observation, at: float) -> Ball:
    passed = at - ball.seen_at
    vx, vy = ball.vx, ball.vy
    if observed.ball_velocity is not None:
        vx, vy = observed.ball_velocity
    elif passed > 0:
        share = 1 - math.exp(-passed / VELOCITY_SECONDS)
        vx += share * ((seen.x - ball.x) / passed - vx)
        vy += share * ((seen.y - ball.y) / passed - vy)
    trust = min(1.0, ball.trust + (at - ball.at) / RISE_SECONDS)
    return Ball(seen.x, seen.y, _bounded(vx), _bounded(vy), at, at, trust)


def _unseen(ball: Ball, at: float) -> Ball:
    passed = at - ball.at
    drifts = max(0.0, min(at, ball.seen_at + DRIFT_SECONDS) - ball.at)
    return replace(
        ball,
        x=min(max(ball.x + ball.vx * drifts, 0.0), 1.0),
        y=min(max(ball.y + ball.vy * drifts, 0.0), 1.0),
        at=at,
        trust=max(0.0, ball.trust - passed / FADE_SECONDS),
    )


def _doubted(aged: Ball, candidates: Sequence[BallSeen], at: float) -> Ball:
    """The ball has not been seen where it can be: perhaps it is elsewhere after all."""
    if not candidates:
        return replace(aged, rumour=None, rumours=0)
    rumour, reach = aged.rumour, SLACK + FASTEST * (at - aged.rumoured_at)
    if rumour is None:
        best = max(candidates, key=lambda seen: (seen.confidence, seen.x))
    else:
        best = min(candidates, key=lambda seen: (_apart(seen, rumour), seen.x))
    rumours = 1 if rumour is None or _apart(best, rumour) > reach else aged.rumours + 1
    if rumours == CONVINCED:
        return Ball(best.x, best.y, 0.0, 0.0, at, at, 0.0)
    return replace(aged, rumour=best, rumoured_at=at, rumours=rumours)


def _distance(seen: BallSeen, ball: Ball) -> float:
    return math.hypot(seen.x - ball.x, seen.y - ball.y)


def _apart(one: BallSeen, other: BallSeen) -> float:
    return math.hypot(one.x - other.x, one.y - other.y)


def _bounded(speed: float) -> float:
    return min(max(speed, -FASTEST), FASTEST)
