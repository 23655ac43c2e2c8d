"""A player as a moving figure: a skeleton in the hall, drawn with round-ended limbs."""

from dataclasses import dataclass
from math import cos, pi, sin, sqrt

from ..game.floor import Point3
from ..play import Player
from .brush import Brush, Colour
from .number import draw_number

STRIDE_METRES = 1.75
"""Both legs' steps, at a run."""
KITS: tuple[tuple[Colour, Colour], ...] = (((45, 35, 200), (40, 30, 165)), ((240, 240, 240), (225, 225, 225)))
"""Shirt and shorts of the two teams."""
SKINS: tuple[Colour, ...] = ((125, 165, 220), (70, 105, 160), (45, 70, 115), (105, 145, 200), (58, 88, 140))
SHOES: tuple[Colour, ...] = ((230, 230, 230), (40, 40, 45))


@dataclass(frozen=True, slots=True)
class Pose:
    """What a player does with his arms, and how far off the floor he is."""

    ball: Point3
    reach: float = 0.0
    """0: arms swing; 1: hands on the ball."""
    guard: float = 0.0
    """1: arms out, knees bent."""
    lift: float = 0.0
    """Metres off the floor."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A player's own axes: forward along his facing, right of it, up."""

    player: Player
    lift: float

    def at(self, forward: float, right: float, up: float) -> Point3:
        p = self.player
        return (
            p.x + p.facing_x * forward - p.facing_y * right,
            p.y + p.facing_y * forward + p.facing_x * right,
            up + self.lift,
        )


def draw_player(brush: Brush, player: Player, pose: Pose) -> None:
    own = Frame(player, pose.lift)
    speed = sqrt(player.vx * player.vx + player.vy * player.vy)
    swing = min(1.0, speed / 4.5)
    turn = 2 * pi * player.ran / (STRIDE_METRES * (0.6 + 0.4 * swing))
    lean = 0.10 * swing
    hip = 0.96 - 0.08 * pose.guard
    parts = [*_legs(own, turn, swing, hip), *_arms(own, turn, swing, lean, pose)]
    body = _Body(brush, own, player, hip, lean)
    for part in sorted(parts, key=lambda part: part.depth):
        if part.depth > 0.02 and not body.drawn:
            body.draw()
        part.draw(brush, player)
    if not body.drawn:
        body.draw()
    body.draw_head()


@dataclass(frozen=True, slots=True)
class _Limb:
    """Two bones and what is at their end. `depth`: how much nearer to the camera than the body it is."""

    joints: tuple[Point3, Point3, Point3]
    leg: bool
    depth: float

    def draw(self, brush: Brush, player: Player) -> None:
        top, middle, end = self.joints
        skin = SKINS[(player.track_id * 3 + player.number) % len(SKINS)]
        shirt, shorts = KITS[player.team]
        if self.leg:
            brush.limb(middle, end, 0.12, skin)
            brush.limb(top, middle, 0.21, shorts)
            x, y, z = end
            toe = (x + 0.16 * player.facing_x, y + 0.16 * player.facing_y, z)
            brush.limb(end, toe, 0.11, SHOES[player.track_id % 2])
        else:
            brush.limb(middle, end, 0.09, skin)
            brush.limb(top, middle, 0.11, shirt if player.team else skin)


class _Body:
    """Trunk, number and head."""

    def __init__(self, brush: Brush, own: Frame, player: Player, hip: float, lean: float) -> None:
        self._brush = brush
        self._own = own
        self._player = player
        self._hip = hip
        self._lean = lean
        self.drawn = False

    def draw(self) -> None:
        self.drawn = True
        own, hip, lean = self._own, self._hip, self._lean
        shirt, shorts = KITS[self._player.team]
        for side in (-1, 1):
            self._brush.limb(
                own.at(lean, 0.13 * side, hip + 0.52), own.at(0, 0.1 * side, hip + 0.08), 0.22, shirt
            )
        self._brush.limb(own.at(lean * 0.5, 0, hip + 0.5), own.at(0, 0, hip + 0.1), 0.3, shirt)
        self._brush.limb(own.at(0, -0.09, hip + 0.02), own.at(0, 0.09, hip + 0.02), 0.24, shorts)
        draw_number(self._brush, self._player, own.at(lean * 0.7, 0, hip + 0.36))

    def draw_head(self) -> None:
        own, top, lean = self._own, self._hip + 0.62, self._lean
        skin = SKINS[(self._player.track_id * 3 + self._player.number) % len(SKINS)]
        self._brush.limb(own.at(lean, 0, top), own.at(lean + 0.02, 0, top + 0.1), 0.12, skin)
        self._brush.disc(own.at(lean + 0.03, 0, top + 0.2), 0.125, skin)
        hair = (25, 28, 35) if self._player.track_id % 4 else (50, 85, 115)
        self._brush.disc(own.at(lean, 0, top + 0.25), 0.105, hair)


def _legs(own: Frame, turn: float, swing: float, hip: float) -> list[_Limb]:
    legs = []
    for side, phase in ((-1, turn), (1, turn + pi)):
        reach = 0.42 * swing * sin(phase)
        rise = 0.26 * swing * max(0.0, cos(phase))
        spread = 0.12 + 0.08 * (1 - swing)
        foot = own.at(reach - 0.04, spread * side, 0.06 + rise)
        knee = own.at(
            reach * 0.5 + 0.08 + 0.16 * swing * max(0.0, cos(phase)), 0.13 * side, hip * 0.52 + rise * 0.4
        )
        legs.append(_limb(own, (own.at(0, 0.1 * side, hip), knee, foot), leg=True))
    return legs


def _arms(own: Frame, turn: float, swing: float, lean: float, pose: Pose) -> list[_Limb]:
    top = 1.5 - 0.08 * pose.guard
    arms = []
    for side, phase in ((-1, turn + pi), (1, turn)):
        shoulder = own.at(lean, 0.21 * side, top)
        reach = 0.32 * swing * sin(phase)
        elbow = own.at(lean - 0.04 + reach * 0.5, 0.27 * side, top - 0.28)
        hand = own.at(lean + 0.06 + 0.14 * swing + reach, 0.24 * side, top - 0.5 + 0.22 * swing)
        out = pose.guard * (1 - swing)
        elbow = _blend(elbow, own.at(0.18, 0.45 * side, top - 0.16), out)
        hand = _blend(hand, own.at(0.3, 0.62 * side, top - 0.05), out)
        grip = _toward(shoulder, pose.ball, 0.62)
        elbow = _blend(elbow, _elbow(shoulder, grip), pose.reach)
        hand = _blend(hand, grip, pose.reach)
        arms.append(_limb(own, (shoulder, elbow, hand), leg=False))
    return arms


def _limb(own: Frame, joints: tuple[Point3, Point3, Point3], *, leg: bool) -> _Limb:
    return _Limb(joints, leg, sum(joint[1] for joint in joints) / 3 - own.player.y)


def _toward(a: Point3, b: Point3, most: float) -> Point3:
    """The end of an arm that reaches from `a` for `b`."""
    gap = (b[0] - a[0], b[1] - a[1], b[2] - a[2])
    far = sqrt(gap[0] * gap[0] + gap[1] * gap[1] + gap[2] * gap[2]) or 1.0
    share = min(1.0, most / far)
    return a[0] + gap[0] * share, a[1] + gap[1] * share, a[2] + gap[2] * share


def _elbow(shoulder: Point3, hand: Point3) -> Point3:
    """Between the two, bent downwards."""
    x, y, z = _blend(shoulder, hand, 0.5)
    return x, y, z - 0.08


def _blend(a: Point3, b: Point3, share: float) -> Point3:
    return tuple(p + (q - p) * share for p, q in zip(a, b, strict=True))  # type: ignore[return-value]
