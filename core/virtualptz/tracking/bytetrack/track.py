"""One thing that was seen in several pictures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Track:
    """As the tracker knows it at one picture. Pixels of that picture; seconds of stream time."""

    track_id: int
    """From 1, never used twice by one tracker."""
    box: tuple[float, float, float, float]
    """Left, top, right, bottom: measured, or foretold where it is not seen."""
    score: float
    """Of its last detection."""
    cls: str
    age: float
    """Seconds since it was first seen."""
    unseen: float
    """Seconds since it was last seen; 0 where it was detected in this very picture."""
    velocity: tuple[float, float]
    """Of the box's centre, pixels a second."""

    @property
    def center(self) -> tuple[float, float]:
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1]
