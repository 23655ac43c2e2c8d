"""Where in a picture something moves, told from a small grey one."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from virtualptz.protocols import BgrArray

from .piece import Piece

ACROSS = 320
"""Pixels of the small picture, about."""
NOISE = 14
"""Levels of grey that a camera's noise and compression stay under."""
ENOUGH = 0.004
"""Share of a piece whose pixels changed: one running person, and it counts in full."""


class Movement:
    """Compares each picture with the one before."""

    def __init__(self) -> None:
        self._last: npt.NDArray[np.int16] | None = None

    def in_pieces(self, image: BgrArray, pieces: Sequence[Piece]) -> npt.NDArray[np.float64]:
        """0 (still) to 1 for each piece; all 1 in a first picture."""
        step = max(image.shape[1] // ACROSS, 1)
        # Every so many pixels, of green alone: a camera that is fixed shows the same ones each time.
        grey = image[::step, ::step, 1].astype(np.int16)
        last, self._last = self._last, grey
        if last is None or last.shape != grey.shape:
            return np.ones(len(pieces))
        changed = np.abs(grey - last) > NOISE
        shares = [_share(changed, piece, step) for piece in pieces]
        return np.minimum(np.array(shares) / ENOUGH, 1.0)


def _share(changed: npt.NDArray[np.bool_], piece: Piece, step: int) -> float:
    part = changed[piece.top // step : piece.bottom // step, piece.left // step : piece.right // step]
    return float(part.mean()) if part.size else 0.0
