"""The clips whose truth is known, from the sample data beside the project."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from virtualptz.protocols import Frame

from .detection_accuracy_score import Known

DATA = Path(__file__).parents[2] / "shared" / "data"
CLIP = DATA / "video" / "basketball3x3_indoor_S1T1_overlay.gif"
MODEL = DATA / "weights" / "yolo11n-rebuilt.pt"
TRACKS = DATA / "tracks"
COURT = ((0.10, 0.49), (0.90, 0.49), (0.80, 0.86), (0.10, 0.86))
"""Where the players' feet are in the clip, as fractions; whoever watches has his elsewhere."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Boxes of a clip, picture by picture."""

    name: str
    pictures: tuple[Known, ...]
    rate: float


def three_on_three() -> list[Truth]:
    """TrackID3x3, fixed camera, 1280 x 720. Six players each; 30 pictures a second."""
    files = sorted((TRACKS / "trackid3x3" / "indoor_mot").glob("*.txt"))
    return [Truth(file.stem, read_mot(file), 30.0) for file in files]


def broadcast() -> list[Truth]:
    """SportsMOT's basketball, a camera that pans, 1280 x 720. Ten players each; 25 pictures a second."""
    files = sorted((TRACKS / "sportsmot_gt").glob("*/gt.txt"))
    return [Truth(file.parent.name, read_mot(file), 25.0) for file in files]


def read_mot(path: Path, scale: float = 1.0) -> tuple[Known, ...]:
    """Lines of picture (from 1), id, left, top, width, height; the rest is not read."""
    table = np.loadtxt(path, delimiter=",", ndmin=2)
    pictures = []
    for number in range(1, int(table[:, 0].max()) + 1):
        rows = table[table[:, 0] == number]
        boxes = np.concatenate([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]], axis=1) * scale
        pictures.append(Known(rows[:, 1].astype(np.int64), boxes))
    return tuple(pictures)


def clip() -> tuple[list[Frame], tuple[Known, ...], float]:
    """The 3x3 clip's pictures, its truth in their pixels, and pictures a second.

    The picture is half as large as the one that was labelled, and as many pictures are there as labels: at no
    other offset than none do detections lie nearer to the truth.
    """
    with av.open(str(CLIP)) as container:
        stream = container.streams.video[0]
        rate = float(stream.average_rate or Fraction(20))
        frames = [
            Frame(number / rate, picture.to_ndarray(format="bgr24").astype(np.uint8, copy=False))
            for number, picture in enumerate(container.decode(stream))
        ]
    truth = read_mot(TRACKS / "trackid3x3" / "indoor_mot" / "basket_S1T1_pre.txt", scale=0.5)
    assert len(frames) == len(truth), f"{len(frames)} pictures and {len(truth)} labels"
    return frames, truth, rate


def on_court(known: Known, width: int, height: int) -> Known:
    """Those whose feet, the middle of a box's lower edge, are where players are."""
    corners = (np.array(COURT) * (width, height)).astype(np.float32)
    feet = [((box[0] + box[2]) / 2, box[3]) for box in known.boxes.tolist()]
    return known.where(np.array([cv2.pointPolygonTest(corners, foot, False) >= 0 for foot in feet], bool))
