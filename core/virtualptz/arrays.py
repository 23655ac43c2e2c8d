"""What a media backend needs whose pictures are arrays of pixels in memory, as OpenCV has them.

For backends of others; FFmpeg's pictures stay in its own memory.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from .errors import MediaError
from .model import CropShape, MediaInfo, OutputSpec, SourceOptions, View
from .protocols import AudioPacket, BgrArray, Luma, Picture, Samples, SinkStats

BEST, WORST = 2, 31
"""FFmpeg's scale of JPEG quality."""


def spread(plane: Luma, columns: int, rows: int) -> Luma:
    """A copy of at most rows x columns pixels of a plane, spread evenly."""
    down, across = (max(1, -(-size // most)) for size, most in zip(plane.shape, (rows, columns), strict=True))
    return plane[down // 2 :: down, across // 2 :: across].copy()


@dataclass(frozen=True)
class ArrayPicture:
    """A picture of BGR pixels, height x width x 3. Nobody may change them any more."""

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

    @property
    def key(self) -> bool:
        return True

    def luma(self, columns: int, rows: int) -> Luma:
        """Of green, which is most of it."""
        return spread(self.pixels[:, :, 1], columns, rows)

    def render(self, view: View, shape: CropShape, width: int, height: int) -> "ArrayPicture":
        """Bilinear. Where the crop is shrunk to less than half its size, it is made smaller first."""
        wide, high = self.width * shape.width / view.zoom, self.height * shape.height / view.zoom
        if wide > 2 * width and high > 2 * height:
            return self._smaller(wide / width / 2).render(view, shape, width, height)
        across, down = wide / width, high / height
        left, top = view.center_x * self.width - wide / 2, view.center_y * self.height - high / 2
        # Pixel centres lie at halves: half an output pixel in, half a source pixel back.
        into = np.array([[across, 0, left + across / 2 - 0.5], [0, down, top + down / 2 - 0.5]])
        flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
        shown = cv2.warpAffine(
            self.pixels, into, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        return ArrayPicture(np.asarray(shown, np.uint8), self.pts)

    def to_array(self, width: int, height: int) -> BgrArray:
        if (width, height) == (self.width, self.height):
            return self.pixels.copy()
        resized = cv2.resize(self.pixels, (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(resized, np.uint8)

    def to_jpeg(self, width: int, height: int, quality: int) -> bytes:
        percent = round(95 - 85 * (quality - BEST) / (WORST - BEST))
        _, jpeg = cv2.imencode(".jpg", self.to_array(width, height), [cv2.IMWRITE_JPEG_QUALITY, percent])
        return jpeg.tobytes()

    def _smaller(self, times: float) -> "ArrayPicture":
        width, height = max(1, round(self.width / times)), max(1, round(self.height / times))
        return ArrayPicture(self.to_array(width, height), self.pts)


@dataclass(frozen=True)
class Silence:
    """Sound that nobody will hear."""

    pts: float
    duration: float


class ArraySource:
    """Pictures one after the other, at the rate that `info` says."""

    def __init__(self, info: MediaInfo, pictures: Iterator[BgrArray], begins_at: float = 0.0) -> None:
        """`begins_at`: the time stamp of the first one, seconds."""
        self.info = info
        self._pictures = pictures
        self._begins_at = begins_at
        self._count = 0
        self._closed = threading.Event()

    def read(self) -> Picture | AudioPacket | None:
        pixels = None if self._closed.is_set() else next(self._pictures, None)
        if pixels is None:
            return None
        pts = self._begins_at + float(self._count / self.info.video.frame_rate)
        self._count += 1
        return ArrayPicture(pixels, pts)

    def close(self) -> None:
        self._closed.set()


class PreviewSink:
    """For a backend that publishes nothing: the program is for previews."""

    def __init__(self, target: str) -> None:
        """Raises MediaError where a program is to be published."""
        if target:
            raise MediaError(
                "this media backend publishes nothing: leave RUNNER_INGEST_OUTPUT_URI empty", retryable=False
            )
        self._count = 0

    def write(self, item: Picture | AudioPacket, pts: float) -> None:  # noqa: ARG002
        self._count += isinstance(item, ArrayPicture)

    @property
    def stats(self) -> SinkStats:
        return SinkStats(frames_encoded=self._count)

    def close(self) -> None:
        """Nothing is open."""


class ArrayBackend(ABC):
    """A media backend that only has to know how a source is opened. It publishes nothing."""

    @abstractmethod
    def open_source(self, source: str, options: SourceOptions) -> ArraySource:
        """Raises MediaError."""

    def probe(self, source: str, timeout: float) -> MediaInfo:
        opened = self.open_source(source, SourceOptions(open_timeout=timeout))
        opened.close()
        return opened.info

    def open_sink(self, target: str, output: OutputSpec, like: MediaInfo) -> PreviewSink:  # noqa: ARG002
        return PreviewSink(target)

    def picture(self, array: BgrArray, pts: float) -> ArrayPicture:
        return ArrayPicture(array, pts)

    def audio(self, samples: Samples, sample_rate: int, pts: float) -> Silence:
        return Silence(pts, samples.shape[1] / sample_rate)
