"""Play that cameras are judged on: passages at 30 pictures a second, and what a detector makes of them."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from virtualptz.tracking.game.floor import LENGTH, WIDTH
from virtualptz.tracking.play import Play

Array = npt.NDArray[np.float64]

NBA = Path(__file__).parents[2] / "shared/data/tracks/nba_cle_val_4games_5hz.npz"
"""Tracked NBA games at 5 Hz, where they lie beside the project."""
COURT_FEET = (94.0, 50.0)
TRACKED_HERTZ = 5
RATE = 30
"""Pictures a second."""
SHORTEST_SECONDS = 10.0
"""Shorter pieces of play are left out: there a camera is still arriving."""
APART_SECONDS = 10.0
"""Between two passages on the common axis of time."""
NOISE, OUTLIER_SHARE, OUTLIERS = 0.006, 0.02, 0.08
"""Standard deviations in widths of the picture, and how many detections are outliers."""


@dataclass(frozen=True, eq=False)
class Passage:
    """Uninterrupted play. Places are metres on the court's plan of the simulated play, `n` pictures."""

    begins: float
    """Stream time of the first picture."""
    players: Array
    """(n, 10, 2)."""
    ball: Array
    """(n, 3)."""

    @property
    def times(self) -> Array:
        return self.begins + np.arange(len(self.ball)) / RATE

    @property
    def target(self) -> Array:
        """Where along the court, 0..1, a camera should look: half ball, half median player (n)."""
        middle = (self.ball[:, 0] + np.median(self.players[..., 0], axis=1)) / 2
        return np.asarray(middle / LENGTH)


@dataclass(frozen=True)
class Footage:
    """All passages, one after the other."""

    source: str
    passages: tuple[Passage, ...]

    @property
    def seconds(self) -> float:
        return sum(len(each.ball) for each in self.passages) / RATE


@dataclass(frozen=True)
class Scene:
    """Which footage; unlike it, quickly sent to another process."""

    real: bool
    seconds: float = 1e9

    @property
    def footage(self) -> Footage:
        return _footage(self.real, self.seconds)


@lru_cache(maxsize=2)
def _footage(real: bool, seconds: float) -> Footage:
    """About so many seconds of the tracked games, or of simulated play."""
    if real:
        data = np.load(NBA)
        scale = np.array([LENGTH, WIDTH]) / COURT_FEET
        players = data["players_ft"].astype(float) * scale
        ball = data["ball_ft"].astype(float) * [*scale, 0.3048]
        return _cut("NBA games tracked at 5 Hz", players, ball, data["segment"], seconds)
    play = Play(7)
    moments = [play.at(number / TRACKED_HERTZ) for number in range(int(seconds * TRACKED_HERTZ))]
    players = np.array([[(each.x, each.y) for each in moment.players] for moment in moments])
    ball = np.array([moment.ball for moment in moments])
    pieces = np.arange(len(ball)) // (60 * TRACKED_HERTZ)
    return _cut("simulated play (no tracked games lie beside the project)", players, ball, pieces, seconds)


def _cut(
    source: str, players: Array, ball: Array, pieces: npt.NDArray[np.integer], seconds: float
) -> Footage:
    begins, total, passages = 0.0, 0.0, []
    for piece in np.unique(pieces):
        rows = pieces == piece
        length = (int(rows.sum()) - 1) / TRACKED_HERTZ
        if length >= SHORTEST_SECONDS and total < seconds:
            passages.append(Passage(begins, _interpolated(players[rows]), _interpolated(ball[rows])))
            begins += round(length + APART_SECONDS)
            total += length
    return Footage(source, tuple(passages))


def _interpolated(values: Array) -> Array:
    """At the pictures' times: cubics through the points, with the mean slope of their neighbours there."""
    slopes = np.gradient(values, axis=0)
    steps = RATE // TRACKED_HERTZ
    share = (np.arange(steps) / steps).reshape(1, steps, *(1,) * (values.ndim - 1))
    p, q, m, n = (each[:, None] for each in (values[:-1], values[1:], slopes[:-1], slopes[1:]))
    a, b = 2 * (p - q) + m + n, 3 * (q - p) - 2 * m - n
    curve = ((a * share + b) * share + m) * share + p
    return np.concatenate([curve.reshape(-1, *values.shape[1:]), values[-1:]])


@dataclass(frozen=True)
class Detector:
    """How what is seen differs from what is."""

    hertz: int = 10
    latency: float = 0.0
    """Seconds from the picture to the update."""
    silence: float = 0.0
    """Seconds of every ten in which nothing comes."""

    def pictures(self, passage: Passage) -> list[int]:
        """Numbers of the pictures that it measures."""
        numbers = range(0, len(passage.ball), RATE // self.hertz)
        return [each for each in numbers if not 5 <= each / RATE % 10 < 5 + self.silence]


def noise(passage: Passage, shape: tuple[int, ...]) -> Array:
    """Errors of detections, widths, by picture (n, ...): the same ones whichever pictures are measured."""
    rng = np.random.default_rng(round(passage.begins * 1000) + 17)
    size = (len(passage.ball), *shape)
    errors = rng.normal(0, NOISE, size)
    wild = rng.random(size) < OUTLIER_SHARE
    return np.asarray(errors + wild * rng.normal(0, OUTLIERS, size))
