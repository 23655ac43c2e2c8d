"""A part of the source, by its edges."""

from dataclasses import dataclass

from ...model import CropShape


@dataclass(frozen=True, slots=True)
class Box:
    """Edges, fractions of the source."""

    left: float
    top: float
    right: float
    bottom: float

    def around(self, other: "Box") -> "Box":
        """The box that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def inside(self) -> "Box":
        """The part of it that the source has."""
        return Box(max(self.left, 0.0), max(self.top, 0.0), min(self.right, 1.0), min(self.bottom, 1.0))

    def share(self, shape: CropShape) -> float:
        """Of the widest crop's width or height: whichever it takes more of."""
        return max((self.right - self.left) / shape.width, (self.bottom - self.top) / shape.height)
