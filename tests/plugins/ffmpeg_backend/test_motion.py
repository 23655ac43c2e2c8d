"""What a viewer of the program sees move, after encoding and decoding."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.media import motion, watch
from tests.media.clip import Clip, luma
from virtualptz.model import WHOLE_FRAME, MediaInfo, OutputSpec, VideoInfo, View

from .stage import backend

WIDE = luma(Clip(width=1280, height=720, patch=None))
OUTPUT = OutputSpec(width=640, height=360, preset="veryfast", crf=20, encoder="libx264")
LIKE = MediaInfo(VideoInfo("drawn", 1280, 720, Fraction(30)))


def filmed(views: list[View], target: Path) -> list[motion.Luma]:
    picture = backend().picture(np.repeat(WIDE[:, :, None], 3, axis=2), 0.0)
    sink = backend().open_sink(str(target), OUTPUT, LIKE)
    for number, view in enumerate(views):
        sink.write(picture.render(view, WHOLE_FRAME, OUTPUT.width, OUTPUT.height), number / 30)
    sink.close()
    seen = watch.decode(target, keep_luma=True)
    assert len(seen.frames) == len(views)
    return [frame.luma for frame in seen.frames if frame.luma is not None]


@pytest.mark.parametrize("zoom", [1.7, 2.0, 2.7])
def test_a_pan_of_a_third_of_a_pixel_has_no_still_picture_and_no_jump(tmp_path: Path, zoom: float) -> None:
    """At places of no round fraction: halves of 8-bit steps would be rounded all one way."""
    step = 0.3
    width_in_source = 1280 / zoom
    per_picture = step * width_in_source / OUTPUT.width / 1280
    views = [View(0.4513 + number * per_picture, 0.5, zoom) for number in range(40)]
    steps = motion.steps(filmed(views, tmp_path / "pan.mkv"), guess=(step, 0.0))
    assert motion.rms(steps[:, 0] - step) < 0.02
    assert motion.rms(steps[:, 1]) < 0.02
    assert steps[:, 0].min() > 0.2


def test_a_slow_zoom_grows_evenly(tmp_path: Path) -> None:
    """Through zoom 2, where source and output have the same scale."""
    zooms = np.linspace(1.97, 2.03, 31)
    pictures = filmed([View(0.5, 0.5, float(zoom)) for zoom in zooms], tmp_path / "zoom.mkv")
    placed = [
        motion.place(picture, WIDE, motion.Placement(0.5, 0.5, float(zoom)))
        for picture, zoom in zip(pictures, zooms, strict=True)
    ]
    found = np.array([place.zoom for place in placed])
    edge_error = (found / zooms - 1) * OUTPUT.width / 2
    assert motion.rms(edge_error - edge_error.mean()) < 0.03
