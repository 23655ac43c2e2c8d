"""A media backend that breaks a rule is told which."""

import numpy as np
import pytest

from virtualptz.model import CropShape, View
from virtualptz.protocols import BgrArray, MediaBackend, Picture
from virtualptz.testing.backend import MediaBackendContract
from virtualptz_ffmpeg.backend import FFmpegBackend
from virtualptz_ffmpeg.options import FFmpegOptions


class WholePixels:
    """A picture whose crop moves in steps of a pixel, as FFmpeg's `crop` does."""

    def __init__(self, inner: Picture) -> None:
        self._inner = inner
        self.pts, self.width, self.height, self.nbytes = inner.pts, inner.width, inner.height, inner.nbytes

    def render(self, view: View, shape: CropShape, width: int, height: int) -> Picture:
        whole = round(view.center_x * self.width) / self.width
        return self._inner.render(View(whole, view.center_y, view.zoom), shape, width, height)

    def to_array(self, width: int, height: int) -> BgrArray:
        return self._inner.to_array(width, height)

    def to_jpeg(self, width: int, height: int, quality: int) -> bytes:
        return self._inner.to_jpeg(width, height, 32 - quality)


class Coarse(FFmpegBackend):
    def picture(self, array: BgrArray, pts: float) -> Picture:
        return WholePixels(super().picture(array, pts))


class Contract(MediaBackendContract):
    def make(self) -> MediaBackend:
        return Coarse(FFmpegOptions())


@pytest.mark.parametrize(
    ("test", "told"),
    [
        ("test_a_slow_pan_moves_at_every_picture", "are off by 0.[3-6]"),
        ("test_a_jpeg_is_one", "31 the worst"),
    ],
)
def test_a_backend_that_breaks_a_rule_is_told_which(test: str, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        getattr(Contract(), test)()


def test_the_scene_is_what_its_formula_says() -> None:
    from virtualptz.testing.scene import displacement, drawn

    picture = drawn(160, 90)[:, :, 0].astype(np.float64)
    columns, rows = np.arange(160.0), np.arange(90.0)
    assert displacement(picture, columns, rows) == pytest.approx((0, 0), abs=0.01)
    assert displacement(picture, columns - 0.1, rows + 0.2) == pytest.approx((0.1, -0.2), abs=0.02)
