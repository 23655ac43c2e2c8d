"""What a detector plug-in writes: pictures in, boxes out."""

from typing import Protocol, runtime_checkable

from ...protocols import Frame
from .detections import Detections


@runtime_checkable
class Detector(Protocol):
    """Finds people and ball in single pictures. `DetectorSource` makes a tracking source of it.

    Used by one thread, but for `close`. It may remember earlier pictures (a background, where people were).
    """

    def detect(self, frame: Frame) -> Detections:
        """Boxes in pixels of `frame.image`. Pictures come in the order of stream time, some left out.

        Raises VirtualPtzError where it cannot go on.
        """

    def reset(self) -> None:
        """The next picture does not follow the last one: stream time jumped, or the size changed."""

    def close(self) -> None:
        """Free everything. From any thread, and safe to call twice; a `detect` under way ends soon."""
