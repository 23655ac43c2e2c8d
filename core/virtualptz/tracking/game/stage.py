"""Everything that the script moves: the ten bodies, the ball's way, and what the game is at."""

from collections.abc import Generator
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from ...model import PlayPhase
from .ball import HOLD_HEIGHT, Flight, Held, Leg
from .floor import ENDS, LENGTH, WIDTH, End, Point, Point3, between, distance, toward
from .motion import DT, Body
from .spots import Formation, pair_up, shape, team

LONGEST_PASS_SECONDS = 1.25

T = TypeVar("T")
Script = Generator[None, None, T]
"""A piece of the game; each `yield` lets one step of time pass."""


@dataclass
class Stage:
    rng: Random
    bodies: list[Body]
    legs: list[Leg]
    attacking: int
    holder: int | None
    now: float = 0.0
    phase: PlayPhase = "deadball"
    fast_break: bool = False
    loose: bool = False
    """Nobody's ball: a shot or a rebound is in the air."""
    pace: float = 4.2
    """Of the attackers on their way to their spots."""
    spots: dict[int, Point] = field(default_factory=dict)
    marks: dict[int, int] = field(default_factory=dict)
    directed: set[int] = field(default_factory=set)
    """Players whom the script itself sends somewhere; the others keep spacing or mark their man."""
    whistles: list[float] = field(default_factory=list)
    _fidgets: dict[int, tuple[float, float, float]] = field(default_factory=dict)

    @classmethod
    def begin(cls, rng: Random, formation: Formation) -> "Stage":
        bodies = [Body(x, y, goal=(x, y)) for x, y in formation.places]
        for body in bodies:
            body.facing_x, body.facing_y = toward((0.0, 0.0), (14 - body.x, 7.5 - body.y), 1.0)
        stage = cls(rng, bodies, [Held(0.0, formation.thrower)], formation.attacking, formation.thrower)
        stage.spots = dict(zip(stage.offence, shape(rng, stage.end), strict=True))
        stage.match_up()
        return stage

    @property
    def offence(self) -> range:
        return team(self.attacking)

    @property
    def defence(self) -> range:
        return team(1 - self.attacking)

    @property
    def end(self) -> End:
        return ENDS[self.attacking]

    @property
    def ball(self) -> Point3:
        return self.legs[-1].at(self.now, self.bodies)

    def depth(self, player: int) -> float:
        """Metres from the baseline that is attacked."""
        return self.end.depth(self.bodies[player].x)

    def apart(self, player: int, place: Point) -> float:
        return distance(self.bodies[player].at, place)

    def nearest(self, players: range, place: Point) -> int:
        return min(players, key=lambda player: self.apart(player, place))

    def match_up(self) -> None:
        bodies = self.bodies
        self.marks = pair_up(
            [(player, bodies[player].at) for player in self.offence],
            [(player, bodies[player].at) for player in self.defence],
        )

    def turn_over(self) -> None:
        """The other team has the ball now."""
        self.attacking = 1 - self.attacking
        self.directed.clear()
        self.spots = dict(zip(self.offence, shape(self.rng, self.end), strict=True))
        self.match_up()

    def whistle(self) -> None:
        self.whistles.append(self.now)
        self.phase, self.fast_break, self.loose = "deadball", False, False

    def hold(self, player: int, *, height: float = HOLD_HEIGHT, dribbled: bool = False) -> None:
        """The ball is in his hands from now on."""
        self.legs.append(Held(self.now, player, self.ball[2], height, dribbled))
        self.holder, self.loose = player, False

    def throw(
        self, seconds: float, height: float, *, player: int | None = None, place: Point = (0, 0)
    ) -> None:
        """The ball is in the air, to come down after `seconds`, a whole number of steps."""
        end = self.now + max(1, round(seconds / DT)) * DT
        self.legs.append(Flight(self.now, end, self.ball, height, player, place))
        self.holder = None

    def send(self, player: int, goal: Point, pace: float) -> None:
        self.directed.add(player)
        self.bodies[player].run(goal, pace)

    def release(self, *players: int) -> None:
        self.directed.difference_update(players)

    def arrange(self) -> None:
        """Give everybody whom the script does not direct his place for this step."""
        x, y, _ = self.ball
        for body in self.bodies:
            body.look = (x, y)
        for player in self.offence:
            if player not in self.directed:
                self._space(player)
        for attacker, defender in self.marks.items():
            if defender not in self.directed:
                self._mark(defender, attacker, (x, y))

    def _space(self, player: int) -> None:
        until, dx, dy = self._fidgets.get(player, (0.0, 0.0, 0.0))
        if self.now >= until:
            until = self.now + self.rng.uniform(0.6, 1.9)
            dx, dy = self.rng.uniform(-1.5, 1.5), self.rng.uniform(-1.3, 1.3)
            self._fidgets[player] = until, dx, dy
        spot = self.spots[player]
        far = self.apart(player, spot)
        self.bodies[player].run(_on_court(spot[0] + dx, spot[1] + dy), self.pace if far > 3 else 2.6)

    def _mark(self, player: int, attacker: int, ball: Point) -> None:
        man, hoop = self.bodies[attacker], self.end.hoop
        ahead = (man.x + 0.2 * man.vx, man.y + 0.2 * man.vy)
        if attacker == self.holder:
            place = toward(ahead, hoop, 1.25)
        else:
            far = distance(ahead, ball)
            place = toward(between(ahead, hoop, 0.16 + 0.2 * min(1.0, far / 11)), ball, min(0.8, far / 8))
        gap = self.apart(player, place)
        pace = 1.6 if self.phase == "deadball" else 2.2 if gap < 0.6 else 3.6 if gap < 2 else 5.4
        self.bodies[player].run(place, pace + (0.9 if self.fast_break else 0.0))


def _on_court(x: float, y: float) -> Point:
    return min(max(x, 0.6), LENGTH - 0.6), min(max(y, 0.6), WIDTH - 0.6)


def wait(seconds: float) -> Script[None]:
    for _ in range(max(1, round(seconds / DT))):
        yield


def carry(stage: Stage, goal: Point, pace: float, limit: float) -> Script[bool]:
    """The holder dribbles to `goal`; False where he is not there within `limit` seconds."""
    holder = stage.holder
    if holder is None:
        raise RuntimeError("nobody has the ball to carry")
    stage.hold(holder, dribbled=True)
    stage.send(holder, goal, pace)
    until = stage.now + limit
    while stage.now < until and stage.apart(holder, goal) > 0.6:
        yield
    stage.release(holder)
    stage.spots[holder] = stage.bodies[holder].at
    return stage.apart(holder, goal) <= 0.6


def give(stage: Stage, receiver: int, speed: float = 9.5) -> Script[None]:
    """A pass that arrives."""
    seconds = 0.5
    for _ in range(3):
        man = stage.bodies[receiver]
        meeting = (man.x + man.vx * seconds, man.y + man.vy * seconds)
        seconds = min(max(0.3, distance(stage.ball[:2], meeting) / speed), LONGEST_PASS_SECONDS)
    stage.throw(seconds, HOLD_HEIGHT + 0.2, player=receiver)
    yield from wait(seconds)
    stage.hold(receiver)


def gather(stage: Stage, player: int) -> Script[None]:
    """He goes to a ball that lies or hops on the floor and picks it up."""
    x, y, _ = stage.ball
    stage.send(player, (x, y), 2.6)
    while stage.apart(player, (x, y)) > 1.2:
        yield
    stage.throw(0.5, HOLD_HEIGHT, player=player)
    yield from wait(0.5)
    stage.hold(player)
    stage.release(player)
