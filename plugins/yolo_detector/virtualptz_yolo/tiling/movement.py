"""Where in a picture something moves, told from a small grey one."""

import numpy as np
import numpy.typing as npt

from virtualptz.protocols import BgrArray

from ..network import Found
from .piece import Piece

ACROSS = 320
"""Pixels of the small picture, about."""
NOISE = 14
"""Levels of grey that a camera's noise and compression stay under."""
ENOUGH = 0.004
"""Share of a piece whose pixels changed: one running person, and it counts in full."""

Mask = npt.NDArray[np.bool_]


class Movement:
    """Compares each picture with the one before."""

    def __init__(self) -> None:
        self._last: npt.NDArray[np.int16] | None = None
        self._changed: Mask = np.zeros((0, 0), bool)
        self._step = 1

    def see(self, image: BgrArray) -> None:
        """The next picture. All of a first one is new, and of one of another size."""
        self._step = max(image.shape[1] // ACROSS, 1)
        # Every so many pixels, of green alone: a camera that is fixed shows the same ones each time.
        grey = image[:: self._step, :: self._step, 1].astype(np.int16)
        last, self._last = self._last, grey
        if last is None or last.shape != grey.shape:
            self._changed = np.ones(grey.shape, bool)
        else:
            self._changed = np.abs(grey - last) > NOISE

    def within(self, piece: Piece) -> float:
        """How much of a piece moves: 0 (nothing) to 1 (enough to be looked at)."""
        part = self._part(piece.left, piece.top, piece.right, piece.bottom)
        return min(float(part.mean()) / ENOUGH, 1.0) if part.size else 0.0

    def at(self, found: Found) -> Mask:
        """Whether anything moves in each of these boxes, or at their edges."""
        return np.array([self._part(*box[:4]).any() for box in found.tolist()], bool)

    def _part(self, left: float, top: float, right: float, bottom: float) -> Mask:
        step = self._step
        rows = slice(max(int(top) // step, 0), max(int(bottom) // step + 1, 0))
        return self._changed[rows, max(int(left) // step, 0) : max(int(right) // step + 1, 0)]
