"""Decode, moving crop, scale and encode in a plain PyAV loop, at the pace of the clip.

usage: plain_loop.py SOURCE TARGET PROGRESS (started by the benchmarks as a process of its own)
"""

import math
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

ZOOM, SWING, PERIOD, SIZE = 1.25, 0.08, 6.0, (1280, 720)
"""The crop: how far in, fractions of the width by which it swings to each side, once in how many seconds."""
X264_PARAMS = "rc-lookahead=5:sync-lookahead=0:bframes=3"


def crop(frame: VideoFrame, at: float) -> VideoFrame:
    """The crop in steps of 2 pixels, as the command line's."""
    width, height = int(frame.width / ZOOM) // 2 * 2, int(frame.height / ZOOM) // 2 * 2
    left = (frame.width - width) / 2 + frame.width * SWING * math.sin(2 * math.pi * at / PERIOD)
    x, y = int(left) // 2 * 2, (frame.height - height) // 4 * 2
    cut = VideoFrame(width, height, "yuv420p")
    for index, shrink in enumerate((1, 2, 2)):
        source, target = frame.planes[index], cut.planes[index]
        pixels = np.frombuffer(source, np.uint8).reshape(-1, source.line_size)  # type: ignore[call-overload]
        rows = slice(y // shrink, (y + height) // shrink)
        columns = slice(x // shrink, (x + width) // shrink)
        room = np.frombuffer(target, np.uint8).reshape(-1, target.line_size)  # type: ignore[call-overload]
        room[: height // shrink, : width // shrink] = pixels[rows, columns]
    return cut.reformat(*SIZE, format="yuv420p")


def add_stream(target: OutputContainer, rate: Fraction) -> VideoStream:
    options = {"preset": "veryfast", "crf": "24", "x264-params": X264_PARAMS}
    stream = target.add_stream("libx264", rate=rate, options=options)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
    stream.codec_context.gop_size = 60
    return stream


def tell(progress: Path, count: int) -> None:
    """Whole or not at all: somebody reads it meanwhile."""
    whole = progress.with_suffix(".new")
    whole.write_text(f"frame={count}\n")
    whole.replace(progress)


def main(source: str, target: str, progress: str) -> None:
    with av.open(source) as reader, av.open(target, "w", format="mpegts") as writer:
        video = reader.streams.video[0]
        video.thread_type = "AUTO"
        rate = video.average_rate or Fraction(30)
        stream = add_stream(writer, rate)
        start = time.monotonic()
        for count, frame in enumerate(reader.decode(video), 1):
            at = float(frame.time or 0)
            time.sleep(max(0.0, start + at - time.monotonic()))
            ready = crop(frame, at)
            ready.pts, ready.time_base = count - 1, 1 / rate
            writer.mux(stream.encode(ready))
            if count % 15 == 0:
                tell(Path(progress), count)
        writer.mux(stream.encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
