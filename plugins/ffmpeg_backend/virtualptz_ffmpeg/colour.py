"""How a picture's numbers mean colours: matrix and range, guessed where the source is silent."""

from dataclasses import dataclass
from enum import IntEnum

import av


class Matrix(IntEnum):
    """Matrix coefficients, numbered as in ITU-T H.273."""

    BT709 = 1
    UNSPECIFIED = 2
    BT470BG = 5
    SMPTE170M = 6
    SMPTE240M = 7
    BT2020 = 9


class Range(IntEnum):
    UNSPECIFIED = 0
    LIMITED = 1
    FULL = 2


UNSPECIFIED = 2
"""For primaries and transfer, in H.273."""
HD_HEIGHT = 577
"""From this height on, a picture that does not name its matrix is taken as BT.709, as players do."""
_KNOWN = frozenset({Matrix.BT709, Matrix.BT470BG, Matrix.SMPTE170M, Matrix.SMPTE240M, Matrix.BT2020})
SWS_BT601 = int(Matrix.BT470BG)


@dataclass(frozen=True, slots=True)
class Colour:
    """The tags of a picture, in H.273's numbers (range in FFmpeg's)."""

    matrix: int = Matrix.UNSPECIFIED
    range: int = Range.UNSPECIFIED
    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED

    @classmethod
    def of(cls, frame: av.VideoFrame) -> "Colour":
        full = frame.format.name.startswith("yuvj")
        return cls(
            int(frame.colorspace),
            Range.FULL if full else int(frame.color_range),
            int(frame.color_primaries),
            int(frame.color_trc),
        )

    def tag(self, encoder: av.VideoCodecContext) -> None:
        """Have the coded stream say what the source said, and nothing where it said nothing."""
        encoder.colorspace = self.matrix
        encoder.color_range = self.range
        encoder.color_primaries = self.primaries
        encoder.color_trc = self.transfer

    def sws_matrix(self, height: int) -> int:
        """The matrix to convert a picture `height` high with; libswscale numbers them as H.273 does."""
        if self.matrix in _KNOWN:
            return self.matrix
        return Matrix.BT709 if height >= HD_HEIGHT and self.matrix == Matrix.UNSPECIFIED else SWS_BT601

    @property
    def sws_range(self) -> int:
        return Range.FULL if self.range == Range.FULL else Range.LIMITED


BT709 = Colour(Matrix.BT709, Range.LIMITED, 1, 1)
"""What drawn pictures are coded in."""
