"""One passage of play: it begins with a throw-in and ends with everybody in place for the next one.

So passages join without a seam, and any instant of a long match costs one passage to compute.
"""

from random import Random
from threading import Lock

from ...model import PlayPhase
from .ball import Leg
from .motion import DT, step
from .restarts import break_for, game
from .spots import formation
from .stage import Script, Stage

SECONDS = 90.0
STEPS = round(SECONDS / DT)
LONG_WHISTLE = SECONDS - 14.0
BLEND_STEPS = round(3.0 / DT)

Row = tuple[float, float, float, float, float, float, float]
"""One player at one step: x, y, vx, vy, the unit vector that he faces, metres run."""
Flags = tuple[PlayPhase, int, int | None, bool, bool]
"""Phase, attacking team, holder, fast break, loose ball."""


class Passage:
    """Computed step by step, only as far as somebody has asked. Any thread may ask."""

    def __init__(self, seed: int, index: int) -> None:
        self._start = formation(seed, index)
        self._finish = formation(seed, index + 1)
        self._stage = Stage.begin(Random(f"passage {seed} {index}"), self._start)  # noqa: S311
        self._script: Script[None] = game(self._stage)
        self._over = False
        self._lock = Lock()
        self._rows: list[tuple[Row, ...]] = []
        self._flags: list[Flags] = []
        self._record()

    def rows(self, number: int) -> tuple[Row, ...]:
        """The ten players at step `number` of 0..STEPS."""
        self._reach(number)
        return self._rows[number]

    def flags(self, number: int) -> Flags:
        self._reach(number)
        return self._flags[number]

    def leg(self, seconds: float) -> Leg:
        """The leg of the ball's way that it is on at `seconds` of this passage."""
        self._reach(min(int(seconds / DT) + 1, STEPS))
        return next(leg for leg in reversed(self._stage.legs) if leg.start <= seconds or leg.start == 0.0)

    def whistles(self, seconds: float) -> tuple[float, ...]:
        """When the referee blew, up to `seconds`."""
        self._reach(min(int(seconds / DT) + 1, STEPS))
        return tuple(at for at in self._stage.whistles if at <= seconds)

    def _reach(self, number: int) -> None:
        with self._lock:
            wanted = STEPS if number > STEPS - BLEND_STEPS else number
            while len(self._rows) <= wanted:
                self._advance()
                if len(self._rows) == STEPS + 1:
                    self._blend()

    def _advance(self) -> None:
        stage = self._stage
        if not self._over and stage.now >= LONG_WHISTLE and stage.holder is not None:
            self._over = True
            stage.directed.clear()
            self._script = break_for(stage, self._finish, SECONDS)
        next(self._script)
        stage.arrange()
        step(stage.bodies)
        stage.now = len(self._rows) * DT
        self._record()

    def _record(self) -> None:
        stage = self._stage
        self._rows.append(
            tuple((b.x, b.y, b.vx, b.vy, b.facing_x, b.facing_y, b.ran) for b in stage.bodies),
        )
        self._flags.append((stage.phase, stage.attacking, stage.holder, stage.fast_break, stage.loose))

    def _blend(self) -> None:
        """Lead the last seconds to exactly where the next passage begins, standing."""
        goal = Stage.begin(Random(0), self._finish).bodies  # noqa: S311
        last = self._rows[-1]
        rest = [
            (b.x - row[0], b.y - row[1], -row[2], -row[3], b.facing_x - row[4], b.facing_y - row[5], 0.0)
            for b, row in zip(goal, last, strict=True)
        ]
        for number in range(BLEND_STEPS + 1):
            index = STEPS - BLEND_STEPS + number
            share = number / BLEND_STEPS
            self._rows[index] = tuple(
                _led(row, gap, share) for row, gap in zip(self._rows[index], rest, strict=True)
            )


def _led(row: Row, gap: Row, share: float) -> Row:
    """A row corrected by its share of the last row's gap: a quintic for the place, a cubic for the speed."""
    seconds = BLEND_STEPS * DT
    ease = share * share * share * (share * (share * 6 - 15) + 10)
    slope = 30 * share * share * (share - 1) * (share - 1) / seconds
    brake = share * share * (share - 1) * seconds
    braking = share * (3 * share - 2)
    return (
        row[0] + gap[0] * ease + gap[2] * brake,
        row[1] + gap[1] * ease + gap[3] * brake,
        row[2] + gap[0] * slope + gap[2] * braking,
        row[3] + gap[1] * slope + gap[3] * braking,
        row[4] + gap[4] * ease,
        row[5] + gap[5] * ease,
        row[6],
    )
