"""One picture of the match."""

from collections.abc import Callable, Iterator
from functools import partial
from math import sqrt

from ...protocols import BgrArray
from ..game.floor import BALL_RADIUS, ENDS, MIDDLE_Y, Point3, distance
from ..play import Moment, Play, Player
from ..wide_camera import WideCamera
from .brush import Brush, ring
from .clock import draw_clock
from .hall import draw_hall
from .hoop import draw_hoop
from .people import Pose, draw_player

FLASH_SECONDS = 0.1
"""How long the boards and the corner patch stay white after each whole second."""
JUMP_SECONDS = 0.24
JUMP_SAMPLES = 4
JUMP_HEIGHT = 0.5


class CourtPainter:
    """Draws any moment of one match, width x height pixels. One thread at a time."""

    def __init__(self, play: Play, width: int = 1920, height: int = 1080) -> None:
        self._play = play
        self.camera = WideCamera(width / height)
        self._dark = draw_hall(self.camera, width, height)
        self._lit = draw_hall(self.camera, width, height, lit=True)

    def draw(self, seconds: float) -> BgrArray:
        """The picture at `seconds`: a new array, height x width x 3."""
        moment = self._play.at(seconds)
        flash = is_flash(seconds)
        brush = Brush((self._lit if flash else self._dark).copy(), self.camera)
        for player in moment.players:
            brush.shade(ring((player.x, player.y + 0.05, 0.0), 0.34, 14), 0.38)
        x, y, z = moment.ball
        brush.shade(ring((x, y + 0.3 * z, 0.0), BALL_RADIUS * (1 + 0.3 * z), 12), 0.45 / (1 + 0.6 * z))
        for _, draw in sorted(self._things(brush, moment), key=lambda thing: thing[0]):
            draw()
        draw_clock(brush.picture, seconds, flash=flash)
        return brush.picture

    def _things(self, brush: Brush, moment: Moment) -> Iterator[tuple[float, Callable[[], None]]]:
        """What stands or flies, each with its distance from the far side: far things come first."""
        lifts = self._lifts(moment.seconds)
        for index, player in enumerate(moment.players):
            pose = _pose(moment, player, lifts.get(index, 0.0))
            yield player.y, partial(draw_player, brush, player, pose)
        for end in ENDS:
            yield MIDDLE_Y, partial(draw_hoop, brush, end)
        yield moment.ball[1] + 0.05, partial(_draw_ball, brush, moment.ball)

    def _lifts(self, seconds: float) -> dict[int, float]:
        """Metres off the floor of whoever holds the ball high now, did just before, or soon will."""
        lifts: dict[int, float] = {}
        for number in range(-JUMP_SAMPLES, JUMP_SAMPLES + 1):
            near = self._play.at(seconds + number * JUMP_SECONDS / JUMP_SAMPLES)
            if near.holder is not None and near.ball[2] > 1.5:
                weight = JUMP_HEIGHT / JUMP_SAMPLES * (1 - abs(number) / (JUMP_SAMPLES + 1))
                lifts[near.holder] = lifts.get(near.holder, 0.0) + weight
        return lifts


def is_flash(seconds: float) -> bool:
    """Whether boards and corner patch are white: at the start of each whole second, with the beep."""
    # A frame's time may fall short of its whole second by the last bit.
    return (seconds + 1e-6) % 1.0 < FLASH_SECONDS


def _pose(moment: Moment, player: Player, lift: float) -> Pose:
    x, y, z = moment.ball
    far = sqrt((player.x - x) ** 2 + (player.y - y) ** 2 + (1.4 - z) ** 2)
    guard = 0.0
    if moment.phase != "deadball" and (player.team == 0) != moment.attacking_right:
        nearest = min(
            distance((player.x, player.y), (other.x, other.y))
            for other in moment.players
            if other.team != player.team
        )
        guard = _unit(3.0 - nearest)
    return Pose((x, y, max(z, 0.75)), reach=_unit((1.6 - far) / 0.7), guard=guard, lift=lift)


def _draw_ball(brush: Brush, ball: Point3) -> None:
    x, y, z = ball
    brush.disc(ball, BALL_RADIUS, (20, 60, 130))
    brush.disc((x, y, z + 0.012), BALL_RADIUS * 0.86, (40, 110, 225))
    brush.disc((x - 0.03, y, z + 0.045), BALL_RADIUS * 0.4, (80, 150, 245))


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)
