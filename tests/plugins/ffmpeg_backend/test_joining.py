"""Recordings that are written whole, and films that are joined of their parts."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from virtualptz.errors import MediaError
from virtualptz.model import FilmPart, MediaInfo, OutputSpec, SoundFrom, SourceOptions, VideoInfo, View
from virtualptz.model.view import WHOLE_FRAME
from virtualptz.plugins import PluginHost
from virtualptz.protocols import FilmJoiner, MediaBackend

from ...e2e.judge import assert_in_sync, assert_unbroken
from ...media.clip import Clip, write
from ...media.watch import decode

CLIP = Clip(width=320, height=180, fps=Fraction(30000, 1001), seconds=6.0, patch=None)
WHOLE = OutputSpec(width=320, height=180, preset="medium", encoder="libx264", live=False)
PART_SECONDS = 2.0


@pytest.fixture(scope="module")
def backend() -> MediaBackend:
    return PluginHost.load().media_backend("ffmpeg")


def parts_of(backend: MediaBackend, clip: Path, folder: Path) -> list[FilmPart]:
    """The clip's pictures in pieces, by stream time."""
    source, sink = backend.open_source(str(clip), SourceOptions(audio=False)), None
    parts: list[FilmPart] = []
    silent = MediaInfo(source.info.video)
    while (picture := source.read()) is not None:
        at = picture.pts
        if at >= len(parts) * PART_SECONDS:
            if sink is not None:
                sink.close()
            parts.append(FilmPart(str(folder / f"part-{len(parts)}.mp4"), at))
            sink = backend.open_sink(parts[-1].path, WHOLE, silent)
        assert sink is not None
        assert hasattr(picture, "render")
        sink.write(picture.render(View(), WHOLE_FRAME, 320, 180), at)
    assert sink is not None
    sink.close()
    source.close()
    return parts


def joined(backend: MediaBackend, parts: list[FilmPart], sound: SoundFrom | None, target: Path) -> None:
    assert isinstance(backend, FilmJoiner)
    told: list[float] = []
    backend.join(parts, sound, str(target), told.append)
    assert told == sorted(told)
    assert len(told) >= 2


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.ts", "film.flv", "film.m3u8"])
def test_parts_and_sound_become_one_film(backend: MediaBackend, tmp_path: Path, name: str) -> None:
    clip = write(tmp_path / "clip.mp4", CLIP)
    parts = parts_of(backend, clip, tmp_path)
    assert len(parts) == 3
    joined(backend, parts, SoundFrom(str(clip), 0.0), tmp_path / name)
    seen = decode(tmp_path / name)
    assert seen.counts == list(range(CLIP.frames))
    assert_unbroken(seen)
    assert_in_sync(seen, least=6)
    assert max(map(abs, seen.av_offsets())) < 0.003
    assert max(np.diff(seen.pts)) == pytest.approx(1001 / 30000, abs=1.1e-3)


def test_an_mp4_begins_at_zero_and_plays_before_it_is_all_there(
    backend: MediaBackend, tmp_path: Path
) -> None:
    clip = write(tmp_path / "clip.mp4", CLIP)
    parts = parts_of(backend, clip, tmp_path)
    joined(backend, parts, SoundFrom(str(clip), 0.0), tmp_path / "film.mp4")
    seen = decode(tmp_path / "film.mp4")
    assert seen.pts[0] == 0.0
    data = (tmp_path / "film.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_a_film_of_later_parts_begins_at_zero_with_the_sound_of_its_own_time(
    backend: MediaBackend, tmp_path: Path
) -> None:
    clip = write(tmp_path / "clip.mp4", CLIP)
    parts = parts_of(backend, clip, tmp_path)[1:]
    joined(backend, parts, SoundFrom(str(clip), 0.0, until=5.0), tmp_path / "film.mkv")
    seen = decode(tmp_path / "film.mkv")
    assert seen.counts[0] == 60
    assert len(seen.av_offsets()) == 3
    assert_in_sync(seen, least=3)
    assert seen.audio_seconds == pytest.approx(3.0, abs=0.05)


def test_parts_without_sound(backend: MediaBackend, tmp_path: Path) -> None:
    clip = write(tmp_path / "clip.mp4", replace(CLIP, audio=""))
    joined(backend, parts_of(backend, clip, tmp_path), None, tmp_path / "film.mp4")
    assert decode(tmp_path / "film.mp4").audio_codec is None


def test_decoding_times_grow_where_pictures_come_at_uneven_times(
    backend: MediaBackend, tmp_path: Path
) -> None:
    like = MediaInfo(VideoInfo("drawn", 320, 180, Fraction(30)))
    noise = np.random.default_rng(1).integers(0, 255, (180, 320, 3), np.uint8)
    parts, at = [], 0.0
    for number, step in enumerate((0.01, 0.2, 0.01)):
        parts.append(FilmPart(str(tmp_path / f"part-{number}.mp4"), at))
        sink = backend.open_sink(parts[-1].path, WHOLE, like)
        for shift in range(20):
            sink.write(backend.picture(np.roll(noise, 4 * shift, axis=1), at), at)
            at += step
        sink.close()
    joined(backend, parts, None, tmp_path / "film.mp4")
    with av.open(tmp_path / "film.mp4") as film:
        packets = [packet for packet in film.demux(video=0) if packet.dts is not None]
    assert len(packets) == 60
    dts = [packet.dts for packet in packets if packet.dts is not None]
    assert all(later > earlier for earlier, later in pairwise(dts))
    assert all(packet.pts is not None and packet.pts >= (packet.dts or 0) for packet in packets)
    assert decode(tmp_path / "film.mp4").errors == []


def test_nothing_to_join_is_an_error(backend: MediaBackend, tmp_path: Path) -> None:
    assert isinstance(backend, FilmJoiner)
    with pytest.raises(MediaError, match="nothing to join"):
        backend.join([], None, str(tmp_path / "film.mp4"), lambda _: None)


def test_a_folder_that_cannot_be_written_to_is_said(backend: MediaBackend, tmp_path: Path) -> None:
    sink = backend.open_sink(str(tmp_path / "file" / "film.mp4"), WHOLE, MediaInfo(_drawn()))
    (tmp_path / "file").touch()
    with pytest.raises(MediaError, match="cannot write"):
        sink.write(backend.picture(np.zeros((180, 320, 3), np.uint8), 0.0), 0.0)
    sink.close()


def _drawn() -> VideoInfo:
    return VideoInfo("drawn", 320, 180, Fraction(30))


def test_a_recording_with_sound_is_whole_and_in_sync(backend: MediaBackend, tmp_path: Path) -> None:
    clip = write(tmp_path / "clip.mp4", CLIP)
    source = backend.open_source(str(clip), SourceOptions())
    sink = backend.open_sink(str(tmp_path / "film.mp4"), WHOLE, source.info)
    while (item := source.read()) is not None:
        sink.write(item, item.pts)
    sink.close()
    source.close()
    assert sink.stats.packets_dropped == 0
    assert sink.stats.target == str(tmp_path / "film.mp4")
    assert sink.stats.bytes_written > 10_000
    seen = decode(tmp_path / "film.mp4")
    assert seen.counts == list(range(CLIP.frames))
    assert_in_sync(seen, least=6)


def test_the_sound_alone_can_be_read(backend: MediaBackend, tmp_path: Path) -> None:
    clip = write(tmp_path / "clip.mp4", CLIP)
    source = backend.open_source(str(clip), SourceOptions(video=False, start_seconds=3.0))
    items = []
    while (item := source.read()) is not None:
        items.append(item)
    source.close()
    assert not any(hasattr(each, "render") for each in items)
    assert items[0].pts == pytest.approx(3.0, abs=0.05)
    assert items[-1].pts == pytest.approx(6.0, abs=0.1)
