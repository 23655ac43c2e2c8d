"""What a perfect detector would say of the simulated match: tracking updates from its truth."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from threading import Lock
from typing import Literal

from ..model import MIN_ZOOM, ModeHint, Target, TrackingUpdate
from .game.floor import BALL_RADIUS, BOARD_TOP, ENDS, distance
from .game.passage import SECONDS
from .play import Moment, Play, Player
from .state import Hysteresis
from .wide_camera import WideCamera

TALL = 1.95
BROAD = 0.62
STATE_SECONDS = 0.2
"""The state is led over the match in steps of this, so that it depends on the time alone."""
VELOCITY_SECONDS = 0.2
BASKET_PULL = 0.25
"""Of the wanted centre, while the ball is near a basket."""
MARGIN = 0.02
CLOSEST = 2.2


@dataclass(frozen=True, slots=True)
class Box:
    """Fractions of the picture; `near` orders by distance: the greater one hides the smaller."""

    x: float
    y: float
    w: float
    h: float
    near: float

    def hidden_by(self, other: "Box") -> float:
        """The share of this box that lies behind the other."""
        if other.near <= self.near:
            return 0.0
        across = min(self.x + self.w / 2, other.x + other.w / 2) - max(
            self.x - self.w / 2, other.x - other.w / 2
        )
        down = min(self.y + self.h / 2, other.y + other.h / 2) - max(
            self.y - self.h / 2, other.y - other.h / 2
        )
        return across * down / (self.w * self.h) if across > 0 and down > 0 else 0.0


class Sight:
    """One moment as the camera sees it."""

    def __init__(self, moment: Moment, camera: WideCamera) -> None:
        self.moment = moment
        self._camera = camera
        self.players = [_player_box(player, camera) for player in moment.players]
        x, y, z = moment.ball
        bx, by = camera.point(x, y, z)
        size = 2 * BALL_RADIUS * camera.scale(y, z)
        self.ball = Box(bx, by, size, size * camera.aspect, y)

    @cached_property
    def covers(self) -> list[float]:
        """For each player, the share of him that others hide."""
        return [max(box.hidden_by(other) for other in self.players) for box in self.players]

    @cached_property
    def ball_cover(self) -> float:
        return max(self.ball.hidden_by(box) for box in self.players)

    @property
    def occlusion(self) -> float:
        return min(1.0, 1.6 * sum(self.covers) / len(self.covers) + 0.15 * self.ball_cover)

    @property
    def confidence(self) -> float:
        return max(0.05, 0.96 - 1.15 * self.occlusion)

    def targets(self) -> tuple[Target, ...]:
        boxes = [*zip(self.players, self.covers, strict=True), (self.ball, self.ball_cover)]
        ids = [player.track_id for player in self.moment.players]
        return tuple(
            _target(box, cover, "player" if place < len(ids) else "ball", [*ids, 0][place])
            for place, (box, cover) in enumerate(boxes)
            if 0 <= box.x <= 1 and 0 <= box.y <= 1
        )

    def wanted(self) -> tuple[float, float, float]:
        """Half ball, half the median player, a near basket drawn in; wide enough for nearly all of them."""
        x, y, z = self.moment.ball
        ball_x, ball_y = self._camera.point(x, y, min(z, 1.0))
        end = min(ENDS, key=lambda end: distance((x, y), end.hoop))
        near = _unit((12.0 - distance((x, y), end.hoop)) / 6.0)
        basket_x, basket_y = self._camera.point(*end.hoop, BOARD_TOP)
        pull = BASKET_PULL * near
        center_x = (1 - pull) * (ball_x + median(box.x for box in self.players)) / 2 + pull * basket_x
        center_y = (1 - pull) * (ball_y + median(box.y for box in self.players)) / 2 + pull * basket_y
        across = [abs(box.x - center_x) + box.w / 2 for box in self.players]
        down = [abs(box.y - center_y) + box.h / 2 for box in self.players]
        half_width = max(_all_but(2, across), abs(ball_x - center_x) + 0.04, near * abs(basket_x - center_x))
        half_height = max(_all_but(1, down), near * (center_y - basket_y))
        zoom = 0.5 / (max(half_width, half_height) + MARGIN)
        return _unit(center_x), _unit(center_y), min(max(zoom, MIN_ZOOM), CLOSEST)


class Observer:
    """Watches one match with one camera. Pure in the time asked for; any thread may ask."""

    def __init__(self, play: Play, camera: WideCamera | None = None) -> None:
        self._play = play
        self._camera = camera or WideCamera()
        self._states: OrderedDict[int, list[Hysteresis]] = OrderedDict()
        self._lock = Lock()

    def sight(self, seconds: float) -> Sight:
        return Sight(self._play.at(seconds), self._camera)

    def update(self, seconds: float, source: str = "runner-sim") -> TrackingUpdate:
        """The tracking update of the instant `seconds`, which is also its `frame_pts`."""
        sight = self.sight(seconds)
        state = self._state(sight.moment.seconds)
        center_x, center_y, zoom = sight.wanted()
        velocity_x, velocity_y = self._ball_velocity(sight)
        moment = sight.moment
        return TrackingUpdate(
            tracking_confidence=sight.confidence,
            tracking_state=state.state,
            fallback_active=state.fallback_active,
            occlusion_level=sight.occlusion,
            source=source,
            tracking_mode_hint=_hint(moment, state),
            play_phase=moment.phase,
            ball_velocity_x=velocity_x,
            ball_velocity_y=velocity_y,
            possession_side=_side(moment),
            court_homography_ok=True,
            target_x=center_x,
            target_y=center_y,
            target_zoom=zoom,
            targets=sight.targets(),
            frame_pts=seconds,
        )

    def _ball_velocity(self, sight: Sight) -> tuple[float, float]:
        before = self.sight(sight.moment.seconds - VELOCITY_SECONDS)
        passed = sight.moment.seconds - before.moment.seconds
        if passed <= 0:
            return 0.0, 0.0
        return (sight.ball.x - before.ball.x) / passed, (sight.ball.y - before.ball.y) / passed

    def _state(self, seconds: float) -> Hysteresis:
        """Confidence led through the hysteresis from the passage's beginning, where tracking is stable."""
        index = int(seconds / SECONDS)
        number = int((seconds - index * SECONDS) / STATE_SECONDS)
        with self._lock:
            states = self._states.setdefault(index, [Hysteresis("stable", fallback_active=False)])
            while len(states) <= number:
                at = index * SECONDS + len(states) * STATE_SECONDS
                states.append(states[-1].after(self.sight(at).confidence))
            if len(self._states) > 4:
                self._states.popitem(last=False)
            return states[number]


def _player_box(player: Player, camera: WideCamera) -> Box:
    _, top = camera.point(player.x, player.y, TALL)
    x, bottom = camera.point(player.x, player.y, 0.0)
    return Box(x, (top + bottom) / 2, BROAD * camera.scale(player.y, 1.0), bottom - top, player.y)


def _target(box: Box, cover: float, cls: str, track_id: int) -> Target:
    return Target.model_validate(
        {
            "x": box.x,
            "y": box.y,
            "w": box.w,
            "h": box.h,
            "confidence": max(0.05, 0.95 - 0.8 * cover),
            "cls": cls,
            "track_id": track_id,
        }
    )


def _hint(moment: Moment, state: Hysteresis) -> ModeHint:
    if state.state == "lost":
        return "reacquire"
    if moment.fast_break:
        return "fast_break"
    if moment.loose or moment.phase == "rebound":
        return "follow_ball"
    return "half_court_lock" if moment.phase in ("set_offense", "free_throw") else "follow_play"


def _side(moment: Moment) -> Literal["left", "right", "unknown"]:
    """The side of the picture that the team with the ball attacks."""
    if moment.loose:
        return "unknown"
    return "right" if moment.attacking_right else "left"


def _all_but(stragglers: int, reaches: list[float]) -> float:
    return sorted(reaches)[-1 - stragglers]


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)
