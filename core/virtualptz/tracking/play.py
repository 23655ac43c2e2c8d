"""A simulated basketball match: a pure function of the seed and the time.

Beside 35 minutes of NBA play tracked at 5 Hz, the ball in play (45 minutes simulated, seeds 0 to 2):

| | NBA | here |
|---|---|---|
| players' speed, m/s: median, 95 %, 99 % | 1.57, 4.51, 5.51 | 1.94, 4.40, 5.35 |
| standing (under 0.5 m/s), sprinting (over 4 m/s) | 14 %, 10 % | 15 %, 11 % |
| fastest player, m/s | 8.2 | 6.6 |
| spread of the ten (standard deviation), m: along, across | 3.1, 3.5 | 2.7, 3.2 |
| from the ball to the median player along the court, m: median, 90 % | 3.1, 8.8 | 2.1, 9.0 |
| ball's speed, m/s: median, 90 %, 99 % | 2.6, 6.4, 12.3 | 2.8, 6.1, 10.6 |
| seconds from end to end: median | 11 | 16, dead balls counted in |

Nobody accelerates by more than 9 m/s^2, contact included, and bodies keep 0.55 m between their centres.
"""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from ..model import PlayPhase
from .game.ball import Flight
from .game.floor import ENDS, Point3
from .game.motion import DT
from .game.passage import SECONDS, STEPS, Passage, Row
from .game.spots import TEAM

PASSAGES_KEPT = 4
WHISTLE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Player:
    """One player, on the court's plan: metres from the left end of the far sideline."""

    track_id: int
    team: int
    number: int
    x: float
    y: float
    vx: float
    vy: float
    facing_x: float
    facing_y: float
    ran: float
    """Metres, for the legs' stride."""


@dataclass(frozen=True, slots=True)
class Moment:
    seconds: float
    players: tuple[Player, ...]
    ball: Point3
    """Metres; the third is the height of its centre above the floor."""
    phase: PlayPhase
    attacking_right: bool
    holder: int | None
    """Index into `players`; None while the ball is in the air or on the floor."""
    in_air: bool
    fast_break: bool
    loose: bool
    """After a shot, until somebody has it: nobody's ball."""
    whistle: bool
    """The referee is blowing."""


NUMBERS = ((4, 7, 10, 13, 15), (5, 8, 11, 14, 20))


class Play:
    """The match of one seed. Two of them, in any process, agree to the bit; any order of asking will do."""

    def __init__(self, seed: int = 7) -> None:
        self.seed = seed
        self._passages: OrderedDict[int, Passage] = OrderedDict()
        self._lock = Lock()

    def at(self, seconds: float) -> Moment:
        """The match at `seconds` since its start (before it: its first instant)."""
        seconds = max(seconds, 0.0)
        index = int(seconds / SECONDS)
        inside = seconds - index * SECONDS
        passage = self._passage(index)
        number = min(int(inside / DT), STEPS - 1)
        share = (inside - number * DT) / DT
        players = _between(passage.rows(number), passage.rows(number + 1), share)
        phase, attacking, holder, fast_break, loose = passage.flags(number)
        leg = passage.leg(inside)
        whistles = passage.whistles(inside)
        return Moment(
            seconds=seconds,
            players=players,
            ball=leg.at(inside, players),
            phase=phase,
            attacking_right=ENDS[attacking].right,
            holder=holder,
            in_air=isinstance(leg, Flight),
            fast_break=fast_break,
            loose=loose,
            whistle=bool(whistles) and inside - whistles[-1] < WHISTLE_SECONDS,
        )

    def _passage(self, index: int) -> Passage:
        with self._lock:
            passage = self._passages.get(index) or Passage(self.seed, index)
            self._passages[index] = passage
            self._passages.move_to_end(index)
            if len(self._passages) > PASSAGES_KEPT:
                self._passages.popitem(last=False)
            return passage


def _between(before: tuple[Row, ...], after: tuple[Row, ...], share: float) -> tuple[Player, ...]:
    return tuple(_player(index, a, b, share) for index, (a, b) in enumerate(zip(before, after, strict=True)))


def _player(index: int, a: Row, b: Row, share: float) -> Player:
    x, vx = _hermite(a[0], b[0], a[2], b[2], share)
    y, vy = _hermite(a[1], b[1], a[3], b[3], share)
    return Player(
        track_id=index + 1,
        team=index // TEAM,
        number=NUMBERS[index // TEAM][index % TEAM],
        x=x,
        y=y,
        vx=vx,
        vy=vy,
        facing_x=a[4] + (b[4] - a[4]) * share,
        facing_y=a[5] + (b[5] - a[5]) * share,
        ran=a[6] + (b[6] - a[6]) * share,
    )


def _hermite(x0: float, x1: float, v0: float, v1: float, u: float) -> tuple[float, float]:
    """Place and speed on the cubic that meets both ends in place and speed."""
    m0, m1 = v0 * DT, v1 * DT
    a = 2 * (x0 - x1) + m0 + m1
    b = 3 * (x1 - x0) - 2 * m0 - m1
    return ((a * u + b) * u + m0) * u + x0, ((3 * a * u + 2 * b) * u + m0) / DT
