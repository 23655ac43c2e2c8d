import sys
from pathlib import Path

import cv2
import pytest

from virtualptz.camera.replay.log import read_log
from virtualptz.camera.replay.plot import COLOURS, draw
from virtualptz.camera.replay.run import Replay
from virtualptz.camera.replay.spec import Choice, ReplaySpec
from virtualptz.camera.replay.study import Outputs, run_all
from virtualptz.errors import ConfigError

from .logs import BASE, build, foreign


def replays(folder: Path, *names: str) -> list[Replay]:
    log = read_log(foreign(folder / "match.jsonl", seconds=4))
    return run_all(log, [Choice.parse(name) for name in names], ReplaySpec(), (BASE, build))


def test_every_policy_is_drawn_in_its_colour(tmp_path: Path) -> None:
    names = ("spring", "lookahead@0.5", "deadband")
    draw(tmp_path / "all.png", replays(tmp_path, *names), "match")
    picture = cv2.imread(str(tmp_path / "all.png"))
    assert picture is not None
    for colour in COLOURS[: len(names)]:
        red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
        found = (picture == (blue, green, red)).all(axis=2)
        _, columns = found.nonzero()
        # In the paths above as in the table below, over the whole time.
        assert found.sum() > 300
        assert columns.max() - columns.min() > picture.shape[1] / 2


@pytest.mark.parametrize("suffix", ["svg", "pdf"])
def test_other_kinds_of_pictures(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"one.{suffix}"
    draw(file, replays(tmp_path, "spring"), "match")
    assert file.stat().st_size > 5000


def test_a_picture_that_cannot_be_written(tmp_path: Path) -> None:
    found = replays(tmp_path, "spring")
    for name in ("one.gif7", "none/one.png"):
        with pytest.raises(ConfigError, match="one"):
            draw(tmp_path / name, found, "match")


def test_without_matplotlib_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    log = read_log(foreign(tmp_path / "match.jsonl", seconds=1))
    with pytest.raises(ConfigError, match=r"pip install 'virtualptz-runner-agent\[plot\]'"):
        Outputs(plot=tmp_path / "one.png").check(log)
    Outputs(path=tmp_path / "path.csv").check(log)


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_same_replay_is_the_same_picture(tmp_path: Path, suffix: str) -> None:
    found = replays(tmp_path, "spring")
    one, other = tmp_path / f"one.{suffix}", tmp_path / f"other.{suffix}"
    for file in (one, other):
        draw(file, found, "match")
    assert one.read_bytes() == other.read_bytes()
