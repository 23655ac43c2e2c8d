"""What a shot of one moment must hold, and where its centre would ideally be."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from ...model import FramingOptions
from .ball import Ball, follow_ball
from .half import Half, belongs, half_of
from .manner import Manner, manner
from .observation import Figure, Observation, Wish
from .play import in_play
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
class Box:
    """Edges, fractions of the source."""

    left: float
    top: float
    right: float
    bottom: float


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


def compose(memory: Memory, observed: Observation, at: float, options: FramingOptions) -> tuple[Memory, Shot]:
    """The shot of stream time `at`, and what it leaves to the next."""
    if observed.wish is not None:
        return memory, _followed(observed.wish)
    ball, how = follow_ball(memory.ball, observed, at), manner(observed.mode, observed.phase)
    middle = _middle(observed.players, ball)
    x, y = _ideal(middle, ball, how)
    court = _court_middle(options)
    now = Memory(
        ball=ball,
        half=half_of(x, court, memory.half, observed.side),
        at=at,
        x=middle[0] if observed.players else memory.x,
        vx=_velocity(memory, middle[0], at),
    )
    players = _counting(observed.players, now.half, court) if how.half_only else observed.players
    lead = _lead(ball, now.vx, how.lead * options.lead_seconds)
    known = ball if ball is not None and ball.trust > 0 else None
    shown = in_play(players, middle[0], known.x if known else middle[0], how.kept_share)
    lone = len(observed.players) < FEW
    shot = Shot(
        reason=observed.mode,
        manner=how,
        wish=None,
        x=x + how.pull * lead[0],
        y=y,
        needed=_box(shown, ball, lead, lone=lone),
        everybody=_box(observed.players, ball, lead, lone=lone),
        doubt=_doubt(observed, ball, at),
        ball=(known.x, known.y) if known else None,
        ball_in_sight=ball is None or ball.trust >= IN_SIGHT or at - ball.seen_at > BALL_MATTERS_SECONDS,
    )
    return now, shot


def _followed(wish: Wish) -> Shot:
    nothing = Box(0.5, 0.5, 0.5, 0.5)
    return Shot("target", Manner(), wish, 0.5, 0.5, nothing, nothing, 0.0, None, ball_in_sight=True)


def _middle(players: tuple[Figure, ...], ball: Ball | None) -> tuple[float, float]:
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


def _counting(players: tuple[Figure, ...], half: Half | None, court: float) -> tuple[Figure, ...]:
    """Those in the half of play; all, where nobody is."""
    if half is None:
        return players
    return tuple(player for player in players if belongs(player.x, court, half)) or players


def _velocity(memory: Memory, x: float, at: float) -> float:
    passed = at - memory.at
    if memory.x is None or passed <= 0:
        return 0.0
    share = 1 - math.exp(-passed / SPEED_SECONDS)
    return memory.vx + share * ((x - memory.x) / passed - memory.vx)


def _court_middle(options: FramingOptions) -> float:
    across = [x for x, _ in options.region]
    return (min(across) + max(across)) / 2 if across else 0.5


def _lead(ball: Ball | None, vx: float, seconds: float) -> tuple[float, float]:
    """How far ahead the play will be: the ball's way, else the players'."""
    trust = 0.0 if ball is None else ball.trust
    if ball is not None and trust > 0:
        return _bounded(trust * ball.vx * seconds), _bounded(trust * ball.vy * seconds)
    return _bounded(vx * seconds), 0.0


def _bounded(lead: float) -> float:
    return min(max(lead, -LONGEST_LEAD), LONGEST_LEAD)


def _box(players: Iterable[Figure], ball: Ball | None, lead: tuple[float, float], *, lone: bool) -> Box:
    """`lone`: so few players that it takes in what is around them."""
    across, down = [], []
    for player in players:
        across += [player.x - player.half_width, player.x + player.half_width]
        down += [player.y - player.half_height, player.y + player.half_height]
    if ball is not None and (ball.trust > 0 or not across):
        for x, y in ((ball.x, ball.y), (ball.x + lead[0], ball.y + lead[1])):
            across += [x - BALL_SIZE, x + BALL_SIZE]
            down += [y - BALL_SIZE, y + BALL_SIZE]
    left, right, top, bottom = min(across), max(across), min(down), max(down)
    if lone:
        x, y = (left + right) / 2, (top + bottom) / 2
        left, right = min(left, x - ALONE), max(right, x + ALONE)
        top, bottom = min(top, y - ALONE), max(bottom, y + ALONE)
    return Box(max(left, 0.0), max(top, 0.0), min(right, 1.0), min(bottom, 1.0))


def _doubt(observed: Observation, ball: Ball | None, at: float) -> float:
    """0..1. A ball that was seen a moment ago and is not now may be anywhere near."""
    if ball is None or at - ball.seen_at > BALL_MATTERS_SECONDS:
        return observed.doubt
    return max(observed.doubt, LONE_BALL_DOUBT * (1 - ball.trust))
