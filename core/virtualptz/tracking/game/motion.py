"""How bodies move: toward a goal, within what legs can do, and never through one another.

Arithmetic and square roots only, so that every machine gets the same bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from .floor import Point

DT = 0.05
"""Seconds of one step."""
ACCELERATION = 4.2
"""m/s^2; sprinters leave the blocks with about 5, games show 4.5 at the 95th percentile."""
BRAKING = 3.6
BODY = 0.62
"""Metres between two centres at which bodies touch."""
CONTACT_BRAKING = 5.0
"""m/s^2 of closing speed that two bodies shed before they touch."""
SIDESTEP_RANGE = 2.0
TURN_RATE = 7.0


@dataclass(slots=True)
class Body:
    """One player on the floor: metres, metres a second."""

    x: float
    y: float
    vx: float = 0.0
    vy: float = 0.0
    facing_x: float = 1.0
    facing_y: float = 0.0
    goal: Point = (0.0, 0.0)
    pace: float = 2.0
    """The speed that it wants on the way to its goal."""
    look: Point = (14.0, 7.5)
    ran: float = 0.0
    """Metres since the passage began: where its legs are in their stride."""

    @property
    def at(self) -> Point:
        return self.x, self.y

    @property
    def speed(self) -> float:
        return sqrt(self.vx * self.vx + self.vy * self.vy)

    def run(self, goal: Point, pace: float) -> None:
        self.goal, self.pace = goal, pace


def step(bodies: Sequence[Body]) -> None:
    """Move everybody by DT."""
    before = [(body.vx, body.vy) for body in bodies]
    for body in bodies:
        _accelerate(body, *_sidestep(body, bodies, *_wanted(body)))
    pairs = _near_pairs(bodies)
    for _ in range(3):
        for a, b in pairs:
            _keep_apart(a, b)
    for body, (vx, vy) in zip(bodies, before, strict=True):
        body.x += (vx + body.vx) / 2 * DT
        body.y += (vy + body.vy) / 2 * DT
        body.ran += body.speed * DT
        _turn(body)


def _wanted(body: Body) -> Point:
    """The velocity that takes it to its goal and lets it stop there."""
    dx, dy = body.goal[0] - body.x, body.goal[1] - body.y
    far = sqrt(dx * dx + dy * dy)
    if far < 0.02:
        return 0.0, 0.0
    speed = min(body.pace, sqrt(2 * BRAKING * far) * 0.9, far * 2.5)
    return dx / far * speed, dy / far * speed


def _sidestep(body: Body, others: Sequence[Body], wx: float, wy: float) -> Point:
    """Bend the wanted velocity around whoever stands in the way."""
    speed = sqrt(wx * wx + wy * wy)
    if speed < 0.3:
        return wx, wy
    ux, uy = wx / speed, wy / speed
    bend = 0.0
    for other in others:
        dx, dy = other.x - body.x, other.y - body.y
        ahead = dx * ux + dy * uy
        if other is body or not 0 < ahead < SIDESTEP_RANGE:
            continue
        aside = dy * ux - dx * uy
        if -0.9 < aside < 0.9:
            weight = (1 - ahead / SIDESTEP_RANGE) * (0.9 - abs(aside)) / 0.9
            bend += -weight if aside >= 0 else weight
    bend = min(max(1.8 * bend, -1.2), 1.2)
    wx, wy = ux - uy * bend, uy + ux * bend
    scale = speed / sqrt(wx * wx + wy * wy)
    return wx * scale, wy * scale


def _accelerate(body: Body, wx: float, wy: float) -> None:
    dx, dy = wx - body.vx, wy - body.vy
    change = sqrt(dx * dx + dy * dy)
    share = 1.0 if change <= ACCELERATION * DT else ACCELERATION * DT / change
    body.vx += dx * share
    body.vy += dy * share


def _near_pairs(bodies: Sequence[Body]) -> list[tuple[Body, Body]]:
    return [
        (a, b)
        for index, a in enumerate(bodies)
        for b in bodies[index + 1 :]
        if -4 < a.x - b.x < 4 and -4 < a.y - b.y < 4
    ]


def _keep_apart(a: Body, b: Body) -> None:
    """Allow no more closing speed than both can shed before they touch (a control barrier function)."""
    dx, dy = b.x - a.x, b.y - a.y
    far = sqrt(dx * dx + dy * dy)
    if far == 0:
        return
    dx, dy = dx / far, dy / far
    closing = (a.vx - b.vx) * dx + (a.vy - b.vy) * dy
    gap = far - BODY
    allowed = sqrt(2 * CONTACT_BRAKING * gap) if gap > 0 else 2 * gap
    excess = (closing - allowed) / 2
    if excess > 0:
        a.vx -= dx * excess
        a.vy -= dy * excess
        b.vx += dx * excess
        b.vy += dy * excess


def _turn(body: Body) -> None:
    """Face where it runs; standing, face what it looks at."""
    speed = body.speed
    if speed > 1.2:
        tx, ty = body.vx / speed, body.vy / speed
    else:
        tx, ty = body.look[0] - body.x, body.look[1] - body.y
        far = sqrt(tx * tx + ty * ty) or 1.0
        tx, ty = tx / far, ty / far
    share = TURN_RATE * DT
    fx = body.facing_x + (tx - body.facing_x) * share
    fy = body.facing_y + (ty - body.facing_y) * share
    length = sqrt(fx * fx + fy * fy)
    if length > 0.05:
        body.facing_x, body.facing_y = fx / length, fy / length
    else:
        body.facing_x, body.facing_y = -ty, tx
