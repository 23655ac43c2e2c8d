"""What each detector and tracker says of the pictures of the 3x3 clip."""

import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from types import ModuleType, SimpleNamespace
from typing import Any

import cv2
import numpy as np

from virtualptz.errors import VirtualPtzError
from virtualptz.model import MediaInfo, TrackingUpdate, VideoInfo
from virtualptz.plugins import PluginHost
from virtualptz.protocols import Frame
from virtualptz.tracking.detection import BALL, PLAYER, Detections

from .detection_accuracy_data import MODEL
from .detection_accuracy_score import Known
from .detection_accuracy_trackers import OURS, PUBLISHED, ours, published

RAW = "Ultralytics `model.track`, YOLO11n"
YOLO = "**`yolo`**, the plug-in"
MOTION = "**`motion`**, the plug-in"
ON_THE_SAME = "{}, on the same detections"
PLUGINS: dict[str, tuple[str, dict[str, object]]] = {
    YOLO: ("yolo", {"model": str(MODEL)}),
    MOTION: ("motion", {}),
}
PERSON = 0
LOWEST = 0.1
"""The confidence from which `model.track` takes detections."""


def everybody(frames: Sequence[Frame], rate: float) -> Iterator[tuple[str, list[Known] | str]]:
    """Name, and who is where picture by picture, or why that is not known."""
    try:
        yield RAW, raw(frames)
        found = detections(frames)
        yield ON_THE_SAME.format(PUBLISHED), published(found, rate)
        yield ON_THE_SAME.format(OURS), ours(found, rate)
    except VirtualPtzError as error:
        yield RAW, str(error)
    for title, (name, options) in PLUGINS.items():
        try:
            yield title, plugin(name, frames, rate, **options)
        except VirtualPtzError as error:
            yield title, str(error)


def raw(frames: Sequence[Frame]) -> list[Known]:
    """Ultralytics' own loop, with its defaults."""
    model = _model()
    results = [
        model.track(frame.image, persist=True, tracker="bytetrack.yaml", classes=[PERSON], verbose=False)[0]
        for frame in frames
    ]
    return [_tracked(result.boxes.cpu().numpy()) for result in results]


def detections(frames: Sequence[Frame]) -> list[Detections]:
    """What its tracker is given."""
    model = _model()
    found = []
    for frame in frames:
        result = model.predict(frame.image, conf=LOWEST, classes=[PERSON], verbose=False)[0]
        boxes = result.boxes.cpu().numpy()
        found.append(Detections(boxes.xyxy, boxes.conf, (PLAYER,) * len(boxes.conf)))
    return found


def _model() -> Any:
    """A torchvision that does not fit the torch gives way to Ultralytics' own NMS, as in the plug-in."""
    from virtualptz_yolo.library import torchvision_works, ultralytics

    library = ultralytics()
    if not torchvision_works():
        stand_in: Any = ModuleType("torchvision")
        stand_in.ops = SimpleNamespace(nms=library.utils.nms.TorchNMS.nms)
        sys.modules["torchvision"] = stand_in
    return library.YOLO(str(MODEL))


def _tracked(boxes: Any) -> Known:
    if boxes.id is None:
        return Known(np.empty(0, np.int64), np.empty((0, 4)))
    return Known(boxes.id.astype(np.int64), boxes.xyxy.astype(np.float64))


def plugin(name: str, frames: Sequence[Frame], rate: float, **options: object) -> list[Known]:
    """From pictures to `targets`, as a worker runs it, all pictures looked at. Raises VirtualPtzError."""
    height, width = frames[0].image.shape[:2]
    source = PluginHost.load().tracking_source(name, fps=rate, **options)
    try:
        request = source.wants(MediaInfo(VideoInfo("gif", width, height, Fraction(rate))))
        assert request is not None
        asked = (_scaled(frame, request.width) for frame in frames)
        return [_of_update(update, width, height) for update in source.updates(asked)]
    finally:
        source.close()


def _scaled(frame: Frame, width: int) -> Frame:
    """As the job's feed does; it enlarges nothing."""
    height, now = frame.image.shape[:2]
    if width >= now:
        return frame
    size = (width, round(height * width / now))
    return Frame(frame.pts, cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA).astype(np.uint8))


def _of_update(update: TrackingUpdate, width: int, height: int) -> Known:
    people = [target.model_dump() for target in update.targets or () if target.cls != BALL]
    centers = np.array([(one["x"], one["y"]) for one in people]).reshape(-1, 2)
    halves = np.array([(one["w"], one["h"]) for one in people]).reshape(-1, 2) / 2
    edges = np.concatenate([centers - halves, centers + halves], axis=1)
    return Known(
        np.array([one["track_id"] for one in people], np.int64), edges * (width, height, width, height)
    )
