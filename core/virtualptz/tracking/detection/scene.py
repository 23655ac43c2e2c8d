"""What is known of one picture once its detections are tracked."""

from dataclasses import dataclass

from ..bytetrack import Track
from .ball import Ball


@dataclass(frozen=True, slots=True)
class Scene:
    """People and ball in pixels of a picture of `width` x `height`, at stream time `at`."""

    at: float
    width: int
    height: int
    people: tuple[Track, ...] = ()
    """Those that are seen."""
    lost: tuple[Track, ...] = ()
    """Those that are remembered, where they are thought to be."""
    ball: Ball | None = None
    camera_moved: bool = False
    """The camera looks elsewhere than it did in the picture before."""
