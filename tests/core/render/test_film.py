"""What a viewer sees of a rendered film, and what the camera says of it."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from av.packet import Packet
from av.stream import Stream

from virtualptz.errors import ConfigError, MediaError
from virtualptz.model import CropShape, OutputSpec

from ...e2e.judge import assert_in_sync, assert_unbroken
from ...media import motion
from ...media.clip import AudioCodec, Clip, luma
from ...media.remux import remux
from ...media.watch import decode
from .films import (
    CLIP,
    HEIGHT,
    OUTPUT,
    WIDTH,
    Steps,
    Swinging,
    recording,
    render,
    spec,
    tracks,
    views,
    whole,
)


@pytest.mark.parametrize(
    ("source", "audio", "output"),
    [
        ("wide.mp4", "aac", "film.mp4"),
        ("wide.ts", "mp2", "film.mkv"),
        ("wide.mkv", "libopus", "film.ts"),
        ("wide.mp4", "aac", "film.flv"),
        ("wide.mp4", "aac", "film.m3u8"),
    ],
)
def test_every_picture_is_there_once_with_its_sound(
    tmp_path: Path, source: str, audio: AudioCodec, output: str
) -> None:
    clip = replace(CLIP, audio=audio, fps=Fraction(30000, 1001), b_frames=2)
    film = tmp_path / "made" / output
    summary = render(spec(recording(tmp_path, clip, source), film)).run(Steps())
    seen = whole(film, clip)
    assert_unbroken(seen)
    assert_in_sync(seen, least=5)
    assert len(seen.beeps) == len(clip.flashes()), "sound from the first to the last"
    assert seen.audio_seconds == pytest.approx(clip.seconds, abs=0.1)
    assert seen.audio_codec == "aac"
    assert max(np.diff(seen.pts)) == pytest.approx(1001 / 30000, abs=2e-3), "no seam between the parts"
    assert summary.pictures == clip.frames
    assert summary.seconds == pytest.approx(clip.seconds, abs=0.05)
    made = {path.name for path in film.parent.iterdir() if path.suffix != ".ts" or path == film}
    assert made == {output, f"{output}.decisions.jsonl"}, "nothing else is left"


def test_sound_that_fits_is_copied_as_it_is(tmp_path: Path) -> None:
    source = recording(tmp_path)
    film = tmp_path / "film.mp4"
    render(spec(source, film)).run(Steps())
    [before, after] = [_sound_packets(path) for path in (source, film)]
    assert len(after) > 200
    assert set(after) <= set(before)


def _sound_packets(path: Path) -> list[bytes]:
    import av

    with av.open(path) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def test_a_recording_without_sound_makes_a_film_without(tmp_path: Path) -> None:
    clip = replace(CLIP, audio="", seconds=2.0)
    render(spec(recording(tmp_path, clip), tmp_path / "film.mp4")).run(Steps())
    assert whole(tmp_path / "film.mp4", clip).audio_codec is None


def test_the_picture_goes_where_the_log_says(tmp_path: Path) -> None:
    clip = Clip(width=640, height=360, seconds=4.0, patch=None, flash_every=0, crf=10, grain=(4.0, 30.0))
    film = tmp_path / "film.mp4"
    asked = spec(recording(tmp_path, clip), film, encoding=OUTPUT.model_copy(update={"crf": 10}))
    render(asked).run(Steps())
    wide, path = luma(clip), views(asked.decisions)
    seen = whole(film, clip)
    assert [view.pts for view in path] == pytest.approx([frame.pts for frame in seen.frames], abs=1e-3)
    off = []
    for view, frame in list(zip(path, seen.frames, strict=True))[::5]:
        assert frame.luma is not None
        said = motion.Placement(view.center_x, view.center_y, view.zoom)
        found = motion.refine(frame.luma, wide, said)
        off.append([(found.center_x - said.center_x) * WIDTH, (found.center_y - said.center_y) * HEIGHT])
    assert motion.rms(np.array(off)) < 0.1, "pixels of the film"
    xs = [view.center_x for view in path]
    assert max(xs) - min(xs) > 0.2, "it follows"
    assert {view.reason for view in path} == {"target"}


def test_the_film_begins_with_the_play_and_not_with_the_wide_view(tmp_path: Path) -> None:
    asked = spec(recording(tmp_path), tmp_path / "film.mp4")
    render(asked).run(Steps())
    assert views(asked.decisions)[0].zoom == pytest.approx(1.8, abs=0.01)


def test_without_a_detector_the_camera_stands_wide(tmp_path: Path) -> None:
    asked = spec(recording(tmp_path, replace(CLIP, seconds=1.0)), tmp_path / "film.mp4", detector="none")
    summary = render(asked).run(Steps())
    assert {(view.center_x, view.zoom) for view in views(asked.decisions)} == {(0.5, 1.0)}
    assert summary.updates == summary.frames == 0


def test_a_log_is_a_detector(tmp_path: Path) -> None:
    clip = replace(CLIP, fps=Fraction(30))
    source, detector = recording(tmp_path, clip), Swinging()
    measured = spec(source, tmp_path / "measured.mp4")
    render(measured, detector).run(Steps())
    logged = spec(source, tmp_path / "logged.mp4", detector=str(tracks(tmp_path / "log.jsonl")))
    summary = render(logged).run(Steps())
    assert summary.updates == len(detector.frames) == 50
    assert views(logged.decisions) == views(measured.decisions)


def test_the_log_of_a_film_is_a_detector_as_well(tmp_path: Path) -> None:
    source = recording(tmp_path)
    first = spec(source, tmp_path / "first.mp4")
    render(first).run(Steps())
    second = spec(source, tmp_path / "second.mp4", detector=str(first.decisions))
    render(second).run(Steps())
    assert views(second.decisions) == views(first.decisions)


def test_a_log_that_began_later_is_shifted(tmp_path: Path) -> None:
    source, log = recording(tmp_path), tracks(tmp_path / "log.jsonl", seconds=4.0)
    asked = spec(source, tmp_path / "film.mp4", detector=str(log), log_shift=1.0)
    render(asked).run(Steps())
    wanted = {view.pts: view.wanted for view in views(asked.decisions)}
    assert wanted[2.0] == pytest.approx((0.5 + 0.15 * np.sin(1.0), 0.5, 1.8), abs=1e-6)


def test_a_piece_of_the_recording(tmp_path: Path) -> None:
    detector = Swinging()
    asked = spec(recording(tmp_path), tmp_path / "film.mp4", since=2.0, seconds=1.5)
    summary = render(asked, detector).run(Steps())
    seen = decode(tmp_path / "film.mp4")
    assert seen.counts == list(range(50, 50 + 38))
    assert seen.pts[0] == pytest.approx(0.0, abs=1e-3)
    assert_in_sync(seen)
    assert seen.audio_seconds == pytest.approx(1.5, abs=0.06)
    assert views(asked.decisions)[0].pts == 2.0, "the log keeps the recording's time"
    assert detector.frames[0].pts == 0.0, "the detector is warm when the piece begins"
    assert summary.seconds == pytest.approx(1.52)


def test_a_wide_recording_is_not_stretched(tmp_path: Path) -> None:
    clip = replace(CLIP, width=640, seconds=1.0)
    asked = spec(recording(tmp_path, clip), tmp_path / "film.mp4")
    render(asked).run(Steps())
    assert whole(tmp_path / "film.mp4", clip).size == (WIDTH, HEIGHT)
    start = asked.decisions.read_text().splitlines()[0]
    shape = CropShape.fit(640 / 180, WIDTH / HEIGHT)
    assert f'"shape":[{shape.width},{shape.height}]' in start


def test_times_that_are_uneven_stay_so(tmp_path: Path) -> None:
    def shake(packet: "Packet[Stream]") -> None:
        assert packet.pts is not None
        assert packet.time_base is not None
        number = round(float(packet.pts * packet.time_base) * 25)
        packet.pts = packet.dts = round((number + 0.6 * (number % 3 == 1)) / 25 / packet.time_base)

    plain = recording(tmp_path, replace(CLIP, audio="", seconds=3.0))
    uneven = remux(plain, tmp_path / "uneven.mkv", change=shake)
    render(spec(uneven, tmp_path / "film.mp4")).run(Steps())
    [before, after] = [decode(path) for path in (uneven, tmp_path / "film.mp4")]
    assert after.counts == before.counts
    assert after.pts == pytest.approx(before.pts, abs=1e-3)
    assert len({round(b - a, 2) for a, b in pairwise(after.pts)}) > 1


def test_a_recording_whose_clock_jumps_back_goes_on(tmp_path: Path) -> None:
    first = recording(tmp_path, replace(CLIP, seconds=3.0), "first.ts")
    second = recording(tmp_path, replace(CLIP, seconds=3.0, seed=2), "second.ts")
    both = tmp_path / "both.ts"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    render(spec(both, tmp_path / "film.mp4")).run(Steps())
    seen = decode(tmp_path / "film.mp4")
    assert len(seen.frames) == pytest.approx(150, abs=3)
    assert_in_sync(seen, least=6)
    assert all(later > earlier for earlier, later in pairwise(seen.pts))


def test_a_film_that_is_there_is_not_touched(tmp_path: Path) -> None:
    source, film = recording(tmp_path, replace(CLIP, seconds=1.0)), tmp_path / "film.mp4"
    film.write_bytes(b"precious")
    with pytest.raises(ConfigError, match="is there already: --overwrite"):
        render(spec(source, film))
    assert film.read_bytes() == b"precious"
    render(spec(source, film), overwrite=True).run(Steps())
    whole(film, replace(CLIP, seconds=1.0))


def test_a_recording_is_never_its_own_film(tmp_path: Path) -> None:
    source = recording(tmp_path, replace(CLIP, seconds=1.0))
    before = source.read_bytes()
    with pytest.raises(ConfigError, match="is the recording itself"):
        render(spec(source, source), overwrite=True)
    assert source.read_bytes() == before


def test_an_older_playlist_leaves_no_segments_behind(tmp_path: Path) -> None:
    film = tmp_path / "film.m3u8"
    render(spec(recording(tmp_path, replace(CLIP, seconds=14.0)), film)).run(Steps())
    assert len(list(tmp_path.glob("film-*.ts"))) == 3
    (tmp_path / "film-extra.ts").touch()
    render(spec(recording(tmp_path, CLIP), film), overwrite=True).run(Steps())
    assert len(list(tmp_path.glob("film-0*.ts"))) == 1
    assert (tmp_path / "film-extra.ts").exists()
    whole(film, CLIP)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("text.mp4", b"this is no film", "not media"),
        ("empty.mp4", b"", "not media"),
    ],
)
def test_what_is_no_recording_is_said_so(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaError, match=problem):
        render(spec(tmp_path / name, tmp_path / "film.mp4"))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_encoder_that_cannot_work_ends_it_plainly(tmp_path: Path) -> None:
    wrong = OutputSpec(width=WIDTH, height=HEIGHT, preset="nonsense", live=False, encoder="libx264")
    asked = spec(recording(tmp_path, replace(CLIP, seconds=1.0)), tmp_path / "film.mp4", encoding=wrong)
    with pytest.raises(MediaError, match="does not open"):
        render(asked).run(Steps())
    assert not (tmp_path / "film.mp4").exists()
