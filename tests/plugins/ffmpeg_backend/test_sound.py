from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest

from tests.media import watch
from tests.media.clip import Clip, write
from virtualptz.model import AudioInfo, MediaInfo, SourceOptions, VideoInfo
from virtualptz.protocols import AudioPacket, Picture
from virtualptz_ffmpeg.sound import CodedSound, SoundFormat, aac_format

from .stage import SMALL, backend, everything, republish

BASE = Clip(width=320, height=180, fps=Fraction(30), seconds=3, patch=None)
PLAIN = SoundFormat("aac", 48_000, 2)


@pytest.mark.parametrize(
    ("codec", "suffix"), [("mp2", ".ts"), ("libopus", ".mkv"), ("aac", ".ts"), ("aac", ".flv")]
)
def test_sound_of_any_kind_arrives_as_aac_in_sync(tmp_path: Path, codec: str, suffix: str) -> None:
    clip = Clip(width=320, height=180, fps=Fraction(30), seconds=3, patch=None, audio=codec)  # type: ignore[arg-type]
    source = write(tmp_path / f"in{suffix}", clip)
    target = tmp_path / "out.mp4"
    republish(source, str(target))
    seen = watch.decode(target)
    assert not seen.errors
    assert seen.audio_codec == "aac"
    assert seen.audio_seconds == pytest.approx(3, abs=0.15)
    assert len(seen.av_offsets()) == 3
    assert max(map(abs, seen.av_offsets())) < 0.05


def test_aac_is_copied_bit_by_bit(tmp_path: Path) -> None:
    source = write(tmp_path / "in.mp4", BASE)
    target = tmp_path / "out.mp4"
    republish(source, str(target))
    copied, original = coded(target), coded(source)
    assert len(copied) > 130
    assert original[-len(copied) :] == copied


def test_aac_of_a_transport_stream_is_copied_without_its_heads(tmp_path: Path) -> None:
    source = write(tmp_path / "in.ts", BASE)
    _, sounds = everything(backend().open_source(str(source), SourceOptions()))
    first = sounds[0]
    assert isinstance(first, CodedSound)
    assert first.format == SoundFormat("aac", 48_000, 2, 2)
    target = tmp_path / "out.mp4"
    republish(source, str(target))
    data = [sound.data for sound in sounds if isinstance(sound, CodedSound)]
    copied = coded(target)
    assert data[-len(copied) :] == copied


def coded(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_mulaw", "mp3"])
def test_camera_sound(tmp_path: Path, codec: str) -> None:
    source = tmp_path / "in.avi"
    rate = 8000 if codec == "pcm_mulaw" else 44_100
    tone_and_pictures(source, codec, rate)
    target = tmp_path / "out.flv"
    republish(source, str(target))
    with av.open(str(target)) as container:
        context = container.streams.audio[0].codec_context
        assert context.name.removesuffix("float") == ("mp3" if codec == "mp3" else "aac")
        samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)])
        assert samples.std() == pytest.approx(0.3535 * 0.5, rel=0.3)


def tone_and_pictures(path: Path, codec: str, rate: int) -> None:
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        audio = cast(av.AudioStream, container.add_stream(codec, rate=rate))
        audio.codec_context.layout = "mono"
        wave = (0.25 * np.sin(np.arange(2 * rate) * 2 * np.pi * 440 / rate)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(wave[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        fifo = av.audio.fifo.AudioFifo()
        resampler = av.AudioResampler(audio.codec_context.format, "mono", rate)
        for piece in resampler.resample(frame):
            fifo.write(piece)
        while (part := fifo.read(audio.codec_context.frame_size or 1024, partial=True)) is not None:
            container.mux(audio.encode(part))
        for number in range(60):
            picture = av.VideoFrame(320, 180, "yuv420p")
            picture.pts = number
            container.mux(video.encode(picture))
        container.mux([*audio.encode(None), *video.encode(None)])


def test_sound_that_changes_its_format_goes_on_in_the_one_announced(tmp_path: Path) -> None:
    """As after a reconnect to a camera that was set up anew."""
    stereo, mono = tmp_path / "stereo.mp4", tmp_path / "mono.avi"
    write(stereo, BASE)
    tone_and_pictures(mono, "pcm_mulaw", 8000)
    target = tmp_path / "out.mkv"
    source = backend().open_source(str(stereo), SourceOptions())
    sink = backend().open_sink(str(target), SMALL, source.info)
    offset = 0.0
    for path in (stereo, mono):
        pictures, sounds = everything(backend().open_source(str(path), SourceOptions()))
        items: list[Picture | AudioPacket] = [*pictures, *sounds]
        for item in sorted(items, key=lambda item: item.pts):
            sink.write(item, item.pts + offset)
        offset = 3.0
    source.close()
    sink.close()
    with av.open(str(target)) as container:
        heard = sum(frame.samples for frame in container.decode(audio=0)) / 48_000
        assert heard == pytest.approx(5, abs=0.3)


def test_a_hole_in_the_sound_stays_a_hole_and_holds_nothing_up(tmp_path: Path) -> None:
    target = tmp_path / "hole.mkv"
    like = MediaInfo(VideoInfo("drawn", 320, 180, Fraction(30)), AudioInfo("pcm", 48_000, 2))
    sink = backend().open_sink(str(target), SMALL, like)
    beep = (0.5 * np.sin(np.arange(4800) * 2 * np.pi * 1000 / 48_000)).astype(np.float32)
    for number in range(180):
        pts = number / 30
        sink.write(backend().picture(np.full((180, 320, 3), 60, np.uint8), pts), pts)
        if number in (30, 150):
            sink.write(backend().audio(np.stack([beep, beep]), 48_000, pts), pts)
    sink.close()
    seen = watch.decode(target)
    assert len(seen.frames) == 180
    assert seen.beeps == pytest.approx([1.0, 5.0], abs=0.05)


def test_a_sound_promised_that_never_comes_holds_nothing_up(tmp_path: Path) -> None:
    target = tmp_path / "mute.flv"
    like = MediaInfo(VideoInfo("drawn", 320, 180, Fraction(30)), AudioInfo("aac", 48_000, 2))
    sink = backend().open_sink(str(target), SMALL, like)
    for number in range(60):
        sink.write(backend().picture(np.full((180, 320, 3), 60, np.uint8), 0), number / 30)
    sink.close()
    with av.open(str(target)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 60


@pytest.mark.parametrize(
    ("data", "extradata", "expected"),
    [
        (b"\xff\xf1\x4c\x80\x01\x5f\xfc" + b"raw", None, (b"raw", SoundFormat("aac", 48_000, 2, 2))),
        (b"\xff\xf0\x50\x40\x01\x9f\xfc\0\0" + b"raw", None, (b"raw", SoundFormat("aac", 44_100, 1, 2))),
        (b"raw", b"\x11\x90", (b"raw", SoundFormat("aac", 48_000, 2, 2))),
        (b"raw", b"\x2b\x92\x08\x00", (b"raw", PLAIN)),
        (b"raw", None, (b"raw", PLAIN)),
    ],
)
def test_aac_heads_are_read(
    data: bytes, extradata: bytes | None, expected: tuple[bytes, SoundFormat]
) -> None:
    assert aac_format(data, extradata, PLAIN) == expected
