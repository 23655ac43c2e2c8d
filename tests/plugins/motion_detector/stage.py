"""A drawn hall with figures in it, whose places are known: 320x180, ten pictures a second."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from virtualptz.protocols import BgrArray, Frame
from virtualptz.tracking.detection import Detections

WIDTH, HEIGHT = 320, 180
FPS = 10
Reals = npt.NDArray[np.floating[Any]]
Box = tuple[float, float, float, float]
NOISE = 2.0
"""Of 255, one sigma: a clean camera."""


@dataclass(frozen=True)
class Figure:
    """Somebody with head, shirt, arms and legs."""

    feet: Callable[[float], tuple[float, float] | None]
    """Where he stands at a time; None: he is not there."""
    shirt: tuple[int, int, int] = (40, 40, 210)
    tall: float = 36.0
    shadow: float = 1.0
    """What his shadow leaves of the light, to his right."""
    plain: bool = False
    """All of him has the colour of his shirt."""

    def box(self, at: float) -> Box | None:
        feet = self.feet(at)
        if feet is None:
            return None
        x, y = feet
        return x - 0.17 * self.tall, y - self.tall, x + 0.17 * self.tall, y


@dataclass
class Hall:
    figures: Sequence[Figure] = ()
    light: Callable[[float, Reals], Reals | float] = lambda at, rows: 1.0
    """The light's factor at a time, for each row (n x 1)."""
    shift: Callable[[float], tuple[float, float]] = lambda at: (0.0, 0.0)
    also: Callable[[float, BgrArray], None] = lambda at, picture: None
    """Paints into the hall before people do."""
    seed: int = 1
    _floor: BgrArray = field(init=False)

    def __post_init__(self) -> None:
        self._floor = hall(self.seed)

    def frame(self, at: float) -> Frame:
        picture = self._floor.copy()
        self.also(at, picture)
        for figure in sorted(self.figures, key=lambda one: (one.feet(at) or (0, 0))[1]):
            _draw(picture, figure, at)
        across, down = self.shift(at)
        if across or down:
            matrix = np.array([[1, 0, across], [0, 1, down]], np.float32)
            picture = np.asarray(
                cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT), np.uint8
            )
        lit = picture * self.light(at, np.arange(HEIGHT, dtype=np.float64)[:, None, None])
        grain = np.random.default_rng([self.seed, round(at * 1000)]).normal(0, NOISE, picture.shape)
        return Frame(at, np.clip(lit + grain, 0, 255).astype(np.uint8))

    def frames(self, seconds: float, since: float = 0.0) -> Iterator[Frame]:
        for number in range(round(since * FPS), round((since + seconds) * FPS)):
            yield self.frame(number / FPS)

    def boxes(self, at: float) -> list[Box]:
        across, down = self.shift(at)
        found = [figure.box(at) for figure in self.figures]
        return [(b[0] + across, b[1] + down, b[2] + across, b[3] + down) for b in found if b is not None]


def hall(seed: int) -> BgrArray:
    """A wall with posters over a floor with lines, grainy as real ones are."""
    random = np.random.default_rng(seed)
    picture = np.empty((HEIGHT, WIDTH, 3), np.float32)
    picture[:60], picture[60:] = (150, 160, 165), (105, 150, 185)
    for _ in range(12):
        x, y = int(random.integers(0, WIDTH - 30)), int(random.integers(5, 45))
        colour = tuple(int(value) for value in random.integers(40, 220, 3))
        cv2.rectangle(picture, (x, y), (x + 24, y + 10), colour, -1)
    for x in range(-100, WIDTH + 100, 40):
        cv2.line(picture, (x, 60), (x + (x - 160) // 2, HEIGHT), (90, 130, 160), 1)
    cv2.ellipse(picture, (160, 120), (60, 25), 0, 0, 360, (230, 235, 235), 2)
    cv2.line(picture, (20, 150), (300, 150), (230, 235, 235), 2)
    grain = cv2.GaussianBlur(random.normal(0, 14, picture.shape), (0, 0), 1.5)
    return np.asarray(np.clip(picture + grain, 0, 255), np.uint8)


def walk(
    start: tuple[float, float], speed: tuple[float, float], begin: float = 0.0
) -> Callable[..., tuple[float, float]]:
    """Pixels and pixels a second; stands until `begin`."""
    return lambda at: (
        start[0] + speed[0] * max(at - begin, 0.0),
        start[1] + speed[1] * max(at - begin, 0.0),
    )


def to_and_fro(
    middle: tuple[float, float], reach: float, seconds: float, phase: float = 0.0
) -> Callable[..., tuple[float, float]]:
    return lambda at: (middle[0] + reach * float(np.sin(2 * np.pi * (at / seconds + phase))), middle[1])


def sure(found: Detections) -> Reals:
    """Boxes that begin a track."""
    return found.boxes[found.scores >= 0.25]


def overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Intersection over union."""
    across = max(min(one[2], other[2]) - max(one[0], other[0]), 0)
    down = max(min(one[3], other[3]) - max(one[1], other[1]), 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return float(across * down / (sum(areas) - across * down))


def hits(
    truth: Sequence[Sequence[float]], boxes: Sequence[Sequence[float]] | Reals, least: float = 0.4
) -> int:
    """How many of the truth are found, each box used once."""
    free, count = list(boxes), 0
    for one in truth:
        best = max(free, key=lambda box: overlap(one, box), default=None)
        if best is not None and overlap(one, best) >= least:
            count += 1
            free = [box for box in free if box is not best]
    return count


def _draw(picture: BgrArray, figure: Figure, at: float) -> None:
    feet = figure.feet(at)
    if feet is None:
        return
    x, y = feet
    tall = figure.tall

    def point(across: float, up: float) -> tuple[int, int]:
        return round((x + across * tall) * 16), round((y - up * tall) * 16)

    if figure.shadow < 1:
        shade = np.zeros(picture.shape[:2], np.uint8)
        cv2.ellipse(shade, (round(x + 0.3 * tall), round(y - 1)), (round(0.35 * tall), 4), 0, 0, 360, 255, -1)
        picture[shade > 0] = (picture[shade > 0] * figure.shadow).astype(np.uint8)
    swing = 0.09 * float(np.sin(2 * np.pi * (x + 3 * y) / tall))
    trousers, skin, hair = (
        (figure.shirt,) * 3 if figure.plain else ((60, 50, 45), (130, 160, 200), (60, 80, 110))
    )
    for side in (-1, 1):
        _limb(picture, point(0, 0.5), point(side * swing, 0.03), trousers, 0.11 * tall)
        _limb(picture, point(0, 0.75), point(side * (swing + 0.08), 0.45), skin, 0.07 * tall)
    trunk, head = (0.12 * tall, 0.2 * tall), (0.07 * tall, 0.08 * tall)
    for middle, (broad, high), colour in (
        (point(0, 0.65), trunk, figure.shirt),
        (point(0, 0.92), head, hair),
    ):
        axes = (round(broad * 16), round(high * 16))
        cv2.ellipse(picture, middle, axes, 0, 0, 360, colour, -1, cv2.LINE_AA, 4)


def _limb(
    picture: BgrArray,
    start: tuple[int, int],
    end: tuple[int, int],
    colour: tuple[int, int, int],
    thick: float,
) -> None:
    cv2.line(picture, start, end, colour, max(round(thick), 1), cv2.LINE_AA, 4)
