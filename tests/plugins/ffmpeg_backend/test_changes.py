import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.faults import pieces, transport_stream
from tests.faults.playout import Playout
from tests.media.clip import pictures
from tests.ports import free_port
from virtualptz.errors import MediaChangedError
from virtualptz.model import MediaInfo, SourceOptions
from virtualptz.protocols import MediaSource
from virtualptz_ffmpeg.changes import audio_codec, has_grown, video_codec

from .stage import backend

FOREVER = 10_000
HURRY = 4
"""Times faster than a camera: nothing here is measured by the clock."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pieces")


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_each_picture_of_a_codec_is_known_as_one(codec: str) -> None:
    name = {"libx264": "h264", "libx265": "hevc"}[codec]
    other = {"h264": "hevc", "hevc": "h264"}[name]
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt, encoder.framerate = 128, 96, "yuv420p", pieces.CAMERA.fps
    encoder.time_base = 1 / pieces.CAMERA.fps
    encoder.options = {"x265-params": "log-level=none:bframes=3:keyint=8"} if codec == "libx265" else {}
    coded = [bytes(packet) for frame in _frames() for packet in encoder.encode(frame)]
    coded += [bytes(packet) for packet in encoder.encode(None)]
    assert {video_codec(data, now=name) for data in coded} == {name}
    assert video_codec(coded[0], now=other) == name


def _frames() -> Iterator[av.VideoFrame]:
    yield from pictures(replace(pieces.CAMERA, width=128, height=96, seconds=1.0, patch=None))


def test_noise_is_of_no_codec() -> None:
    assert video_codec(b"\x12\x34\x56\x78\x9a\xbc", now="h264") is None
    assert video_codec(b"\0\0\1", now="h264") is None
    assert audio_codec(b"\x12\x34", now="aac") is None
    assert audio_codec(b"", now="aac") is None


@pytest.mark.parametrize(
    ("head", "codec"),
    [(b"\xff\xf1", "aac"), (b"\xff\xfb", "mp3"), (b"\xff\xfd", "mp2"), (b"\x0b\x77", "ac3")],
)
def test_sound_is_known_by_its_sync_word(head: bytes, codec: str) -> None:
    assert audio_codec(head + b"\0\0", now="aac") == codec


def test_the_streams_that_are_there_from_the_beginning_are_known(folder: Path) -> None:
    path, _ = pieces.write(folder, "usual")
    with av.open(str(path)) as container:
        assert not has_grown(container)
        assert next(container.demux(container.streams.video[0])).pts is not None


def changing(folder: Path, *kinds: str) -> Playout:
    parts = [pieces.write(folder, kind) for kind in kinds]
    return Playout((at / HURRY, packet) for at, packet in transport_stream.joined(parts))


def read_through(source: MediaSource, until: Callable[[MediaInfo], bool] = lambda _info: False) -> None:
    for _ in range(FOREVER):
        if source.read() is None or until(source.info):
            break


def test_another_size_and_rate_are_told(folder: Path) -> None:
    playout = changing(folder, "usual", "small", "50 a second")
    url = playout.over_http()
    with playout:
        source = backend().open_source(url, SourceOptions())
        assert (source.info.video.width, source.info.video.frame_rate) == (640, Fraction(25))
        read_through(source, until=lambda info: info.video.width == 480)
        assert (source.info.video.height, source.info.video.frame_rate) == (270, Fraction(25))
        read_through(source, until=lambda info: info.video.frame_rate == 50)
        assert (source.info.video.width, source.info.video.height) == (640, 360)
        source.close()


@pytest.mark.parametrize(
    ("kinds", "reason"),
    [
        (("usual", "hevc"), "from h264 to hevc"),
        (("hevc", "usual"), "from hevc to h264"),
        (("usual", "mp2"), "from aac to mp2"),
        (("silent", "usual"), "another stream"),
    ],
)
def test_what_cannot_be_followed_is_told(folder: Path, kinds: tuple[str, str], reason: str) -> None:
    playout = changing(folder, *kinds)
    url = playout.over_udp(free_port(socket.SOCK_DGRAM))
    with playout:
        source = backend().open_source(url, SourceOptions())
        with pytest.raises(MediaChangedError, match=reason):
            read_through(source)
        source.close()
