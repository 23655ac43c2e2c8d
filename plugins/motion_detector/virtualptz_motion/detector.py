"""People by what moves before a camera that does not."""

import cv2
import numpy as np

from virtualptz.errors import PluginError
from virtualptz.model import MediaInfo
from virtualptz.protocols import Frame
from virtualptz.tracking.detection import PLAYER, Detections, DetectorSource

from .options import MotionOptions
from .scene import Scene

NAME = "motion"
"""Who is said to have measured."""
WIDTH, WIDE_WIDTH = 640, 1280
"""Pixels across to ask for: people in a wide panorama are small."""
WIDE = 2560
"""Pixels across of a source that is a panorama."""


class MotionDetector:
    """A `virtualptz.tracking.detection.Detector`."""

    def __init__(self, options: MotionOptions) -> None:
        self._options = options
        self._scene: Scene | None = None
        # One core is what it is given: OpenCV's threads would spin on others that encode.
        cv2.setNumThreads(1)

    def detect(self, frame: Frame) -> Detections:
        image = frame.image
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or min(image.shape[:2]) < 16:
            raise PluginError(f"a picture is of height x width x 3 bytes, not {image.shape} of {image.dtype}")
        if self._scene is None:
            self._scene = Scene(frame, self._options)
            return Detections.none()
        seen = self._scene.see(frame)
        height, width = image.shape[:2]
        boxes = np.array([one.box for one in seen.people], np.float32).reshape(-1, 4)
        boxes = np.clip(boxes, 0, np.array([width, height, width, height], np.float32))
        scores = np.array([one.score for one in seen.people], np.float32)
        found = Detections(boxes, scores, (PLAYER,) * len(boxes), seen.camera_moved)
        # Where the camera sways, somebody at the edge may be outside of the picture.
        return found.where((boxes[:, 2] - boxes[:, 0] > 1) & (boxes[:, 3] - boxes[:, 1] > 1))

    def reset(self) -> None:
        self._scene = None

    def close(self) -> None:
        """Nothing is held, and a picture takes milliseconds."""


def width_for(media: MediaInfo | None) -> int:
    return WIDE_WIDTH if media is not None and media.video.width >= WIDE else WIDTH


def source(options: MotionOptions) -> DetectorSource:
    """The tracking source `motion`."""
    return DetectorSource(NAME, MotionDetector(options), options, width_for)
