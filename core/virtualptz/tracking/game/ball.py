"""Where the ball is: in somebody's hands, bouncing beside him, or in the air. Metres and seconds.

Each leg of its way is a frozen value, evaluated at any instant from where the players are then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .floor import BALL_RADIUS, Point3

GRAVITY = 9.81
HOLD_HEIGHT = 1.0
DRIBBLE_SECONDS = 0.6
LIFT_SECONDS = 0.35


class Standing(Protocol):
    """What the ball needs to know of a player."""

    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def facing_x(self) -> float: ...
    @property
    def facing_y(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Held:
    """In the hands of `player`, brought from `from_height` to `height`, then bounced if `dribbled`."""

    start: float
    player: int
    from_height: float = HOLD_HEIGHT
    height: float = HOLD_HEIGHT
    dribbled: bool = False

    def at(self, seconds: float, players: Sequence[Standing]) -> Point3:
        x, y = hands(players[self.player])
        return x, y, self._height(seconds - self.start)

    def _height(self, age: float) -> float:
        if age < LIFT_SECONDS:
            share = age / LIFT_SECONDS
            return self.from_height + (self.height - self.from_height) * share * share * (3 - 2 * share)
        if not self.dribbled:
            return self.height
        # Slow in the hand, fastest at the floor: a ball that is pushed down and comes back.
        beat = abs(2 * ((age - LIFT_SECONDS) / DRIBBLE_SECONDS % 1.0) - 1)
        return BALL_RADIUS + (self.height - BALL_RADIUS) * beat * (2 - beat)


@dataclass(frozen=True, slots=True)
class Flight:
    """A throw that comes down at `end`: into the hands of `player`, or at the fixed `place`."""

    start: float
    end: float
    origin: Point3
    height: float
    """Of the ball at the end."""
    player: int | None = None
    place: tuple[float, float] = (0.0, 0.0)

    def at(self, seconds: float, players: Sequence[Standing]) -> Point3:
        length = self.end - self.start
        age = min(max(seconds - self.start, 0.0), length)
        goal = self.place if self.player is None else hands(players[self.player])
        share = age / length
        rise = (self.height - self.origin[2]) / length + GRAVITY * length / 2
        return (
            self.origin[0] + (goal[0] - self.origin[0]) * share,
            self.origin[1] + (goal[1] - self.origin[1]) * share,
            self.origin[2] + rise * age - GRAVITY * age * age / 2,
        )


Leg = Held | Flight


def hands(player: Standing) -> tuple[float, float]:
    """In front of him, a little to his right."""
    return (
        player.x + 0.38 * player.facing_x - 0.12 * player.facing_y,
        player.y + 0.38 * player.facing_y + 0.12 * player.facing_x,
    )
