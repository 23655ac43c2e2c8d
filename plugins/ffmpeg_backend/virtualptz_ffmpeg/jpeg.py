"""JPEG straight from YUV: one libswscale pass to full-range BT.601, as JFIF demands, then libjpeg-turbo."""

import av
import simplejpeg  # type: ignore[import-untyped]
from av.video.reformatter import VideoReformatter

from .colour import SWS_BT601, Colour, Range
from .planes import planes

FFMPEG_BEST, FFMPEG_WORST = 2, 31
SCALE_PER_Q = 6.14
"""Percent of libjpeg's base tables a step of `-q:v`: FFmpeg codes with q / 8 of the MPEG intra matrix, whose
mean is 0.49 of the mean of libjpeg's luminance table."""


def libjpeg_quality(q: int) -> int:
    """libjpeg's 1..100 whose tables are as coarse as FFmpeg's `-q:v` (2 best, 31 worst)."""
    percent = SCALE_PER_Q * min(max(q, FFMPEG_BEST), FFMPEG_WORST)
    return round((200 - percent) / 2 if percent <= 100 else 5000 / percent)


def encode(
    frame: av.VideoFrame, colour: Colour, size: tuple[int, int], q: int, reformatter: VideoReformatter
) -> bytes:
    """The whole of a yuv420p frame as a JPEG of `size` (width, height)."""
    width, height = size
    full = reformatter.reformat(
        frame,
        width,
        height,
        format="yuvj420p",
        src_colorspace=colour.sws_matrix(frame.height),
        dst_colorspace=SWS_BT601,
        src_color_range=colour.sws_range,
        dst_color_range=Range.FULL,
    )
    luma, blue, red = planes(full)
    data: bytes = simplejpeg.encode_jpeg_yuv_planes(luma, blue, red, libjpeg_quality(q))
    return data
