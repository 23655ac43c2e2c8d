"""Pieces of a picture that overlap, and what is found in each, put back where it was."""

from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np
import numpy.typing as npt

from virtualptz.protocols import BgrArray

from ..network import Found

OVERLAP = 0.2
"""Share of a piece that its neighbour sees too: people are far smaller than that where pieces are needed, so
whoever is cut by one is whole in the other."""
SEAM_PIXELS = 3.0
"""A box that ends within so many pixels of the network's input from where a piece was cut is of a part."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A rectangle of a picture, in pixels, and its size as the network sees it."""

    left: int
    top: int
    width: int
    height: int
    scale: float
    """Of the network's input to the picture."""
    inner: tuple[bool, bool, bool, bool] = (False, False, False, False)
    """Whether the left, top, right and bottom sides were cut within the picture."""

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    def of(self, image: BgrArray) -> BgrArray:
        """The piece, scaled as the network would scale it: there is no second scaling."""
        part = image[self.top : self.bottom, self.left : self.right]
        size = max(round(self.width * self.scale), 1), max(round(self.height * self.scale), 1)
        if size == (self.width, self.height):
            return np.ascontiguousarray(part)
        return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR), np.uint8)

    def back(self, found: Found) -> Found:
        """Boxes of the scaled piece, in pixels of the picture."""
        placed = found.copy()
        placed[:, [0, 2]] = found[:, [0, 2]] / (round(self.width * self.scale) / self.width) + self.left
        placed[:, [1, 3]] = found[:, [1, 3]] / (round(self.height * self.scale) / self.height) + self.top
        return placed

    def cut(self, found: Found) -> npt.NDArray[np.bool_]:
        """Which boxes, in pixels of the picture, end where the piece was cut."""
        margin = SEAM_PIXELS / self.scale
        ends = (
            found[:, 0] < self.left + margin,
            found[:, 1] < self.top + margin,
            found[:, 2] > self.right - margin,
            found[:, 3] > self.bottom - margin,
        )
        cut = np.zeros(len(found), bool)
        for end, inner in zip(ends, self.inner, strict=True):
            if inner:
                cut |= end
        return cut

    def holds(self, found: Found) -> npt.NDArray[np.bool_]:
        """Which boxes lie inside, clear of where it was cut."""
        inside = (found[:, 0] >= self.left) & (found[:, 2] <= self.right)
        inside &= (found[:, 1] >= self.top) & (found[:, 3] <= self.bottom)
        return inside & ~self.cut(found)


def whole(left: int, top: int, width: int, height: int, size: int) -> Piece:
    """All of a rectangle in one piece, for a network of `size` pixels."""
    return Piece(left, top, width, height, size / max(width, height))


def grid(left: int, top: int, width: int, height: int, scale: float, size: int) -> tuple[Piece, ...]:
    """The fewest pieces that cover a rectangle at least at this scale, for a network of `size` pixels.

    Row by row. All of one shape, so that the network takes them in one batch; neighbours overlap.
    """
    columns, across = _spread(width, size / scale)
    rows, down = _spread(height, size / scale)
    return tuple(
        Piece(
            left=left + x,
            top=top + y,
            width=across,
            height=down,
            scale=size / max(across, down),
            inner=(x > 0, y > 0, x + across < width, y + down < height),
        )
        for y in rows
        for x in columns
    )


def _spread(length: int, longest: float) -> tuple[list[int], int]:
    """Where pieces of at most `longest` begin along one axis, and how long they are."""
    if length <= longest:
        return [0], length
    count = ceil((length / longest - 1) / (1 - OVERLAP)) + 1
    each = ceil(length / (1 + (count - 1) * (1 - OVERLAP)))
    return [round(index * (length - each) / (count - 1)) for index in range(count)], each
