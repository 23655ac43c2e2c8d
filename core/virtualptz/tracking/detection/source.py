"""A tracking source made of a detector."""

import threading
from collections.abc import Callable, Iterator

from ...errors import PluginError
from ...model import FrameRequest, MediaInfo, TrackingUpdate
from ...protocols import Frame
from ..bytetrack import ByteTrack
from .ball import BallTracker
from .detections import BALL, Detections
from .detector import Detector
from .options import DetectorOptions
from .reader import PlayReader
from .scene import Scene

JUMP_SECONDS = 3.0
"""After so long without a picture nobody is where he was: what is known of the scene is given up."""

WidthFor = Callable[[MediaInfo | None], int]
"""Pixels across that suit a source; None: nothing is known of it."""


class DetectorSource:
    """Detector -> ByteTrack -> BallTracker -> PlayReader: one update a picture, each with its `frame_pts`."""

    def __init__(self, name: str, detector: Detector, options: DetectorOptions, width_for: WidthFor) -> None:
        """`name` is who is said to have measured: `yolo-bytetrack`, `motion`, 2 to 32 characters."""
        self._detector = detector
        self._options = options
        self._width_for = width_for
        self._tracker = ByteTrack(options.track)
        self._ball = BallTracker()
        self._reader = PlayReader(name, options)
        self._closed = threading.Event()
        self._last: Frame | None = None

    def wants(self, media: MediaInfo | None) -> FrameRequest | None:
        return FrameRequest(self._options.fps, self._options.width or self._width_for(media))

    def updates(self, frames: Iterator[Frame] | None) -> Iterator[TrackingUpdate]:
        """Until the frames end or it is closed; raises what the detector raises."""
        if frames is None:
            raise PluginError("a detector needs frames")
        for frame in frames:
            if self._closed.is_set():
                return
            yield self._update(frame)

    def close(self) -> None:
        self._closed.set()
        self._detector.close()

    def _update(self, frame: Frame) -> TrackingUpdate:
        if self._last is not None and _apart(self._last, frame):
            self._reset()
        self._last = frame
        found = self._detector.detect(frame)
        return self._reader.read(self._scene(frame, found))

    def _scene(self, frame: Frame, found: Detections) -> Scene:
        height, width = frame.image.shape[:2]
        people = self._tracker.update(found, frame.pts)
        balls = found.only(BALL)
        balls = balls.where(balls.scores >= self._options.ball_confidence)
        ball = self._ball.update(balls, frame.pts, people)
        return Scene(
            at=frame.pts,
            width=width,
            height=height,
            people=people,
            lost=self._tracker.lost,
            ball=ball,
            detected=len(found.people),
            camera_moved=found.camera_moved,
        )

    def _reset(self) -> None:
        self._detector.reset()
        self._tracker.reset()
        self._ball.reset()
        self._reader.reset()


def _apart(last: Frame, frame: Frame) -> bool:
    """Whether the two are of different scenes, as far as times and sizes tell."""
    same_size = last.image.shape == frame.image.shape
    return not (same_size and 0 <= frame.pts - last.pts <= JUMP_SECONDS)
