"""Reads images with OpenCV. Publishes nothing: its programs are for previews."""

import threading
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from virtualptz.errors import MediaError
from virtualptz.model import MediaInfo, OutputSpec, SourceOptions, VideoInfo
from virtualptz.protocols import AudioPacket, BgrArray, Picture, Samples, SinkStats

from . import ImageOptions
from .picture import Image, Silence

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp"})


class ImageSource:
    """The images of one folder, in the order of their names."""

    def __init__(self, first: Path, fps: float, start_seconds: float) -> None:
        self._files = sorted(file for file in first.parent.iterdir() if file.suffix.lower() in SUFFIXES)
        self._fps = fps
        self._number = round(start_seconds * fps)
        self._closed = threading.Event()
        height, width = _read(first).shape[:2]
        rate = Fraction(fps).limit_denominator(1001)
        video = VideoInfo(first.suffix.lstrip("."), width, height, rate)
        self.info = MediaInfo(video, duration=len(self._files) / fps, live=False)

    def read(self) -> Picture | AudioPacket | None:
        number, self._number = self._number, self._number + 1
        if self._closed.is_set() or number >= len(self._files):
            return None
        pixels = _read(self._files[number])
        if pixels.shape[:2] != (self.info.video.height, self.info.video.width):
            raise MediaError(f"{self._files[number].name} has another size than the first", retryable=False)
        return Image(pixels, number / self._fps)

    def close(self) -> None:
        self._closed.set()


class NoSink:
    """Counts the pictures, and lets them go."""

    def __init__(self) -> None:
        self._count = 0

    def write(self, item: Picture | AudioPacket, pts: float) -> None:
        self._count += isinstance(item, Image)

    @property
    def stats(self) -> SinkStats:
        return SinkStats(frames_encoded=self._count)

    def close(self) -> None:
        """Nothing is open."""


class ImageFolder:
    def __init__(self, options: ImageOptions) -> None:
        self._options = options

    def probe(self, source: str, timeout: float) -> MediaInfo:
        return self.open_source(source, SourceOptions(open_timeout=timeout)).info

    def open_source(self, source: str, options: SourceOptions) -> ImageSource:
        return ImageSource(Path(source), self._options.fps, options.start_seconds)

    def open_sink(self, target: str, output: OutputSpec, like: MediaInfo) -> NoSink:
        if target:
            raise MediaError(
                "the image-folder backend publishes nothing: leave RUNNER_INGEST_OUTPUT_URI empty",
                retryable=False,
            )
        return NoSink()

    def picture(self, array: BgrArray, pts: float) -> Image:
        return Image(array, pts)

    def audio(self, samples: Samples, sample_rate: int, pts: float) -> Silence:
        return Silence(pts, samples.shape[1] / sample_rate)


def _read(file: Path) -> BgrArray:
    pixels = cv2.imread(str(file), cv2.IMREAD_COLOR) if file.suffix.lower() in SUFFIXES else None
    if pixels is None:
        raise MediaError(f"{file.name} is no image that can be read", retryable=False)
    return np.asarray(pixels, np.uint8)
