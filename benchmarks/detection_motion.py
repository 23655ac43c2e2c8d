"""What motion takes of a core at ten pictures a second, beyond the decode."""

from collections.abc import Iterator
from pathlib import Path
from time import process_time

import av
import cv2
import numpy as np

from virtualptz.protocols import Frame
from virtualptz.tracking.court import CourtPainter
from virtualptz.tracking.play import Play
from virtualptz_motion.detector import MotionDetector, source
from virtualptz_motion.options import MotionOptions

from .report import Part, median, p95, verdict

FPS = 10
AIM = 0.10
"""Share of a core, at 640x360."""
VIDEO = Path(__file__).parents[2] / "shared" / "data" / "video"
CLIPS = (
    ("basketball gym", "basketball_gym_fisheye_10s.mp4", 640),
    ("pedestrians", "pedestrians_vtest_1080p30_16s.mp4", 640),
    ("football, panorama", "soccer_left_3072x1728_10s.mp4", 1280),
)
WARM = 5
"""Pictures that are not counted: code and memory are fetched."""


def measure(*, quick: bool) -> Part:
    seconds = 3.0 if quick else 10.0
    scenes = {("drawn match", "640x360"): list(_drawn(seconds))}
    for name, file, width in CLIPS:
        if (VIDEO / file).exists():
            frames = list(_filmed(VIDEO / file, width, seconds))
            height, width = frames[0].image.shape[:2]
            scenes[name, f"{width}x{height}"] = frames
    spent = {scene: (_detecting(frames), _all(frames)) for scene, frames in scenes.items()}
    worst = max(median(whole) for (_, size), (_, whole) in spent.items() if size == "640x360") * FPS
    rows = tuple(
        (name, size, _ms(median(alone)), _ms(median(whole)), _ms(p95(whole)), f"{median(whole) * FPS:.1%}")
        for (name, size), (alone, whole) in spent.items()
    )
    return Part(
        title="What motion costs",
        claim=f"- Under {AIM:.0%} of a core at {FPS} pictures a second of 640x360, beyond the decode: "
        f"**{worst:.1%}** ({verdict(worst < AIM)}).",
        head=("clip", "pictures", "ms to detect", "ms with tracks and update", "p95", "of a core"),
        rows=rows,
        notes="Processor time of one thread from the decoded picture to the update; median over pictures.",
    )


def _detecting(frames: list[Frame]) -> list[float]:
    detector = MotionDetector(MotionOptions())
    return _timed(detector.detect(frame) for frame in frames)


def _all(frames: list[Frame]) -> list[float]:
    return _timed(source(MotionOptions()).updates(iter(frames)))


def _timed(steps: Iterator[object]) -> list[float]:
    times, began = [], process_time()
    for _ in steps:
        now = process_time()
        times.append(now - began)
        began = now
    return times[WARM:]


def _drawn(seconds: float) -> Iterator[Frame]:
    painter = CourtPainter(Play(7), 640, 360)
    for number in range(round(seconds * FPS)):
        yield Frame(number / FPS, painter.draw(number / FPS))


def _filmed(path: Path, width: int, seconds: float) -> Iterator[Frame]:
    due = 0.0
    with av.open(str(path)) as container:
        for picture in container.decode(video=0):
            at = float(picture.time or 0.0)
            if at > seconds:
                return
            if at >= due - 1e-6:
                due += 1 / FPS
                size = (width, round(picture.height * width / picture.width / 2) * 2)
                image = cv2.resize(picture.to_ndarray(format="bgr24"), size, interpolation=cv2.INTER_AREA)
                yield Frame(at, np.asarray(image, np.uint8))


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.1f}"
