"""Panning after a target: a view half the court wide, judged by the target as it really was."""

from collections.abc import Iterable

import numpy as np

from virtualptz.camera.quality import QualityMeter
from virtualptz.model import CameraQuality, Edges, TrackingUpdate, View

from .camera_drive import drive
from .camera_optimum import least_cost
from .camera_peers import CROP, Make
from .camera_play import RATE, Array, Detector, Passage, Scene, noise

ZOOM = 1 / CROP
LOW, HIGH = CROP / 2, 1 - CROP / 2
MEDIAN_SECONDS, OUTLIER = 0.5, 0.02
"""The optimum hears no detection that is further than this, in widths, from the median around it."""


def view(x: float) -> View:
    return View(x, 0.5, ZOOM)


def ideal(passage: Passage) -> Array:
    """The target where a camera can look."""
    return np.clip(passage.target, LOW, HIGH)


def detections(passage: Passage) -> Array:
    """What a detector would say of each picture."""
    return np.clip(passage.target + noise(passage, ()), 0, 1)


class Judge:
    """The quality meter with the ideal target as what is wanted, so that its distance is the path's error."""

    def __init__(self) -> None:
        self._meter = QualityMeter(None)
        self._edges = Edges()

    def watch(self, passage: Passage, path: Iterable[View]) -> None:
        best = ideal(passage)
        for at, target, shown in zip(passage.times, best, path, strict=True):
            self._meter.add(float(at), shown, view(float(target)), self._edges)

    @property
    def figures(self) -> CameraQuality:
        return self._meter.figures()


def follow(scene: Scene, detector: Detector, make: Make) -> CameraQuality:
    """A peer: it gets targets that are already clamped to where it can look, the newest at every picture."""
    judge = Judge()
    late = round(detector.latency * RATE + 0.49)
    for passage in scene.footage.passages:
        seen = np.clip(detections(passage), LOW, HIGH)
        measured = np.zeros(len(seen), dtype=int)
        for number in detector.pictures(passage):
            measured[number + late :] = number
        peer = make(float(seen[0]), LOW, HIGH)
        judge.watch(passage, (view(peer.step(target)) for target in seen[measured].tolist()))
    return judge.figures


def operate(scene: Scene, detector: Detector, policy: str, lookahead: float = 0.0) -> CameraQuality:
    """A policy in the agent's own operator."""
    judge = Judge()
    for passage in scene.footage.passages:
        seen, times = detections(passage), passage.times.tolist()
        updates = (_update(times[number], float(seen[number])) for number in detector.pictures(passage))
        begin = view(float(ideal(passage)[0]))
        path = drive(policy, lookahead, begin, times, updates, detector)
        judge.watch(passage, (shown for _, shown in path))
    return judge.figures


def _update(at: float, x: float) -> TrackingUpdate:
    return TrackingUpdate(
        tracking_confidence=1,
        tracking_state="stable",
        target_x=x,
        target_y=0.5,
        target_zoom=ZOOM,
        frame_pts=at,
    )


def optimum(scene: Scene, detector: Detector, jerk_weight: float) -> CameraQuality:
    """The path of least cost over each whole passage, known in advance.

    The cost is the policy's: the integral of the squared distance from the detections (outliers replaced by
    their neighbours' median, joined by straight lines) plus `jerk_weight` (s^6) times that of squared jerk.
    It begins where the policies do, standing still.
    """
    judge = Judge()
    for passage in scene.footage.passages:
        seen, numbers = np.clip(detections(passage), LOW, HIGH), detector.pictures(passage)
        wanted = np.interp(
            np.arange(len(seen)),
            numbers,
            _without_outliers(seen[numbers], round(MEDIAN_SECONDS * detector.hertz / 2)),
        )
        path = least_cost(wanted, jerk_weight * RATE**6, LOW, HIGH, begin=float(ideal(passage)[0]))
        judge.watch(passage, map(view, path.tolist()))
    return judge.figures


def _without_outliers(values: Array, side: int) -> Array:
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(values, side, mode="edge"), 2 * side + 1)
    medians = np.median(windows, axis=1)
    return np.where(np.abs(values - medians) > OUTLIER, medians, values)
