"""The picture's encoder: libx264, or NVENC where there is one."""

import logging
import math
import os
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import cast

import av
import av.error
from av.video.frame import PictureType

from virtualptz.errors import MediaError
from virtualptz.model import Finding, OutputSpec

from .coded import VIDEO, VIDEO_RATE, VIDEO_TIME_BASE, Coded
from .colour import Colour
from .header import Header
from .options import FFmpegOptions
from .picture import FORMAT, YuvPicture

log = logging.getLogger(__name__)

NVENC = "h264_nvenc"
LEAST_TICKS = VIDEO_RATE // 1000
"""Between two pictures: nearer ones would have the same time stamp in FLV, which counts milliseconds."""
MAX_THREADS = 4
MAX_B_FRAMES = 3
QUICK_PRESETS = frozenset({"ultrafast", "superfast", "veryfast"})
ONE_CORE_PIXELS = 1280 * 720
"""One core encodes this size with a quick preset at a hundred pictures a second."""
X264_LOOKAHEAD = {
    "superfast": 0,
    "veryfast": 10,
    "faster": 20,
    "fast": 30,
    "medium": 40,
    "slow": 50,
    "slower": 60,
    "veryslow": 60,
}
"""Pictures that each preset looks ahead; `ultrafast` looks at none and has no B-frames."""
NVENC_PRESETS = {
    "ultrafast": "p1",
    "superfast": "p2",
    "veryfast": "p3",
    "faster": "p3",
    "fast": "p4",
    "medium": "p4",
    "slow": "p6",
    "slower": "p7",
    "veryslow": "p7",
}


def choose(wanted: str) -> str:
    """The encoder for `auto`, `libx264` or `h264_nvenc`. Raises MediaError for one that cannot work."""
    if wanted == "libx264":
        return wanted
    problem = nvenc_problem()
    if problem is None:
        return NVENC
    if wanted == "auto":
        log.info("h264_nvenc does not work here (%s): encoding with libx264", problem)
        return "libx264"
    raise MediaError(f"the encoder {wanted} does not work here: {problem}", retryable=False)


@cache
def nvenc_problem() -> str | None:
    """Why NVENC cannot be used on this machine; None where it opens."""
    try:
        context = cast(av.VideoCodecContext, av.CodecContext.create(NVENC, "w"))
        _configure(context, OutputSpec(width=256, height=256), Fraction(30), Colour())
        context.open()
    except (av.error.FFmpegError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    return None


def finding() -> Finding:
    """Which encoder `auto` would take here."""
    problem = nvenc_problem()
    detail = NVENC if problem is None else f"libx264; {NVENC} does not work here: {problem}"
    return Finding(True, "video encoder", detail)


class VideoEncoder:
    """Encodes rendered pictures of one size. Used by one thread."""

    def __init__(
        self, header: Header, output: OutputSpec, rate: Fraction, colour: Colour, options: FFmpegOptions
    ) -> None:
        name = choose(output.encoder)
        context = header.add(name)
        assert isinstance(context, av.VideoCodecContext)  # noqa: S101 - by its name
        self.context = context
        _configure(self.context, output, rate, colour)
        self._colour = colour
        self.context.thread_count = options.encode_threads or _threads(output)
        self.context.options = _tuning(name, output, options)
        self._keyframe_ticks = round(output.keyframe_seconds / VIDEO_TIME_BASE)
        self._frame_ticks = round(1 / rate / VIDEO_TIME_BASE)
        self._last_pts: int | None = None
        self._forced = 0
        try:
            self.context.open()
        except av.error.FFmpegError as error:
            raise MediaError(f"the encoder {name} does not open: {error.strerror}", retryable=False) from None

    def encode(self, picture: YuvPicture, pts: float) -> Iterator[Coded]:
        frame = picture.in_colours(self._colour).frame
        ticks = round(pts * VIDEO_RATE)
        if self._last_pts is not None:
            ticks = max(ticks, self._last_pts + LEAST_TICKS)
        frame.pts, frame.time_base = ticks, VIDEO_TIME_BASE
        frame.pict_type = PictureType.I if self._is_due(ticks) else PictureType.NONE
        self._last_pts = ticks
        yield from self._packets(frame)

    def flush(self) -> Iterator[Coded]:
        yield from self._packets(None)

    def _is_due(self, ticks: int) -> bool:
        """The encoder counts frames; where pictures are missing, a keyframe is due by time before that."""
        if self._last_pts is None or ticks - self._forced >= 2 * self._keyframe_ticks:
            self._forced = ticks
            return True
        if ticks - self._last_pts > self._keyframe_ticks:
            self._forced = ticks
            return True
        return False

    def _packets(self, frame: av.VideoFrame | None) -> Iterator[Coded]:
        try:
            packets = self.context.encode(frame)
        except av.error.FFmpegError as error:
            raise MediaError(f"the encoder failed: {error.strerror}", retryable=False) from None
        for packet in packets:
            yield self._coded(packet)

    def _coded(self, packet: "av.Packet[av.VideoStream]") -> Coded:
        """With the parameter sets before each keyframe: MPEG-TS has no other place for them."""
        data = bytes(packet)
        if packet.is_keyframe and self.context.extradata and not data.startswith(self.context.extradata):
            data = self.context.extradata + data
        pts = packet.pts or 0
        dts = pts if packet.dts is None else packet.dts
        return Coded(VIDEO, data, pts, dts, packet.duration or self._frame_ticks, packet.is_keyframe)


def _configure(context: av.VideoCodecContext, output: OutputSpec, rate: Fraction, colour: Colour) -> None:
    context.width, context.height, context.pix_fmt = output.width, output.height, FORMAT
    context.time_base, context.framerate = VIDEO_TIME_BASE, rate
    context.gop_size = max(1, math.ceil(output.keyframe_seconds * rate))
    context.flags |= av.codec.context.Flags.global_header
    colour.tag(context)


def _threads(output: OutputSpec) -> int:
    """Each thread adds a frame of delay and of memory, and costs some: one where it keeps up with ease."""
    if output.live and output.preset in QUICK_PRESETS and output.width * output.height <= ONE_CORE_PIXELS:
        return 1
    return min(MAX_THREADS, os.cpu_count() or 1)


def _tuning(name: str, output: OutputSpec, options: FFmpegOptions) -> dict[str, str]:
    if name == NVENC:
        preset = NVENC_PRESETS.get(output.preset, "p4")
        return {
            "preset": preset,
            "rc": "vbr",
            "cq": str(output.crf),
            "bf": "0",
            "delay": "0",
            "forced-idr": "1",
        }
    tuning = {"preset": output.preset, "crf": str(output.crf), "forced-idr": "1"}
    if output.live and output.preset in X264_LOOKAHEAD:
        ahead = min(X264_LOOKAHEAD[output.preset], options.encoder_lookahead)
        b_frames = min(MAX_B_FRAMES, ahead)
        tuning["x264-params"] = f"rc-lookahead={ahead}:sync-lookahead=0:bframes={b_frames}"
    return tuning
