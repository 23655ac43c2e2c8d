from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.media import watch
from tests.media.clip import Clip, write
from virtualptz.errors import MediaError
from virtualptz.model import MediaInfo, OutputSpec, VideoInfo
from virtualptz_ffmpeg.encoder import nvenc_problem

from .stage import CLIP, DRAWN, SMALL, Show, backend, children, eventually, republish

SYNC = 0.035
"""Seconds: a picture, and what an AAC frame's place can be off."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("sink") / "clip.mp4", CLIP)


@pytest.mark.parametrize("suffix", [".mp4", ".flv", ".ts", ".mkv"])
def test_a_file_decodes_whole_and_in_sync(clip: Path, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"program{suffix}"
    stats = republish(clip, str(target)).stats
    assert (stats.target, stats.frames_encoded, stats.packets_dropped) == (str(target), CLIP.frames, 0)
    seen = watch.decode(target)
    assert not seen.errors
    assert len(seen.frames) == CLIP.frames
    np.testing.assert_allclose(np.diff(seen.pts), 1 / 30, atol=0.0011)
    assert seen.audio_codec == "aac"
    assert seen.audio_seconds == pytest.approx(3, abs=0.1)
    assert len(seen.av_offsets()) == 3
    assert max(map(abs, seen.av_offsets())) < SYNC


def test_an_mp4_is_an_ordinary_one_in_the_end(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "program.mp4"
    republish(clip, str(target))
    assert boxes(target) == ["ftyp", "free", "mdat", "moov"]
    with av.open(str(target)) as container:
        assert container.streams.video[0].frames == CLIP.frames


def boxes(path: Path) -> list[str]:
    """The names of a file's outermost boxes (ISO/IEC 14496-12)."""
    content, names, at = path.read_bytes(), [], 0
    while at + 8 <= len(content):
        size = int.from_bytes(content[at : at + 4])
        names.append(content[at + 4 : at + 8].decode("latin-1"))
        at += size if size > 1 else int.from_bytes(content[at + 8 : at + 16])
        assert size != 0
    return names


def test_an_mp4_is_playable_while_it_grows(tmp_path: Path) -> None:
    """So a crash or a power cut takes the last second, not the match."""
    target = tmp_path / "program.mp4"
    show = Show(str(target), realtime=False)
    show.run(150)
    copy = tmp_path / "copy.mp4"

    def plays() -> bool:
        copy.write_bytes(target.read_bytes())
        try:
            return len(watch.decode(copy).frames) > 60
        except av.error.InvalidDataError:
            return False

    assert eventually(plays)
    show.sink.close()


def test_a_file_that_is_there_is_never_written_over(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "program.ts"
    names = [republish(clip, str(target)).stats.target for _ in range(3)]
    assert names == [str(target.with_name(name)) for name in ("program.ts", "program-1.ts", "program-2.ts")]
    assert all(len(watch.decode(Path(name)).frames) == CLIP.frames for name in names)


def test_a_folder_that_cannot_be_made_is_an_error_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    sink = backend().open_sink(str(tmp_path / "file" / "program.mp4"), SMALL, DRAWN)
    with pytest.raises(MediaError, match="cannot write") as caught:
        sink.write(backend().picture(np.zeros((180, 320, 3), np.uint8), 0), 0)
    assert not caught.value.retryable
    sink.close()


@pytest.mark.parametrize("target", ["program.avi", "gopher://x/y", "program"])
def test_what_cannot_be_written_is_refused(target: str) -> None:
    with pytest.raises(MediaError) as caught:
        backend().open_sink(target, SMALL, DRAWN)
    assert not caught.value.retryable


@pytest.mark.parametrize("target", ["", "null"])
def test_nowhere_encodes_and_starts_no_process(clip: Path, target: str) -> None:
    before = children()
    stats = republish(clip, target).stats
    assert stats.frames_encoded == CLIP.frames
    assert (stats.target, stats.bytes_written, stats.packets_dropped) == ("", 0, 0)
    assert children() == before


def test_hls_slides_and_every_segment_begins_with_a_keyframe(tmp_path: Path) -> None:
    target = tmp_path / "live" / "program.m3u8"
    show = Show(str(target), realtime=False)
    show.run(330)
    show.sink.close()
    playlist = target.read_text()
    segments = [line for line in playlist.splitlines() if line.endswith(".ts")]
    assert len(segments) == 6
    assert "#EXT-X-INDEPENDENT-SEGMENTS" in playlist
    assert "#EXT-X-ENDLIST" in playlist
    assert len(list(target.parent.glob("*.ts"))) <= 8
    for name in segments[:-1]:
        seen = watch.decode(target.parent / name)
        assert not seen.errors
        assert seen.frames[0].key
        assert len(seen.frames) == 30


def test_a_restart_goes_on_in_the_same_playlist(tmp_path: Path) -> None:
    target = tmp_path / "program.m3u8"
    names = []
    for _ in range(2):
        show = Show(str(target), realtime=False)
        show.run(120)
        show.sink.close()
        names.append([line for line in target.read_text().splitlines() if line.endswith(".ts")])
    assert names[0][-1] in names[1]
    assert names[1][-1] > names[0][-1]
    assert "#EXT-X-DISCONTINUITY" in target.read_text()


def test_keyframes_come_in_time_even_where_pictures_are_missing(tmp_path: Path) -> None:
    target = tmp_path / "gaps.mkv"
    like = MediaInfo(VideoInfo("drawn", 320, 180, Fraction(30)))
    sink = backend().open_sink(str(target), SMALL, like)
    moments = [*np.arange(0, 2, 1 / 30), *np.arange(5, 7, 1 / 5)]
    for pts in moments:
        sink.write(backend().picture(np.full((180, 320, 3), 90, np.uint8), pts), pts)
    sink.close()
    seen = watch.decode(target)
    keys = [frame.pts for frame in seen.frames if frame.key]
    assert [frame.pts for frame in seen.frames] == pytest.approx(moments, abs=0.002)
    assert any(abs(key - 5) < 0.01 for key in keys)
    assert max(np.diff([key for key in keys if key <= 2])) <= 1.01


def test_pictures_that_nearly_coincide_have_time_stamps_of_their_own(tmp_path: Path) -> None:
    """FLV counts milliseconds; what is held and what comes again may lie less than one apart."""
    target = tmp_path / "program.flv"
    sink = backend().open_sink(str(target), SMALL, DRAWN)
    for pts in (0.0, 0.04, 0.0402, 0.0404, 0.08, 0.12):
        sink.write(backend().picture(np.zeros((180, 320, 3), np.uint8), pts), pts)
    sink.close()
    times = watch.decode(target).pts
    assert len(times) == 6
    assert min(np.diff(times)) > 0.0005


def test_no_sound_in_the_source_means_no_sound_stream(tmp_path: Path) -> None:
    path = write(tmp_path / "mute.mp4", Clip(width=320, height=180, seconds=1, audio="", patch=None))
    target = tmp_path / "out.ts"
    republish(path, str(target))
    with av.open(str(target)) as container:
        assert not container.streams.audio
        assert container.streams.video


def test_colour_tags_are_carried_over(tmp_path: Path) -> None:
    show = Show(str(tmp_path / "drawn.mkv"), realtime=False)
    show.run(5)
    show.sink.close()
    with av.open(str(tmp_path / "drawn.mkv")) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_range) == (1, 1)
        assert (context.color_primaries, context.color_trc) == (1, 1)


def test_an_encoder_that_does_not_work_here_is_named() -> None:
    if nvenc_problem() is None:
        pytest.skip("NVENC works here")
    output = OutputSpec(width=320, height=180, encoder="h264_nvenc")
    sink = backend().open_sink("", output, DRAWN)
    with pytest.raises(MediaError, match="h264_nvenc") as caught:
        sink.write(backend().picture(np.zeros((180, 320, 3), np.uint8), 0), 0)
    assert not caught.value.retryable
    sink.close()


def test_auto_falls_back_to_x264_and_says_why(caplog: pytest.LogCaptureFixture) -> None:
    if nvenc_problem() is None:
        pytest.skip("NVENC works here")
    caplog.set_level("INFO")
    sink = backend().open_sink("", OutputSpec(width=320, height=180, encoder="auto"), DRAWN)
    sink.write(backend().picture(np.zeros((180, 320, 3), np.uint8), 0), 0)
    assert sink.stats.frames_encoded == 1
    sink.close()
    assert "libx264" in caplog.text


def test_a_closed_sink_takes_nothing_and_closes_twice() -> None:
    sink = backend().open_sink("", SMALL, DRAWN)
    sink.close()
    sink.close()
    with pytest.raises(MediaError):
        sink.write(backend().picture(np.zeros((180, 320, 3), np.uint8), 0), 0)


def test_one_picture_is_enough_for_a_file(tmp_path: Path) -> None:
    target = tmp_path / "one.mp4"
    sink = backend().open_sink(str(target), SMALL, DRAWN)
    sink.write(backend().picture(np.zeros((180, 320, 3), np.uint8), 0), 0)
    sink.close()
    assert len(watch.decode(target).frames) == 1
