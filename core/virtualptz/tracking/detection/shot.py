"""Shots at a basket, told by a ball that rises high above everybody. Nobody says where the baskets are."""

import math
from dataclasses import dataclass, replace
from statistics import median

from .scene import TALL, Ball, Scene

OVER = 0.5
"""Metres above all heads nearby: passes are lower, or only for a moment."""
TOO_HIGH = 5.0
"""Metres above them: a ball further up hangs on the wall."""
ASIDE = 3.0
"""Metres to the side, in which heads are nearby."""
RISE = 2.5
"""Metres a second: a shot leaves the hands with twice of it at least."""
RISE_SECONDS = 0.8
"""From then to the top."""
LOOSE_SECONDS = 1.5
"""By then somebody has it, seen or not."""
FLIGHT_SECONDS = 0.6
"""From where it is seen to be a shot to the ring; then the rebound begins."""
CAUGHT_SECONDS = 0.4
"""A ball among people for so long is in somebody's hands."""


@dataclass(frozen=True, slots=True)
class Shots:
    """What is known of shots; `after` gives it after one more picture."""

    rose_at: float = -math.inf
    shot_at: float = -math.inf
    high_at: float = -math.inf
    """When it last was over the heads."""
    down_at: float = -math.inf
    """Since when it has been seen among people."""

    def after(self, scene: Scene) -> "Shots":
        ball = scene.ball
        if ball is None or not scene.people or ball.unseen > 0:
            return self
        metre = max(median(person.height for person in scene.people) / TALL, 1.0)
        shots = self
        if -ball.velocity[1] / metre >= RISE:
            shots = replace(shots, rose_at=scene.at)
        over = _over_heads(ball, scene, metre)
        if over is None or over < OVER:
            return replace(shots, down_at=scene.at if shots.down_at < shots.high_at else shots.down_at)
        if over > TOO_HIGH or scene.at - shots.rose_at > RISE_SECONDS:
            return shots
        begins = scene.at - shots.high_at > LOOSE_SECONDS
        return replace(shots, high_at=scene.at, shot_at=scene.at if begins else shots.shot_at)

    def since(self, at: float) -> float:
        """Seconds since the last shot."""
        return at - self.shot_at

    def loose(self, at: float) -> bool:
        """Whether the ball is nobody's: on its way to the basket, or off it."""
        return self.since(at) < LOOSE_SECONDS and not self._caught(at)

    def rebound(self, at: float) -> bool:
        """Whether it has been at the basket, and whoever has it did not go on yet. Whether it went in, nobody
        tells: then this is the moment before the throw-in."""
        return self.since(at) >= FLIGHT_SECONDS and self.loose(at)

    def _caught(self, at: float) -> bool:
        return self.down_at > self.high_at and at - self.down_at > CAUGHT_SECONDS


def _over_heads(ball: Ball, scene: Scene, metre: float) -> float | None:
    """Metres above the highest head nearby; None where nobody is."""
    x, y = ball.center
    heads = [person.box[1] for person in scene.people if abs(person.center[0] - x) < ASIDE * metre]
    return (min(heads) - y) / metre if heads else None
