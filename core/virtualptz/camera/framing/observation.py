"""What of one tracking update the framing goes by."""

from dataclasses import dataclass

from ...model import FramingOptions, PlayPhase, Target, TrackingUpdate
from ...model.region import contains
from .box import Box
from .reasons import DEFAULT_MODE, Mode

PLAYERS = frozenset({"player", "person", "goalkeeper"})
BALLS = frozenset({"ball", "sports ball", "basketball"})
"""Classes of the wire contract, and what detectors of COCO's classes say. All others, such as `referee`,
`coach` or `bench`, do not say where play is."""
LEAST_BALL_CONFIDENCE = 0.12
"""Detectors are never sure of so small a thing; its path tells more than their confidence."""
HALF_WIDTH, HALF_HEIGHT = 0.008, 0.03
"""Of a player whose box nobody gave, seen by a camera that holds the whole court."""
SURE = 0.7
"""From this tracking confidence on, nothing is in doubt."""
CLEAR = 0.25
"""Up to this occlusion level, as many players hide each other as always do."""
FALLBACK_DOUBT = 0.6


@dataclass(frozen=True, slots=True)
class Figure:
    """A player: the centre of the box and half its size, fractions of the source."""

    x: float
    y: float
    half_width: float
    half_height: float

    @property
    def box(self) -> Box:
        return Box(
            self.x - self.half_width,
            self.y - self.half_height,
            self.x + self.half_width,
            self.y + self.half_height,
        )


@dataclass(frozen=True, slots=True)
class BallSeen:
    x: float
    y: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Wish:
    """Where the detector wants the camera; None: as before."""

    x: float | None
    y: float | None
    zoom: float | None


@dataclass(frozen=True, slots=True)
class Observation:
    """One moment of play. Exactly one of `wish` and the rest tells where to look."""

    mode: Mode
    phase: PlayPhase | None
    side: str | None
    """`left` or `right`: the one that is attacked; None where it is not known."""
    ball_velocity: tuple[float, float] | None
    doubt: float
    """0: the detector is sure, 1: it guesses."""
    players: tuple[Figure, ...] = ()
    balls: tuple[BallSeen, ...] = ()
    wish: Wish | None = None


def observe(update: TrackingUpdate, options: FramingOptions) -> Observation | None:
    """None where the update says nothing of the play: a detector that has lost it only guesses."""
    if update.tracking_state == "lost" or update.tracking_confidence < options.min_tracking_confidence:
        return None
    if update.targets:
        players = tuple(
            figure
            for target in update.targets
            if target.cls.lower() in PLAYERS and target.confidence >= options.min_confidence
            for figure in (_figure(target),)
            if not options.region or contains(options.region, figure.x, _foot(target))
        )
        balls = tuple(_balls(update.targets, options))
        return _observation(update, players, balls) if players or balls else None
    wish = Wish(update.target_x, update.target_y, update.target_zoom)
    if wish == Wish(None, None, None):
        return None
    return _observation(update, (), (), wish)


def _observation(
    update: TrackingUpdate,
    players: tuple[Figure, ...],
    balls: tuple[BallSeen, ...],
    wish: Wish | None = None,
) -> Observation:
    vx, vy, side = update.ball_velocity_x, update.ball_velocity_y, update.possession_side
    hint = update.tracking_mode_hint
    return Observation(
        mode=DEFAULT_MODE if hint is None or hint == "reacquire" else hint,
        phase=update.play_phase,
        side=side if side in ("left", "right") else None,
        ball_velocity=None if vx is None else (vx, vy or 0.0),
        doubt=_doubt(update),
        players=players,
        balls=balls,
        wish=wish,
    )


def _doubt(update: TrackingUpdate) -> float:
    unsure = (SURE - update.tracking_confidence) / SURE
    hidden = (update.occlusion_level - CLEAR) / (1 - CLEAR)
    return max(0.0, unsure, hidden, FALLBACK_DOUBT if update.fallback_active else 0.0)


def _figure(target: Target) -> Figure:
    half_width, half_height = _half(target, "w"), _half(target, "h")
    return Figure(
        target.x,
        target.y,
        HALF_WIDTH if half_width is None else half_width,
        HALF_HEIGHT if half_height is None else half_height,
    )


def _foot(target: Target) -> float:
    return min(target.y + (_half(target, "h") or 0.0), 1.0)


def _half(target: Target, side: str) -> float | None:
    """Extra keys hold whatever the detector sent."""
    size = (target.model_extra or {}).get(side)
    if isinstance(size, int | float) and not isinstance(size, bool) and 0 < size <= 1:
        return size / 2
    return None


def _balls(targets: tuple[Target, ...], options: FramingOptions) -> list[BallSeen]:
    """A ball in the air is above the region, never beside it."""
    across = [x for x, _ in options.region] or [0.0, 1.0]
    lowest = max((y for _, y in options.region), default=1.0)
    left, right = min(across), max(across)
    return [
        BallSeen(target.x, target.y, target.confidence)
        for target in targets
        if target.cls.lower() in BALLS
        and target.confidence >= LEAST_BALL_CONFIDENCE
        and left <= target.x <= right
        and target.y <= lowest
    ]
