"""Real coded pictures: what stands still in them, and what only looks so."""

from dataclasses import replace
from pathlib import Path

import pytest

from virtualptz.jobs.process.stillness import Stillness
from virtualptz.model import SourceOptions
from virtualptz_ffmpeg.picture import YuvPicture

from ...media import clip as media
from ...sample_data import sample
from .stage import backend

HALL = media.Clip(width=320, height=180, seconds=9.0, flash_every=0, audio="", preset="veryfast", snow=1.0)
"""Nothing happens in it, but its sensor has noise."""
FROZEN_AT = 3.0


def watch(path: Path) -> list[tuple[float, float | None]]:
    """After each picture its time, and for how long the picture has been the same."""
    stillness, told = Stillness(), []
    source = backend().open_source(str(path), SourceOptions(audio=False))
    while (picture := source.read()) is not None:
        assert isinstance(picture, YuvPicture)
        stillness.see(picture, picture.pts)
        told.append((picture.pts, stillness.seconds))
    source.close()
    return told


@pytest.mark.parametrize("crf", [18, 26, 35])
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_coarse_coding_does_not_freeze_an_empty_hall(codec: str, crf: int, tmp_path: Path) -> None:
    clip = replace(HALL, codec=codec, crf=crf, keyframe_seconds=2.0)
    told = watch(media.write(tmp_path / "hall.mp4", clip))
    assert {seconds for _, seconds in told} == {None}


@pytest.mark.parametrize("crf", [18, 26, 35])
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_one_picture_coded_again_and_again_is_told_in_five_seconds(
    codec: str, crf: int, tmp_path: Path
) -> None:
    clip = replace(HALL, codec=codec, crf=crf, frozen=(FROZEN_AT, HALL.seconds))
    told = watch(media.write(tmp_path / "frozen.mp4", clip))
    first = next(at for at, seconds in told if seconds is not None)
    assert FROZEN_AT < first < FROZEN_AT + 5


@pytest.mark.parametrize(
    "name",
    ["basketball_gym_fisheye_10s", "pedestrians_vtest_1080p30_16s", "soccer_left_3072x1728_10s"],
)
def test_play_is_never_frozen(name: str) -> None:
    assert {seconds for _, seconds in watch(sample(f"video/{name}.mp4"))} == {None}
