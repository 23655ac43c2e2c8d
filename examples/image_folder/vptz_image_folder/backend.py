"""Reads images with OpenCV. Publishes nothing: its programs are for previews."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from virtualptz.arrays import ArrayBackend, ArraySource
from virtualptz.errors import MediaError
from virtualptz.model import MediaInfo, SourceOptions, VideoInfo
from virtualptz.protocols import BgrArray

from . import ImageOptions

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp"})


class ImageFolder(ArrayBackend):
    """The images of one folder, in the order of their names."""

    def __init__(self, options: ImageOptions) -> None:
        self._rate = Fraction(options.fps).limit_denominator(1001)

    def open_source(self, source: str, options: SourceOptions) -> ArraySource:
        first = Path(source)
        height, width = _read(first).shape[:2]
        files = sorted(file for file in first.parent.iterdir() if file.suffix.lower() in SUFFIXES)
        skipped = round(options.start_seconds * self._rate)
        video = VideoInfo(first.suffix.lstrip("."), width, height, self._rate)
        media = MediaInfo(video, duration=float(len(files) / self._rate), live=False)
        return ArraySource(media, _images(files[skipped:], media), float(skipped / self._rate))


def _images(files: Sequence[Path], media: MediaInfo) -> Iterator[BgrArray]:
    for file in files:
        pixels = _read(file)
        if pixels.shape[:2] != (media.video.height, media.video.width):
            raise MediaError(f"{file.name} has another size than the first image", retryable=False)
        yield pixels


def _read(file: Path) -> BgrArray:
    pixels = cv2.imread(str(file), cv2.IMREAD_COLOR) if file.suffix.lower() in SUFFIXES else None
    if pixels is None:
        raise MediaError(f"{file.name} is no image that can be read", retryable=False)
    return np.asarray(pixels, np.uint8)
