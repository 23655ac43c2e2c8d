"""A picture in memory, and a piece of sound that nobody will hear."""

from dataclasses import dataclass

import cv2
import numpy as np

from virtualptz.model import CropShape, View
from virtualptz.protocols import BgrArray

BEST, WORST = 2, 31
"""FFmpeg's scale of JPEG quality."""


@dataclass(frozen=True)
class Image:
    pixels: BgrArray
    pts: float

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def nbytes(self) -> int:
        return self.pixels.nbytes

    def render(self, view: View, shape: CropShape, width: int, height: int) -> "Image":
        """Pixel centres lie at half numbers of the crop's edges, here as in the output."""
        wide, high = self.width * shape.width / view.zoom, self.height * shape.height / view.zoom
        across, down = wide / width, high / height
        left, top = view.center_x * self.width - wide / 2, view.center_y * self.height - high / 2
        into = np.array(
            [[across, 0, left + across / 2 - 0.5], [0, down, top + down / 2 - 0.5]], dtype=np.float64
        )
        flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
        shown = cv2.warpAffine(
            self.pixels, into, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        return Image(np.asarray(shown, np.uint8), self.pts)

    def to_array(self, width: int, height: int) -> BgrArray:
        if (width, height) == (self.width, self.height):
            return self.pixels.copy()
        return np.asarray(cv2.resize(self.pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)

    def to_jpeg(self, width: int, height: int, quality: int) -> bytes:
        percent = round(95 - 85 * (quality - BEST) / (WORST - BEST))
        _, jpeg = cv2.imencode(".jpg", self.to_array(width, height), [cv2.IMWRITE_JPEG_QUALITY, percent])
        return jpeg.tobytes()


@dataclass(frozen=True)
class Silence:
    pts: float
    duration: float
