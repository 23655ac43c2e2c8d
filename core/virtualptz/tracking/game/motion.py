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
JOLT = 9.0
"""m/s^2 of one body's change of speed at the very most, contact included."""
PUSH = 4.0
"""m/s^2 that one correction for a collision adds at most."""
PASSING = 0.08
"""Metres of air between two who pass each other."""
STUCK_SECONDS = 0.5
DETOUR_SECONDS = 0.9
SIDESTEP_RANGE = 2.0
SIDESTEP_SECONDS = 0.6
"""How far ahead one looks who runs: this long's way, and SIDESTEP_RANGE metres at least."""
BEND = 2.5
"""Of the way to an obstacle that fills it: metres aside a metre forward."""
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
    stuck: float = 0.0
    """Seconds that it has wanted to go and could not."""
    detour: float = 0.0
    """Seconds that it still goes aside; the sign says to which side."""

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
        wx, wy = _around(body, *_wanted(body))
        _accelerate(body, *_sidestep(body, bodies, wx, wy))
    pairs = _near_pairs(bodies)
    for _ in range(3):
        for a, b in pairs:
            _keep_apart(a, b)
    for body, (vx, vy) in zip(bodies, before, strict=True):
        _limit(body, vx, vy)
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


def _around(body: Body, wx: float, wy: float) -> Point:
    """Who has been stuck in a crowd goes aside for a while, each time to the other side."""
    if wx * wx + wy * wy > 0.6 and body.speed < 0.3:
        body.stuck += DT
    else:
        body.stuck = 0.0
    if body.stuck > STUCK_SECONDS:
        body.stuck, body.detour = 0.0, -DETOUR_SECONDS if body.detour >= 0 else DETOUR_SECONDS
    if abs(body.detour) <= DT:
        return wx, wy
    body.detour -= DT if body.detour > 0 else -DT
    return (wy, -wx) if body.detour > 0 else (-wy, wx)


def _sidestep(body: Body, others: Sequence[Body], wx: float, wy: float) -> Point:
    """Bend the wanted velocity around whoever stands in the way."""
    speed = sqrt(wx * wx + wy * wy)
    if speed < 0.3:
        return wx, wy
    ux, uy = wx / speed, wy / speed
    bend = 0.0
    dx, dy = body.goal[0] - body.x, body.goal[1] - body.y
    sight = max(SIDESTEP_RANGE, SIDESTEP_SECONDS * speed)
    matters = min(sight, sqrt(dx * dx + dy * dy))
    for other in others:
        dx, dy = other.x - body.x, other.y - body.y
        ahead = dx * ux + dy * uy
        if other is body or not 0 < ahead < matters:
            continue
        aside = dy * ux - dx * uy
        if -0.9 < aside < 0.9:
            # One at a time: around the worst obstacle, as two side by side would cancel each other out.
            weight = (1 - ahead / sight) * (0.9 - abs(aside)) / 0.9
            if weight > abs(bend):
                bend = -weight if aside >= 0 else weight
    bend *= BEND
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
    """Of two who would run into each other, take the closing speed that they could not shed in time."""
    dx, dy = b.x - a.x, b.y - a.y
    far = sqrt(dx * dx + dy * dy) or 1e-6
    dx, dy = dx / far, dy / far
    wx, wy = a.vx - b.vx, a.vy - b.vy
    closing = wx * dx + wy * dy
    gap = far - BODY
    aside = abs(wy * dx - wx * dy)
    if gap > 0 and aside * far > (BODY + PASSING) * sqrt(wx * wx + wy * wy):
        return  # they pass each other
    allowed = sqrt(2 * CONTACT_BRAKING * gap) if gap > 0 else 2 * gap
    excess = (closing - allowed) / 2
    if excess > 0:
        excess = min(excess, PUSH * DT)
        a.vx -= dx * excess
        a.vy -= dy * excess
        b.vx += dx * excess
        b.vy += dy * excess


def _limit(body: Body, vx: float, vy: float) -> None:
    """Nobody's velocity changes by more than JOLT, whoever is in the way."""
    dx, dy = body.vx - vx, body.vy - vy
    change = sqrt(dx * dx + dy * dy)
    if change > JOLT * DT:
        body.vx = vx + dx / change * JOLT * DT
        body.vy = vy + dy / change * JOLT * DT


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
