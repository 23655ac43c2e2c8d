"""What a shot of one moment must hold, and where its centre would ideally be."""

import math
from dataclasses import dataclass
from statistics import median

from ...model import CropShape, FramingOptions
from .ball import Ball, follow_ball
from .box import Box
from .half import Half, belongs, half_of, with_the_basket
from .manner import Manner, manner
from .observation import Figure, Observation, Wish
from .play import Scene, in_play
from .reasons import Reason

BALL_SIZE = 0.012
"""Half of what is kept for the ball, sources: a ball that touches the picture's edge is lost."""
LONGEST_LEAD = 0.12
"""Sources."""
SPEED_SECONDS = 0.5
"""Time constant of the low pass on the velocity of the players, who are many and noisy."""
FEW = 3
"""Players; fewer than these do not show where play is."""
ALONE = 0.15
"""Half of what is then shown around, sources."""
LONE_BALL_DOUBT = 0.5
"""While the ball is not seen."""
IN_SIGHT = 0.6
"""A ball's trust from which on it counts as seen, though not in every picture."""
BALL_MATTERS_SECONDS = 10.0
"""A ball that has not been seen for longer is one that this detector does not see."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One moment's. Either a wish is followed, or the rest is shown."""

    reason: Reason
    manner: Manner
    wish: Wish | None
    x: float
    y: float
    """The ideal centre."""
    needed: Box
    """What must be seen: those in play, the ball and where it goes."""
    everybody: Box
    """No doubt makes the shot wider than it takes to see this."""
    doubt: float
    ball: tuple[float, float] | None
    """Where it is, as far as it is known."""
    ball_in_sight: bool
    """It is seen, or this detector sees none at all."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the shot of a moment takes from those before it."""

    ball: Ball | None = None
    half: Half | None = None
    at: float = 0.0
    x: float | None = None
    """The median player's."""
    vx: float = 0.0
    """The players' velocity across, sources a second."""


class Composer:
    """Composes one shot after the other, in order of time. Keeps nothing: what a shot leaves is a Memory."""

    def __init__(self, options: FramingOptions, shape: CropShape) -> None:
        across = [x for x, _ in options.region]
        self._court = (min(across), max(across)) if across else (0.0, 1.0)
        """Its left and right end."""
        self._middle = sum(self._court) / 2
        self._lead_seconds = options.lead_seconds
        self._shape, self._least = shape, 1 / options.max_zoom

    def compose(self, memory: Memory, observed: Observation, at: float) -> tuple[Memory, Shot]:
        """The shot of stream time `at`, and what it leaves to the next."""
        if observed.wish is not None:
            return memory, _followed(observed.wish)
        ball, how = follow_ball(memory.ball, observed, at), manner(observed.mode, observed.phase)
        middle = _median(observed.players, ball)
        x, y = _ideal(middle, ball, how)
        vx = _velocity(memory, middle[0], at)
        half = half_of(x, self._middle, memory.half, observed.side)
        counting = self._counting(observed.players, half) if how.half_only else observed.players
        lead = _lead(ball, vx, how.lead * self._lead_seconds)
        focus = _focus(ball, lead)
        if len(observed.players) < FEW:
            focus = _around(*middle, focus)
        end = ball.x if ball is not None and ball.trust > 0 else middle[0]
        scene = Scene(middle[0], end, focus, self._shape, self._least)
        needed = in_play(counting, scene, how.kept_share)
        shot = Shot(
            reason=observed.mode,
            manner=how,
            wish=None,
            x=x + how.pull * lead[0],
            y=y,
            needed=with_the_basket(needed, half, self._court) if how.half_only else needed,
            everybody=in_play(observed.players, scene, 1.0),
            doubt=_doubt(observed, ball, at),
            ball=(ball.x, ball.y) if ball is not None and ball.trust > 0 else None,
            ball_in_sight=_in_sight(ball, at),
        )
        return Memory(ball, half, at, middle[0] if observed.players else memory.x, vx), shot

    def _counting(self, players: tuple[Figure, ...], half: Half) -> tuple[Figure, ...]:
        """Those in the half of play; all, where nobody is."""
        return tuple(player for player in players if belongs(player.x, self._middle, half)) or players


def _followed(wish: Wish) -> Shot:
    nothing = Box(0.5, 0.5, 0.5, 0.5)
    return Shot("target", Manner(), wish, 0.5, 0.5, nothing, nothing, 0.0, None, ball_in_sight=True)


def _median(players: tuple[Figure, ...], ball: Ball | None) -> tuple[float, float]:
    """The median player's place; the ball's where there are no players."""
    if players:
        return median(player.x for player in players), median(player.y for player in players)
    return (ball.x, ball.y) if ball is not None else (0.5, 0.5)


def _ideal(middle: tuple[float, float], ball: Ball | None, how: Manner) -> tuple[float, float]:
    """Between the median player and the ball; a ball that fades away is left, not dropped."""
    if ball is None:
        return middle
    share = how.ball_share * ball.trust
    return middle[0] + share * (ball.x - middle[0]), middle[1] + share * (ball.y - middle[1])


def _velocity(memory: Memory, x: float, at: float) -> float:
    passed = at - memory.at
    if memory.x is None or passed <= 0:
        return 0.0
    share = 1 - math.exp(-passed / SPEED_SECONDS)
    return memory.vx + share * ((x - memory.x) / passed - memory.vx)


def _lead(ball: Ball | None, vx: float, seconds: float) -> tuple[float, float]:
    """How far ahead the play will be: the ball's way, else the players'."""
    if ball is not None and ball.trust > 0:
        return _bounded(ball.trust * ball.vx * seconds), _bounded(ball.trust * ball.vy * seconds)
    return _bounded(vx * seconds), 0.0


def _bounded(lead: float) -> float:
    return min(max(lead, -LONGEST_LEAD), LONGEST_LEAD)


def _focus(ball: Ball | None, lead: tuple[float, float]) -> Box | None:
    """The ball and where it goes, as far as it is known."""
    if ball is None or ball.trust == 0:
        return None
    return Box(
        ball.x + min(lead[0], 0.0) - BALL_SIZE,
        ball.y + min(lead[1], 0.0) - BALL_SIZE,
        ball.x + max(lead[0], 0.0) + BALL_SIZE,
        ball.y + max(lead[1], 0.0) + BALL_SIZE,
    )


def _around(x: float, y: float, focus: Box | None) -> Box:
    around = Box(x - ALONE, y - ALONE, x + ALONE, y + ALONE)
    return around if focus is None else around.around(focus)


def _in_sight(ball: Ball | None, at: float) -> bool:
    return ball is None or ball.trust >= IN_SIGHT or at - ball.seen_at > BALL_MATTERS_SECONDS


def _doubt(observed: Observation, ball: Ball | None, at: float) -> float:
    """0..1. A ball that was seen a moment ago and is not now may be anywhere near."""
    if ball is None or at - ball.seen_at > BALL_MATTERS_SECONDS:
        return observed.doubt
    return max(observed.doubt, LONE_BALL_DOUBT * (1 - ball.trust))
