"""A decoded picture: the planes of a yuv420p frame, cropped and scaled where they lie."""

import threading
from dataclasses import dataclass

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter

from virtualptz.arrays import spread
from virtualptz.model import CropShape, View
from virtualptz.protocols import BgrArray, Luma

from .colour import BT709, Colour, Range
from .crop import Window, cut, scale
from .jpeg import encode
from .planes import planes

FORMAT = "yuv420p"
_per_thread = threading.local()


@dataclass(frozen=True, slots=True)
class YuvPicture:
    """8-bit 4:2:0 with chroma sited left, as MPEG-2, H.264 and H.265 have it unless they say otherwise."""

    frame: av.VideoFrame
    pts: float
    colour: Colour
    key: bool = True

    @property
    def width(self) -> int:
        return self.frame.width

    @property
    def height(self) -> int:
        return self.frame.height

    @property
    def nbytes(self) -> int:
        return sum(plane.buffer_size for plane in self.frame.planes)

    @classmethod
    def of(cls, frame: av.VideoFrame, pts: float) -> "YuvPicture":
        """Take over a decoded frame; another pixel format is converted, here and only here."""
        colour = Colour.of(frame)
        planar = frame if frame.format.name == FORMAT else _as_yuv420p(frame, colour)
        return cls(_settled(planar, colour), pts, colour, bool(frame.key_frame))

    @classmethod
    def drawn(cls, array: BgrArray, pts: float) -> "YuvPicture":
        """Of height x width x 3 pixels, blue-green-red, full range; coded as BT.709."""
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(array), format="bgr24")
        coded = _reformatter().reformat(
            frame,
            format=FORMAT,
            dst_colorspace=BT709.sws_matrix(frame.height),
            src_color_range=Range.FULL,
            dst_color_range=Range.LIMITED,
        )
        return cls(_settled(coded, BT709), pts, BT709)

    def luma(self, columns: int, rows: int) -> Luma:
        return spread(planes(self.frame)[0], columns, rows)

    def render(self, view: View, shape: CropShape, width: int, height: int) -> "YuvPicture":
        window = self._window(view, shape)
        if (window.width, window.height) == (width, height) == (self.width, self.height):
            return self
        out = av.VideoFrame(width, height, FORMAT)
        source, target = planes(self.frame), planes(out)
        cut(source[0], window, target[0], cv2.INTER_CUBIC)
        chroma = _chroma_window(window, width)
        for here, there in zip(source[1:], target[1:], strict=True):
            cut(here, chroma, there)
        return YuvPicture(_settled(out, self.colour), self.pts, self.colour)

    def to_array(self, width: int, height: int) -> BgrArray:
        pixels = _reformatter().reformat(
            self._scaled(width, height),
            format="bgr24",
            src_colorspace=self.colour.sws_matrix(self.height),
            src_color_range=self.colour.sws_range,
            dst_color_range=Range.FULL,
        )
        return np.asarray(pixels.to_ndarray(), np.uint8)

    def to_jpeg(self, width: int, height: int, quality: int) -> bytes:
        matrix = self.colour.sws_matrix(self.height)
        return encode(planes(self.frame), matrix, self.colour.sws_range, (width, height), quality)

    def in_colours(self, colour: Colour) -> "YuvPicture":
        """As a stream needs it whose colours were announced: a source may change its own."""
        matrix, height = colour.sws_matrix(self.height), self.height
        same = (self.colour.sws_matrix(height), self.colour.sws_range) == (matrix, colour.sws_range)
        if same:
            return self
        converted = _reformatter().reformat(
            self.frame,
            format=FORMAT,
            src_colorspace=self.colour.sws_matrix(height),
            dst_colorspace=matrix,
            src_color_range=self.colour.sws_range,
            dst_color_range=colour.sws_range,
        )
        return YuvPicture(_settled(converted, colour), self.pts, colour)

    def _scaled(self, width: int, height: int) -> av.VideoFrame:
        """All of it."""
        if (width, height) == (self.width, self.height):
            return self.frame
        out = av.VideoFrame(width, height, FORMAT)
        scale(planes(self.frame), planes(out))
        return _settled(out, self.colour)

    def _window(self, view: View, shape: CropShape) -> Window:
        width, height = self.width * shape.width / view.zoom, self.height * shape.height / view.zoom
        left, top = view.center_x * self.width - width / 2, view.center_y * self.height - height / 2
        return Window(left, top, width, height)


def _settled(frame: av.VideoFrame, colour: Colour) -> av.VideoFrame:
    """Name matrix and range on the frame, guessed ones too.

    A reformatter writes them to its source for as long as it works: with the same values, two threads that
    convert one picture at once do not meet.
    """
    frame.colorspace = colour.sws_matrix(frame.height)
    frame.color_range = colour.sws_range
    return frame


def _chroma_window(luma: Window, out_width: int) -> Window:
    """The chroma samples that belong to a window of luma.

    Left-sited chroma lies on every second luma column, so scaling about the outer edges moves it: a quarter
    of a luma sample of the source stands against a quarter of one of the output.
    """
    scale = luma.width / out_width
    left = luma.left / 2 + (1 - scale) / 4
    return Window(left, luma.top / 2, luma.width / 2, luma.height / 2)


def _as_yuv420p(frame: av.VideoFrame, colour: Colour) -> av.VideoFrame:
    matrix = colour.sws_matrix(frame.height)
    return _reformatter().reformat(
        frame,
        format=FORMAT,
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=colour.sws_range,
        dst_color_range=colour.sws_range,
    )


def _reformatter() -> VideoReformatter:
    """One a thread: it keeps libswscale's context, which is not thread-safe."""
    found: VideoReformatter | None = getattr(_per_thread, "reformatter", None)
    if found is None:
        found = _per_thread.reformatter = VideoReformatter()
    return found
