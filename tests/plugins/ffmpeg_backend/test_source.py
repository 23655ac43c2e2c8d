import socket
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.container import InputContainer

from tests.media.clip import Clip, write
from tests.media.remux import remux
from virtualptz import reach
from virtualptz.errors import MediaError, MediaTimeoutError
from virtualptz.model import SourceOptions
from virtualptz_ffmpeg.inputs import KINDS
from virtualptz_ffmpeg.opening import _Attempt
from virtualptz_ffmpeg.source import FFmpegSource

from .stage import CLIP, backend, everything


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("source") / "clip.mp4", CLIP)


@pytest.fixture
def silent_listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_probe_tells_what_a_file_holds(clip: Path) -> None:
    info = backend().probe(str(clip), 10)
    assert (info.video.codec, info.video.width, info.video.height) == ("h264", 320, 180)
    assert info.video.frame_rate == 30
    assert info.audio is not None
    assert (info.audio.codec, info.audio.sample_rate, info.audio.channels) == ("aac", 48_000, 2)
    assert info.duration == pytest.approx(3, abs=0.1)
    assert not info.live


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001), Fraction(50)])
def test_a_frame_rate_is_exact(tmp_path: Path, rate: Fraction) -> None:
    path = write(tmp_path / "rate.mkv", Clip(width=64, height=48, fps=rate, seconds=2, audio="", patch=None))
    assert backend().probe(str(path), 10).video.frame_rate == rate


def test_a_file_that_is_not_there_is_hopeless(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="No such file") as caught:
        backend().probe(str(tmp_path / "none.mp4"), 5)
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.txt", "twelve players, one ball\n" * 50),
        ("list.m3u8", "#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile '/etc/passwd'\n"),
        ("camera.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"),
    ],
)
def test_what_is_no_media_file_is_refused(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(MediaError) as caught:
        backend().probe(str(path), 5)
    assert not caught.value.retryable


@pytest.mark.parametrize("source", ["concat:/a.ts|/b.ts", "subfile,,start,0,end,9,,:/etc/passwd", "data:,x"])
def test_protocols_within_protocols_are_refused(source: str) -> None:
    with pytest.raises(MediaError):
        backend().probe(source, 5)


@pytest.mark.parametrize("scheme", ["rtmp", "rtsp", "srt"])
def test_a_name_that_stands_for_a_forbidden_address_is_not_gone_to(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "addresses_of", lambda _host, _seconds: (ip_address("169.254.169.254"),))
    with pytest.raises(MediaError, match=r"leads to metadata\.example, which is link-local") as caught:
        backend().open_source(f"{scheme}://metadata.example:9/x", SourceOptions())
    assert not caught.value.retryable


@pytest.mark.parametrize("suffix", [".flv", ".mp4"])
def test_a_title_in_latin_1_hides_no_picture(clip: Path, tmp_path: Path, suffix: str) -> None:
    titled = remux(clip, tmp_path / f"titled{suffix}", title="Fussball ~ Finale")
    titled.write_bytes(titled.read_bytes().replace(b"Fussball ~", b"Fu\xdfball ~~"))
    pictures, _ = everything(backend().open_source(str(titled), SourceOptions()))
    assert len(pictures) == CLIP.frames


@pytest.mark.parametrize("scheme", ["gopher", "ftp", "crypto", "tee"])
def test_an_unknown_scheme_is_refused(scheme: str) -> None:
    with pytest.raises(MediaError, match="scheme") as caught:
        backend().probe(f"{scheme}://127.0.0.1/x", 5)
    assert not caught.value.retryable


@pytest.mark.parametrize("scheme", ["rtmp", "rtsp", "http"])
def test_a_dead_port_is_worth_another_try_and_shows_no_password(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(MediaError) as caught:
        backend().probe(f"{scheme}://user:secret77@127.0.0.1:{port}/live/key4711", 5)
    assert caught.value.retryable
    assert "secret77" not in str(caught.value)
    assert "key4711" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["rtmp", "rtsp", "http"])
def test_a_silent_listener_times_out_in_the_time_asked(scheme: str, silent_listener: int) -> None:
    began = time.monotonic()
    with pytest.raises(MediaTimeoutError):
        backend().probe(f"{scheme}://127.0.0.1:{silent_listener}/live/x", 1.0)
    assert 0.9 < time.monotonic() - began < 10


def test_what_ffmpeg_says_after_the_time_asked_is_no_reason() -> None:
    def interrupted() -> InputContainer:
        raise MediaError("not media")

    attempt = _Attempt(interrupted, lambda: None)
    assert attempt.done.wait(5)
    assert attempt.failed_after(time.monotonic() - 1)
    assert not attempt.failed_after(time.monotonic() + 1)


def test_pictures_and_sound_come_in_order_and_all_of_them(clip: Path) -> None:
    pictures, sounds = everything(backend().open_source(str(clip), SourceOptions()))
    times = [picture.pts for picture in pictures]
    assert len(times) == CLIP.frames
    np.testing.assert_allclose(np.diff(times), 1 / 30, atol=1e-4)
    heard = [sound.pts for sound in sounds]
    assert heard == sorted(heard)
    assert sum(sound.duration for sound in sounds) == pytest.approx(3, abs=0.1)


def test_b_frames_come_in_the_order_of_their_showing(tmp_path: Path) -> None:
    path = write(tmp_path / "b.ts", Clip(width=64, height=48, seconds=2, b_frames=2, patch=None))
    times = [picture.pts for picture in everything(backend().open_source(str(path), SourceOptions()))[0]]
    assert len(times) == 50
    assert times == sorted(times)


def test_sound_can_be_left_out(clip: Path) -> None:
    source = backend().open_source(str(clip), SourceOptions(audio=False))
    pictures, sounds = everything(source)
    assert pictures
    assert not sounds


@pytest.mark.parametrize("start", [0.5, 1.0, 1.7])
def test_a_file_starts_where_it_was_asked(clip: Path, start: float) -> None:
    whole, _ = everything(backend().open_source(str(clip), SourceOptions()))
    pictures, sounds = everything(backend().open_source(str(clip), SourceOptions(start_seconds=start)))
    assert pictures[0].pts - whole[0].pts == pytest.approx(start, abs=0.02)
    assert sounds[0].pts == pytest.approx(pictures[0].pts, abs=0.05)
    assert len(pictures) == pytest.approx(CLIP.frames - start * 30, abs=1)


def test_a_start_past_the_end_is_refused(clip: Path) -> None:
    with pytest.raises(MediaError, match="past the file's end") as caught:
        backend().open_source(str(clip), SourceOptions(start_seconds=60))
    assert not caught.value.retryable


def test_broken_bytes_are_concealed_or_skipped(tmp_path: Path) -> None:
    path = write(tmp_path / "whole.ts", Clip(width=320, height=180, seconds=4, patch=None))
    damaged = bytearray(path.read_bytes())
    rng = np.random.default_rng(3)
    for at in rng.integers(20_000, len(damaged), len(damaged) // 2000):
        damaged[at] = rng.integers(256)
    path.write_bytes(damaged)
    pictures, _ = everything(backend().open_source(str(path), SourceOptions()))
    assert len(pictures) > 70


def test_a_picture_that_changes_its_size_goes_on(tmp_path: Path) -> None:
    small = write(tmp_path / "a.ts", Clip(width=320, height=180, seconds=1, audio="", patch=None))
    large = write(tmp_path / "b.ts", Clip(width=640, height=360, seconds=1, audio="", patch=None))
    joined = tmp_path / "joined.ts"
    joined.write_bytes(small.read_bytes() + large.read_bytes())
    pictures, _ = everything(backend().open_source(str(joined), SourceOptions()))
    assert {(picture.width, picture.height) for picture in pictures} == {(320, 180), (640, 360)}
    assert pictures[-1].to_array(32, 18).shape == (18, 32, 3)


def test_a_source_with_no_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 48_000), np.float32), format="fltp", layout="stereo")
        frame.sample_rate = 48_000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    with pytest.raises(MediaError, match="no video"):
        backend().probe(str(path), 5)


def test_close_from_another_thread_ends_a_read() -> None:
    source, sender = _udp_source()
    failures: list[Exception] = []

    def read() -> None:
        try:
            while source.read() is not None:
                pass
        except MediaError as error:
            failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    source.close()
    reader.join(15)
    sender.set()
    assert not reader.is_alive()
    source.close()
    assert source.read() is None


def test_a_frozen_source_is_noticed_in_the_time_asked() -> None:
    source, sender = _udp_source()
    sender.set()
    read: list[float] = []

    def read_all() -> None:
        while source.read() is not None:
            read.append(time.monotonic())

    with pytest.raises(MediaTimeoutError):
        read_all()
    waits = [later - earlier for earlier, later in pairwise(read)]
    assert max(waits) < 1.5, "it waited for what its parser still had, and once more"
    source.close()


def _udp_source() -> tuple[FFmpegSource, threading.Event]:
    """An open UDP source, and an event that ends what is sent to it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    enough = threading.Event()
    threading.Thread(target=_send_for_ever, args=(port, enough), daemon=True).start()
    options = SourceOptions(open_timeout=20, read_timeout=1.5)
    source = backend().open_source(f"udp://127.0.0.1:{port}", options)
    assert isinstance(source, FFmpegSource)
    return source, enough


def _send_for_ever(port: int, enough: threading.Event) -> None:
    with av.open(f"udp://127.0.0.1:{port}?pkt_size=1316", "w", format="mpegts") as container:
        stream = container.add_stream(
            "libx264", rate=30, options={"preset": "ultrafast", "tune": "zerolatency"}
        )
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        stream.codec_context.gop_size = 10
        number = 0
        while not enough.wait(1 / 30):
            frame = av.VideoFrame(160, 90, "yuv420p")
            frame.pts = number
            number += 1
            container.mux(stream.encode(frame))


def test_every_kind_of_source_names_its_protocols_and_formats() -> None:
    for scheme, kind in KINDS.items():
        options = kind.av_options()
        assert options["format_whitelist"], scheme
        assert "file" not in options["protocol_whitelist"].split(","), scheme
