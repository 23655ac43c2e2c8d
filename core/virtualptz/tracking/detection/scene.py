"""What is known of one picture once its detections are tracked."""

from dataclasses import dataclass

from ..bytetrack import Track

TALL = 1.85
"""Metres of a person upright: people tell how large a metre is."""


@dataclass(frozen=True, slots=True)
class Ball:
    """The ball in play. Pixels of the picture, seconds of stream time."""

    box: tuple[float, float, float, float]
    """Left, top, right, bottom: filtered, or foretold where it is not seen."""
    score: float
    """Of its last detection; less the longer that is ago."""
    velocity: tuple[float, float]
    """Pixels a second."""
    unseen: float
    """Seconds since it was last seen; 0 where it was detected in this very picture."""

    @property
    def center(self) -> tuple[float, float]:
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2


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
    detected: int | None = None
    """How many people the detector found, tracked or not; None: as many as are tracked."""
    camera_moved: bool = False
    """The camera looks elsewhere than it did in the picture before."""
