"""A recording gives the same pictures at the same times, wherever one begins."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from virtualptz.errors import MediaError
from virtualptz.render.footage import Footage, Place

from ...media.clip import Clip
from ...media.remux import remux
from .films import backend, recording

CLIP = Clip(
    width=320,
    height=180,
    seconds=9.0,
    fps=Fraction(30000, 1001),
    b_frames=2,
    keyframe_seconds=2.2,
    patch=None,
)


def told(footage: Footage, since: float = 0.0, after: Place | None = None) -> list[tuple[float, int]]:
    """Time and count of each picture; the count is in its colours."""
    pictures = []
    for seen in footage.pictures(since, 1e9, after):
        bgr = seen.picture.to_array(32, 18)
        pictures.append((seen.time, hash(bgr.tobytes())))
    return pictures


@pytest.mark.parametrize("name", ["wide.mp4", "wide.mkv", "wide.ts", "wide.flv"])
def test_any_place_is_found_again(tmp_path: Path, name: str) -> None:
    footage = Footage.of(backend(), str(recording(tmp_path, CLIP, name)))
    everything = told(footage)
    assert len(everything) == CLIP.frames
    assert everything[0][0] == 0.0
    for number in (0, 1, 64, 65, 66, 67, 150, len(everything) - 2, len(everything) - 1):
        place = Place(everything[number][0], 0)
        assert told(footage, after=place) == everything[number + 1 :], number
    assert told(footage, since=5.0) == [each for each in everything if each[0] >= 5.0]


def test_a_clock_that_had_jumped_is_followed_from_the_beginning(tmp_path: Path) -> None:
    both = tmp_path / "both.ts"
    pieces = [recording(tmp_path, replace(CLIP, seconds=3.0, seed=seed), f"{seed}.ts") for seed in (1, 2)]
    both.write_bytes(b"".join(piece.read_bytes() for piece in pieces))
    footage = Footage.of(backend(), str(both))
    seen = list(footage.pictures(0.0, 1e9))
    assert [each.breaks for each in seen] == sorted(each.breaks for each in seen)
    assert seen[-1].breaks == 1
    assert seen[-1].time == pytest.approx(6.0, abs=0.2)
    middle = seen[120]
    assert [each.time for each in footage.pictures(0.0, 1e9, middle.place)] == [
        each.time for each in seen[121:]
    ]


def test_a_recording_of_sound_alone_is_none(tmp_path: Path) -> None:
    sound = remux(recording(tmp_path), tmp_path / "sound.mp4", ("audio",))
    with pytest.raises(MediaError, match="no video"):
        Footage.of(backend(), str(sound))


def test_beginning_behind_the_end_says_so(tmp_path: Path) -> None:
    footage = Footage.of(backend(), str(recording(tmp_path)))
    with pytest.raises(MediaError, match="past the file's end"):
        list(footage.pictures(60.0, 1e9))
