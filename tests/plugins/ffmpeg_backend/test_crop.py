"""Where every sample of a crop comes from, against a scene whose truth is a formula."""

import cv2
import numpy as np
import pytest

from virtualptz.testing import scene
from virtualptz_ffmpeg.crop import Window, cut

WIDTH, HEIGHT = 640, 360
MARGIN = 4
PLANE = scene.sampled(np.arange(float(WIDTH)), np.arange(float(HEIGHT)))


def displacement(window: Window, width: int, height: int) -> tuple[float, float]:
    """Source samples by which a crop is off."""
    out = np.zeros((height, width), np.uint8)
    cut(PLANE, window, out, cv2.INTER_CUBIC)
    x = window.left + (np.arange(width) + 0.5) * window.width / width - 0.5
    y = window.top + (np.arange(height) + 0.5) * window.height / height - 0.5
    return scene.displacement(out, x, y)


@pytest.mark.parametrize(
    "scale", [2.4, 2.0, 1.99, 1.5, 1.4999, 1.2, 1.0004, 1.0, 0.9999, 0.9, 0.75, 0.5, 0.3]
)
@pytest.mark.parametrize("place", [(10.0, 5.0), (10.25, 5.5), (10.37, 5.11), (10.9, 5.77)])
def test_a_crop_lies_where_it_was_asked(scale: float, place: tuple[float, float]) -> None:
    width, height = (400, 200) if scale < 1.5 else (240, 136)
    off = displacement(Window(*place, width * scale, height * scale), width, height)
    assert np.hypot(*off) < 0.02, off


def test_the_far_edge_keeps_its_place_close_to_scale_one() -> None:
    """`cv2.resize` would copy there, and be off by up to half a sample at the right edge."""
    width, height, scale = 600, 340, 1.0006
    out = np.zeros((height, width), np.uint8)
    cut(PLANE, Window(5, 5, width * scale, height * scale), out)
    x = 5 + (np.arange(width) + 0.5) * scale - 0.5
    y = 5 + (np.arange(height) + 0.5) * scale - 0.5
    truth = scene.value(x, y)
    slope = np.gradient(truth, axis=1)
    edge = (slice(MARGIN, -MARGIN), slice(-100, -MARGIN))
    off = float((slope[edge] * (out - truth)[edge]).sum() / (slope[edge] ** 2).sum())
    assert abs(off) < 0.02, off


def test_a_slow_zoom_moves_evenly() -> None:
    """The picture's edge comes nearer by the same step at each picture, also through scales 2 and 1."""
    zooms = np.linspace(0.98, 1.02, 21)
    for middle in (2.0, 1.0):
        offs = []
        for zoom in zooms:
            scale = middle / zoom
            offs.append(displacement(Window(7.3, 6.1, 240 * scale, 136 * scale), 240, 136)[0])
        assert np.ptp(offs) < 0.03, (middle, offs)


def test_sharpness_has_no_step_where_the_method_changes() -> None:
    texture = np.random.default_rng(2).integers(0, 255, (HEIGHT, WIDTH), np.uint8)

    def detail(scale: float) -> float:
        out = np.zeros((150, 280), np.uint8)
        cut(texture, Window(3, 4, 280 * scale, 150 * scale), out, cv2.INTER_CUBIC)
        return float(out.astype(float).std())

    for scale in (1.0, 2.0):
        before, at, after = detail(scale - 1e-6), detail(scale), detail(scale + 1e-6)
        assert before == pytest.approx(at, rel=0.02)
        assert after == pytest.approx(at, rel=0.02)


def test_all_of_a_plane_at_its_own_size_is_the_plane() -> None:
    out = np.zeros_like(PLANE)
    cut(PLANE, Window(0, 0, WIDTH, HEIGHT), out)
    np.testing.assert_array_equal(out, PLANE)


def test_beyond_the_edge_the_edge_goes_on() -> None:
    out = np.zeros((40, 40), np.uint8)
    cut(np.full((30, 30), 77, np.uint8), Window(-5.5, -5.5, 40, 40), out)
    assert (out == 77).all()


def test_an_output_within_a_larger_buffer_is_filled_in_place() -> None:
    buffer = np.zeros((100, 256), np.uint8)
    cut(PLANE, Window(10.5, 10.5, 300, 150), buffer[:, :200])
    assert buffer[:, :200].any()
    assert not buffer[:, 200:].any()


def test_halving_fills_an_output_within_a_larger_buffer() -> None:
    buffer = np.zeros((100, 256), np.uint8)
    cut(PLANE, Window(10, 20, 400, 200), buffer[:, :200])
    expected = PLANE[20:220, 10:410].reshape(100, 2, 200, 2).mean(axis=(1, 3))
    assert np.abs(buffer[:, :200] - expected).max() <= 1
    assert not buffer[:, 200:].any()
