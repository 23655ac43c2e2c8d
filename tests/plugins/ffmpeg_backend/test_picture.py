import threading

import av
import numpy as np
import pytest
import simplejpeg  # type: ignore[import-untyped]

from virtualptz.model import WHOLE_FRAME, CropShape, View
from virtualptz.protocols import BgrArray
from virtualptz.testing import scene
from virtualptz_ffmpeg.colour import Colour, Matrix, Range
from virtualptz_ffmpeg.jpeg import libjpeg_quality
from virtualptz_ffmpeg.picture import YuvPicture
from virtualptz_ffmpeg.planes import planes

from .stage import backend

COLOURS = [(255, 255, 255), (0, 0, 0), (0, 0, 255), (0, 255, 0), (255, 0, 0), (40, 120, 200)]


def flat(colour: tuple[int, int, int], width: int, height: int) -> BgrArray:
    return np.full((height, width, 3), colour, np.uint8)


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("size", [(1280, 720), (320, 180)])
def test_colours_survive_coding_and_come_back(colour: tuple[int, int, int], size: tuple[int, int]) -> None:
    picture = YuvPicture.drawn(flat(colour, *size), 0.0)
    array = picture.to_array(160, 90)
    assert array.shape == (90, 160, 3)
    np.testing.assert_allclose(array[45, 80], colour, atol=5)


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("matrix", [Matrix.BT709, Matrix.SMPTE170M, Matrix.BT2020])
@pytest.mark.parametrize("range_", [Range.LIMITED, Range.FULL])
def test_a_jpeg_has_the_colours_of_its_picture(
    colour: tuple[int, int, int], matrix: Matrix, range_: Range
) -> None:
    frame = av.VideoFrame.from_ndarray(flat(colour, 320, 180), format="bgr24")
    coded = frame.reformat(
        format="yuv420p", dst_colorspace=int(matrix), src_color_range=Range.FULL, dst_color_range=range_
    )
    coded.colorspace, coded.color_range = matrix, range_
    jpeg = YuvPicture.of(coded, 0.0).to_jpeg(160, 90, 2)
    decoded = simplejpeg.decode_jpeg(jpeg, "BGR")
    assert decoded.shape == (90, 160, 3)
    np.testing.assert_allclose(decoded[45, 80], colour, atol=6)


def test_jpeg_quality_follows_the_scale_of_ffmpeg() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (90, 160, 3), np.uint8)
    picture = YuvPicture.drawn(noise, 0.0)
    sizes = [len(picture.to_jpeg(160, 90, q)) for q in (2, 5, 8, 16, 31)]
    assert sizes == sorted(sizes, reverse=True)
    assert [libjpeg_quality(q) for q in (0, 2, 8, 31, 99)] == [94, 94, 75, 26, 26]


@pytest.mark.parametrize("size", [(160, 90), (161, 91), (33, 17)])
def test_a_jpeg_can_have_any_size(size: tuple[int, int]) -> None:
    jpeg = YuvPicture.drawn(flat((10, 20, 30), 320, 180), 0.0).to_jpeg(*size, 8)
    height, width, *_ = simplejpeg.decode_jpeg_header(jpeg)
    assert (width, height) == size


@pytest.mark.parametrize("zoom", [1.0, 1.1, 1.3, 1.7, 2.5])
@pytest.mark.parametrize("center", [0.5, 0.5113])
def test_chroma_stays_on_its_luma_whatever_the_zoom(zoom: float, center: float) -> None:
    """The same scene in luma and chroma, chroma left-sited, must be the same scene afterwards."""
    width, height = 480, 270
    frame = av.VideoFrame(800, 450, "yuv420p")
    luma, blue, red = planes(frame)
    luma[:] = scene.sampled(np.arange(800.0), np.arange(450.0))
    blue[:] = red[:] = scene.sampled(2 * np.arange(400.0), 2 * np.arange(225.0) + 0.5)
    view = View(center, 0.48, zoom).inside()
    rendered = YuvPicture.of(frame, 0.0).render(view, WHOLE_FRAME, width, height)
    assert isinstance(rendered, YuvPicture)
    scale = 800 / zoom / width
    left, top = view.center_x * 800 - 400 / zoom, view.center_y * 450 - 225 / zoom
    for number, plane in enumerate(planes(rendered.frame)):
        step, siting = (1, 0.0) if number == 0 else (2, 0.5)
        x = left + (step * np.arange(plane.shape[1]) + 0.5) * scale - 0.5
        y = top + (step * np.arange(plane.shape[0]) + 0.5 + siting) * scale - 0.5
        off = scene.displacement(plane, x, y)
        assert np.hypot(*off) < 0.03, (number, off)


def test_the_whole_frame_at_its_own_size_is_passed_on() -> None:
    picture = YuvPicture.drawn(flat((1, 2, 3), 320, 180), 4.5)
    assert picture.render(View(), WHOLE_FRAME, 320, 180) is picture


def test_a_crop_keeps_time_colour_and_size() -> None:
    picture = YuvPicture.drawn(flat((200, 50, 50), 320, 240), 4.5)
    shape = CropShape.fit(320 / 240, 16 / 9)
    rendered = picture.render(View(0.4, 0.5, 2).inside(shape), shape, 256, 144)
    assert (rendered.pts, rendered.width, rendered.height) == (4.5, 256, 144)
    assert isinstance(rendered, YuvPicture)
    assert rendered.colour == picture.colour
    np.testing.assert_allclose(rendered.to_array(256, 144)[72, 128], (200, 50, 50), atol=5)


@pytest.mark.parametrize(
    "format_", ["yuv422p", "yuv444p", "yuvj420p", "nv12", "yuv420p10le", "gray", "rgb24"]
)
def test_other_pixel_formats_become_yuv420p_with_the_same_colours(format_: str) -> None:
    grey = av.VideoFrame.from_ndarray(flat((90, 90, 90), 320, 180), format="bgr24")
    frame = grey.reformat(format=format_)
    picture = YuvPicture.of(frame, 0.0)
    assert picture.frame.format.name == "yuv420p"
    np.testing.assert_allclose(picture.to_array(320, 180)[90, 160], (90, 90, 90), atol=4)


def test_untagged_pictures_are_bt709_from_hd_on_and_bt601_below() -> None:
    assert Colour().sws_matrix(720) == Matrix.BT709
    assert Colour().sws_matrix(576) == Matrix.BT470BG
    assert Colour(Matrix.BT2020).sws_matrix(720) == Matrix.BT2020


def test_any_number_of_threads_may_use_one_picture() -> None:
    picture = backend().picture(flat((40, 120, 200), 320, 180), 0.0)
    wrong: list[object] = []

    def work() -> None:
        for _ in range(30):
            if abs(int(picture.to_array(160, 90)[45, 80, 2]) - 200) > 5:
                wrong.append("array")
            if abs(int(simplejpeg.decode_jpeg(picture.to_jpeg(160, 90, 2), "BGR")[45, 80, 2]) - 200) > 6:
                wrong.append("jpeg")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_source_that_changes_its_range_goes_on_in_the_colours_that_were_announced() -> None:
    limited, full = Colour(Matrix.BT709, Range.LIMITED), Colour(Matrix.BT709, Range.FULL)
    frame = av.VideoFrame(32, 16, "yuv420p")
    for plane, level in zip(frame.planes, (255, 128, 128), strict=True):
        plane.update(bytes([level]) * plane.buffer_size)
    frame.colorspace, frame.color_range = Matrix.BT709, Range.FULL
    white = YuvPicture(frame, 0.0, full)
    assert white.in_colours(full) is white
    assert abs(int(planes(white.in_colours(limited).frame)[0][0, 0]) - 235) <= 1
