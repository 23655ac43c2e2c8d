"""What the publishing process hands to a muxer."""

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from virtualptz_ffmpeg.coded import AUDIO, HELLO, VIDEO, Coded
from virtualptz_ffmpeg.colour import Colour
from virtualptz_ffmpeg.encoder import VideoEncoder
from virtualptz_ffmpeg.header import Header
from virtualptz_ffmpeg.options import FFmpegOptions
from virtualptz_ffmpeg.picture import YuvPicture
from virtualptz_ffmpeg.publish import Threshold
from virtualptz_ffmpeg.sound import DrawnSound
from virtualptz_ffmpeg.soundtrack import Soundtrack

from .stage import DRAWN, SMALL, backend

RATE = 48_000
BASES = [Fraction(1, 90_000), Fraction(1, RATE)]
BEGINS = 10.0


def coded_program() -> tuple[bytes, list[Coded], list[Coded]]:
    """A header, and a second of pictures and of sound from `BEGINS` on; no picture is kept back."""
    header = Header()
    quick = SMALL.model_copy(update={"preset": "ultrafast"})
    encoder = VideoEncoder(header, quick, Fraction(25), Colour(), FFmpegOptions())
    assert DRAWN.audio is not None
    track = Soundtrack(header, DRAWN.audio, 96_000)
    empty = backend().picture(np.zeros((SMALL.height, SMALL.width, 3), np.uint8), 0.0)
    assert isinstance(empty, YuvPicture)
    pictures = [packet for number in range(25) for packet in encoder.encode(empty, BEGINS + number / 25)]
    sound = DrawnSound(np.zeros((2, RATE), np.float32), RATE, BEGINS)
    sounds = list(track.encode(sound, BEGINS))
    return header.data(), pictures, sounds


def test_sound_from_before_the_first_key_frame_ends_no_connection(tmp_path: Path) -> None:
    """FLV refuses it where the head has been written, and the same would be sent at each new try."""
    header, pictures, sounds = coded_program()
    target = tmp_path / "program.flv"
    hello = {"url": str(target), "muxer": "flv", "options": {"max_interleave_delta": "200000"}}
    body = json.dumps({**hello, "network": False, "time_bases": [[1, 90_000], [1, RATE]]}).encode()
    late = [Coded(AUDIO, each.data, each.pts - 5000, each.dts - 5000, each.duration, True) for each in sounds]
    program = [*pictures[:8], *late, *pictures[8:]]
    sent = (
        HELLO.pack(len(body), len(header))
        + body
        + header
        + b"".join(part for each in program for part in each.parts())
    )
    done = subprocess.run(
        [sys.executable, "-m", "virtualptz_ffmpeg.publish"],
        input=sent,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    with av.open(str(target)) as container:
        times = [
            float(packet.dts * packet.time_base) for packet in container.demux() if packet.dts is not None
        ]
    assert min(times) >= BEGINS - 0.001
    with av.open(str(target)) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(pictures) > 20


@pytest.mark.parametrize(
    ("stream", "at", "enters"), [(AUDIO, 9.9, False), (AUDIO, 10.0, True), (VIDEO, 9.9, True)]
)
def test_a_connection_begins_with_its_first_key_frame(stream: int, at: float, enters: bool) -> None:
    threshold = Threshold(BASES)
    early = Coded(AUDIO, b"", 0, 0, 1024, True)
    assert threshold.lets_in(early), "nothing is known yet"
    assert threshold.lets_in(Coded(VIDEO, b"", 900_000, 900_000, 3600, True))
    ticks = round(at / BASES[stream])
    assert threshold.lets_in(Coded(stream, b"", ticks, ticks, 1, False)) == enters
