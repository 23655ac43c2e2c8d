"""The rules that every media backend keeps."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from virtualptz.errors import MediaError
from virtualptz.model import OutputSpec, SourceOptions
from virtualptz.testing.backend import LIKE, MediaBackendContract
from vptz_image_folder import ImageOptions
from vptz_image_folder.backend import ImageFolder


class TestImageFolder(MediaBackendContract):
    def make(self) -> ImageFolder:
        return ImageFolder(ImageOptions(fps=25))

    def source(self, folder: Path) -> str:
        for number in range(55):
            cv2.imwrite(str(folder / f"{number:04}.png"), np.full((90, 160, 3), number, np.uint8))
        return str(folder / "0000.png")


def test_a_target_is_refused() -> None:
    with pytest.raises(MediaError, match="publishes nothing"):
        ImageFolder(ImageOptions()).open_sink("program.mp4", OutputSpec(), LIKE)


def test_an_image_of_another_size_ends_the_recording(tmp_path: Path) -> None:
    for number, height in enumerate((90, 90, 60)):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.zeros((height, 160, 3), np.uint8))
    source = ImageFolder(ImageOptions()).open_source(str(tmp_path / "0.png"), SourceOptions())
    assert source.read() is not None
    assert source.read() is not None
    with pytest.raises(MediaError, match="another size"):
        source.read()
