"""The command `virtualptz render`, as a person has it."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from virtualptz.cli import main
from virtualptz.errors import MediaError
from virtualptz.render.progress import Progress
from virtualptz.render.run import Render, Summary
from virtualptz.render.spec import RenderSpec
from virtualptz.render.workspace import Workspace

from ..media.watch import decode
from .camera.replay.logs import live_match
from .render.films import CLIP, recording, tracks, views

pytestmark = pytest.mark.usefixtures("own_settings")
SMALL = ("--width", "320", "--height", "180", "--profile", "fluid")


@pytest.fixture
def wide(tmp_path: Path) -> str:
    return str(recording(tmp_path))


@pytest.fixture
def log(tmp_path: Path) -> str:
    return str(tracks(tmp_path / "tracks.jsonl"))


def render(*arguments: str) -> int:
    return main(["render", *arguments])


def test_a_film_its_log_and_what_came_of_it(wide: str, log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert render(wide, "film.mp4", "--detector", log, *SMALL) == 0
    out, err = capsys.readouterr()
    first, *rest = out.splitlines()
    film = Path("film.mp4").absolute()
    assert re.fullmatch(rf"{film}: 5\.0 s, 125 pictures; took \d+\.\d s, \d+\.\d times real time", first), (
        first
    )
    assert f"virtualptz replay {film}.decisions.jsonl" in rest[-1]
    assert err.splitlines()[0] == "filming 5 s", "plain lines where there is no terminal"
    assert decode(film).size == (320, 180)


def test_the_log_is_one_that_replay_plays_to_the_same_path(
    wide: str, log: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert render(wide, "film.mp4", "--detector", log, "--lookahead", "2", *SMALL) == 0
    asked = ["replay", "film.mp4.decisions.jsonl", "--fps", "log", "--output", "path.csv"]
    capsys.readouterr()
    assert main(asked) == 0
    out, err = capsys.readouterr()
    assert out.startswith("lookahead, look-ahead 2 s: 125 pictures of 5.0 s, ")
    assert err == ""
    rows = [line.split(",") for line in Path("path.csv").read_text().splitlines()[1:]]
    path = views(Path("film.mp4.decisions.jsonl"))
    assert [float(row[1]) for row in rows] == pytest.approx([view.center_x for view in path], abs=1e-9)
    assert [float(row[0]) for row in rows] == [view.pts for view in path]


def test_the_whole_game_known_replays_as_well(
    wide: str, log: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert render(wide, "film.mp4", "--detector", log, *SMALL) == 0
    capsys.readouterr()
    assert main(["replay", "film.mp4.decisions.jsonl", "--fps", "log", "--output", "path.csv"]) == 0
    rows = [line.split(",") for line in Path("path.csv").read_text().splitlines()[1:]]
    path = views(Path("film.mp4.decisions.jsonl"))
    assert [float(row[3]) for row in rows] == pytest.approx([view.zoom for view in path], abs=1e-9)


def test_the_log_of_a_live_job_is_a_detector(
    wide: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Kept:
        def __getattr__(self, name: str) -> object:
            return lambda *_: None

    live_match(tmp_path / "decisions.jsonl", Kept())  # type: ignore[arg-type]
    assert render(wide, "film.mp4", "--detector", "decisions.jsonl", "--json", *SMALL) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["updates"] > 100
    xs = [view.center_x for view in views(Path("film.mp4.decisions.jsonl"))]
    assert max(xs) - min(xs) > 0.1


def test_json_for_programs(wide: str, log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert render(wide, "film.mkv", "--detector", log, "--json", *SMALL) == 0
    out, err = capsys.readouterr()
    summary = json.loads(out)
    assert err == ""
    assert summary["pictures"] == 125
    assert summary["output"] == str(Path("film.mkv").absolute())
    assert summary["quality"]["rms_jerk"] < 1
    assert summary["problem"] is None


def test_quiet_shows_no_progress(wide: str, log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert render(wide, "film.mp4", "--detector", log, "--quiet", *SMALL) == 0
    assert capsys.readouterr().err == ""


def test_policy_framing_and_options_reach_the_camera(wide: str, log: str) -> None:
    options = ("--policy", "spring", "--option", "max_speed=0.05", "--framing", "max_zoom=1.5")
    assert render(wide, "film.mp4", "--detector", log, *options, *SMALL) == 0
    path = views(Path("film.mp4.decisions.jsonl"))
    assert {view.policy for view in path} == {"spring"}
    steps = [abs(b.center_x - a.center_x) * 25 for a, b in pairwise(path)]
    assert max(steps) <= 0.051
    start = json.loads(Path("film.mp4.decisions.jsonl").read_text().splitlines()[0])
    assert start["framing"]["max_zoom"] == 1.5


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("nowhere.mp4", "film.mp4"), "nowhere.mp4: No such file"),
        (("text.mp4", "film.mp4"), "not media"),
        (("wide.mp4", "film.avi"), "a file's name ends in"),
        (("wide.mp4", "rtmp://127.0.0.1/live/x"), "a file's name ends in"),
        (("wide.mp4", "wide.mp4", "--overwrite"), "is the recording itself"),
        (("wide.mp4", "film.mp4", "--detector", "nobody"), "no tracking source 'nobody'"),
        (("wide.mp4", "film.mp4", "--detector", "nowhere.jsonl"), "nowhere.jsonl: No such file"),
        (("wide.mp4", "film.mp4", "--detector", "text.jsonl"), "holds no tracking update"),
        (("wide.mp4", "film.mp4", "--policy", "nobody"), "no smoothing policy 'nobody'"),
        (("wide.mp4", "film.mp4", "--option", "wild=1"), "unknown option 'wild'"),
        (("wide.mp4", "film.mp4", "--framing", "wild=1"), "wild"),
        (("wide.mp4", "film.mp4", "--lookahead", "9"), "is not whole, nor seconds from 0 to 5"),
        (("wide.mp4", "film.mp4", "--profile", "best"), "profile"),
        (("wide.mp4", "film.mp4", "--detector", "auto", "--model", "m.pt"), "name it with --detector"),
        (("wide.mp4", "film.mp4", "--detector", "yolo", "--model", "nowhere.pt"), "nowhere.pt|yolo cannot"),
        (("wide.mp4",), "output|OUTPUT"),
    ],
)
def test_what_cannot_work_is_one_line_and_exit_code_2(
    wide: str, arguments: tuple[str, ...], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("text.mp4").write_text("this is no film")
    Path("text.jsonl").write_text("this is no log\n")
    before = set(Path().iterdir())
    detector = () if "--detector" in arguments else ("--detector", "none")
    assert render(*arguments, *detector) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert re.search(problem, err), err
    assert set(Path().iterdir()) == before


def test_what_is_there_is_not_written_over(wide: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("film.mp4").write_text("precious")
    assert render(wide, "film.mp4", "--detector", "none", *SMALL) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert Path("film.mp4").read_text() == "precious"
    assert render(wide, "film.mp4", "--detector", "none", "--overwrite", *SMALL) == 0
    assert decode("film.mp4").errors == []


def test_a_film_that_cannot_be_made_ends_with_1(wide: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert render(wide, "film.mp4", "--detector", "sim", *SMALL) == 1
    err = capsys.readouterr().err.splitlines()
    assert err[-1] == ("virtualptz: sim looks at no pictures: it cannot say where play is in a recording")
    assert not Workspace(Path("film.mp4")).folder.exists()


def test_what_was_found_with_other_settings_is_not_gone_on_with(
    wide: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[RenderSpec] = []

    def note(self: Render, progress: Progress, *, fresh: bool) -> Summary:
        asked.append(self._spec)
        raise MediaError("enough", retryable=False)

    monkeypatch.setattr(Render, "run", note)
    for fps in ("10", "10", "5"):
        monkeypatch.setenv("RUNNER_PLUGIN_MOTION_FPS", fps)
        assert render(wide, "film.mp4", "--detector", "motion") == 1
    first, again, other = (spec.tracking_key() for spec in asked)
    assert first == again != other


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> str:
    clip = replace(CLIP, width=640, height=360, seconds=75.0)
    return str(recording(tmp_path_factory.mktemp("long"), clip, "long.mp4"))


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "virtualptz", "render", *arguments]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_says_how_to_go_on(long: str, tmp_path: Path, sign: signal.Signals) -> None:
    asked = command(long, "film.mp4", "--detector", "none", *SMALL)
    state = Workspace(tmp_path / "film.mp4").folder / "state.json"
    with subprocess.Popen(asked, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        while process.poll() is None and not (state.exists() and '"number":0' in state.read_text()):
            pass
        process.send_signal(sign)
        assert process.stderr is not None
        err = process.stderr.read()
    assert process.returncode == 130, err
    assert err.splitlines()[-1].startswith("virtualptz: interrupted; the same command goes on from here")
    assert "Traceback" not in err
    done = subprocess.run(asked, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert re.search(r"^filming 75 s, from (30|60) s on$", done.stderr, flags=re.MULTILINE)
    assert "1875 pictures" in done.stdout


def test_a_terminal_gets_a_bar(wide: str, log: str, tmp_path: Path) -> None:
    shown = b"".join(_on_a_terminal(command(wide, "film.mp4", "--detector", log, *SMALL), tmp_path))
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode())
    assert re.search(r"filming +━+ +100% +\d+\.\dx", text), text
    assert re.search(r"joining +━+ +100%", text), text


def _on_a_terminal(asked: list[str], folder: Path) -> Iterator[bytes]:
    ours, theirs = pty.openpty()
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
    with subprocess.Popen(asked, cwd=folder, stdout=theirs, stderr=theirs, env=environ) as process:
        os.close(theirs)
        try:
            while piece := os.read(ours, 4096):
                yield piece
        except OSError:  # the other end has gone
            pass
    os.close(ours)
    assert process.returncode == 0
