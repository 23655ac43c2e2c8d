"""Trackers that are given the same boxes."""

from collections.abc import Callable, Sequence
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import numpy as np
from tests.core.tracking.bytetrack.theirs import Boxes

from virtualptz.tracking.bytetrack import AS_PUBLISHED, ByteTrack, Track
from virtualptz.tracking.detection import Detections

from .detection_accuracy_score import Known

Run = Callable[[Sequence[Detections], float], list[Known]]
"""What a tracker says of pictures with these detections, so many a second."""

THEIRS = "Ultralytics `BYTETracker`"
PUBLISHED = "ours, `AS_PUBLISHED`"
OURS = "**ours**, as installed"


def published(pictures: Sequence[Detections], rate: float) -> list[Known]:
    tracker = ByteTrack(AS_PUBLISHED, rate)
    return [known(tracker.update(found, number / rate)) for number, found in enumerate(pictures)]


def ours(pictures: Sequence[Detections], rate: float) -> list[Known]:
    tracker = ByteTrack()
    return [known(tracker.update(found, number / rate)) for number, found in enumerate(pictures)]


def ultralytics(pictures: Sequence[Detections], rate: float) -> list[Known]:
    """With its defaults; its buffer, which counts pictures, is a second long as well."""
    tracker = _theirs(round(rate))
    return [_of_rows(tracker.update(Boxes(found.boxes, found.scores))) for found in pictures]


TRACKERS: dict[str, Run] = {THEIRS: ultralytics, PUBLISHED: published, OURS: ours}


def cost(pictures: Sequence[Detections], rate: float) -> dict[str, list[float]]:
    """Seconds that each update took."""
    theirs, mine = _theirs(round(rate)), ByteTrack()
    taken: dict[str, list[float]] = {THEIRS: [], OURS: []}
    for number, found in enumerate(pictures):
        begun = perf_counter()
        theirs.update(Boxes(found.boxes, found.scores))
        between = perf_counter()
        mine.update(found, number / rate)
        taken[THEIRS].append(between - begun)
        taken[OURS].append(perf_counter() - between)
    return taken


def known(tracks: Sequence[Track]) -> Known:
    return Known(
        np.array([track.track_id for track in tracks], np.int64),
        np.array([track.box for track in tracks], np.float64).reshape(-1, 4),
    )


def _theirs(buffer: int) -> Any:
    from virtualptz_yolo.library import ultralytics

    ultralytics()
    from ultralytics.trackers.byte_tracker import BYTETracker

    return BYTETracker(
        SimpleNamespace(
            track_high_thresh=0.25,
            track_low_thresh=0.1,
            new_track_thresh=0.25,
            track_buffer=buffer,
            match_thresh=0.8,
            fuse_score=True,
        )
    )


def _of_rows(rows: Any) -> Known:
    table = np.asarray(rows, np.float64).reshape(-1, 8)
    return Known(table[:, 4].astype(np.int64), table[:, :4])
