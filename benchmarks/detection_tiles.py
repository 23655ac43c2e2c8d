"""What looking at a wide picture in pieces finds, and what it costs."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from virtualptz.protocols import Frame
from virtualptz_yolo.detector import YoloDetector
from virtualptz_yolo.options import YoloOptions

from .detection_yolo import SOCCER, narrow, options, pictures
from .report import Part, median, verdict

SURE = 0.25
"""A person from this score on begins a track."""
SETTLED = 3.0
"""Seconds until the size of people is measured and every piece has had its turn."""


@dataclass(frozen=True, slots=True)
class Way:
    name: str
    options: YoloOptions
    across: int


@dataclass(frozen=True, slots=True)
class Found:
    people: list[int]
    seconds: list[float]


def measure(*, quick: bool) -> Part:
    frames = list(pictures(SOCCER, 40 if quick else 120, every=2))
    wide = frames[0].image.shape[1]
    ways = [
        Way("whole picture at 640", options(tiles="off"), 640),
        Way("whole picture at 1280", options(tiles="off", imgsz=1280), 1280),
        *(Way(f"pieces, {budget} a picture", options(tile_budget=budget), wide) for budget in (1, 2, 3)),
        Way("pieces, all of them", options(tile_budget=0), wide),
    ]
    return _part({way.name: _run(way, frames) for way in ways})


def _run(way: Way, frames: list[Frame]) -> Found:
    detector = YoloDetector(way.options)
    found = Found([], [])
    for frame in frames:
        picture = Frame(frame.pts, narrow(frame.image, way.across))
        began = perf_counter()
        people = detector.detect(picture).people
        spent = perf_counter() - began
        if frame.pts >= min(SETTLED, frames[-1].pts / 2):
            found.people.append(int((people.scores >= SURE).sum()))
            found.seconds.append(spent)
    detector.close()
    return found


def _part(ways: dict[str, Found]) -> Part:
    counts = {name: float(np.mean(found.people)) for name, found in ways.items()}
    coarse, fine, _, _, usual, full = counts.values()
    rows = [
        (
            name,
            f"{counts[name]:.1f}",
            f"{min(found.people)} to {max(found.people)}",
            f"{median(found.seconds) * 1e3:.0f}",
        )
        for name, found in ways.items()
    ]
    return Part(
        title="Small people in a wide picture",
        claim=(
            f"- Pieces find **{usual / coarse:.1f}** times as many people as the whole picture at 640, and "
            f"**{usual / fine:.2f}** of those at 1280 ({verdict(usual >= fine)}); with all pieces in every "
            f"picture {full / fine:.2f}."
        ),
        head=("looked at", "people a picture, mean", "least to most", "ms a picture, median"),
        rows=tuple(rows),
        notes=(
            f"The football clip, 3072x1728, every second picture, `yolo11n`; people with a score from {SURE} "
            f"on, after {SETTLED:g} s. About 20 are on the pitch and three beside it; there is no ground "
            "truth, so false ones count too. Scaling the picture down for the whole is not in its time."
        ),
    )
