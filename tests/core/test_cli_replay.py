import csv
import json
import sys
from pathlib import Path

import pytest

from virtualptz.camera.policies.deadband import Deadband
from virtualptz.cli import main
from virtualptz.model import Edges, View

from .camera.replay.logs import foreign

pytestmark = pytest.mark.usefixtures("own_settings")


@pytest.fixture
def match(tmp_path: Path) -> str:
    return str(foreign(tmp_path / "match.jsonl", seconds=4))


def replay(*arguments: str) -> int:
    return main(["replay", *arguments])


def columns(file: str) -> dict[str, list[str]]:
    rows = list(csv.DictReader(Path(file).read_text().splitlines()))
    return {name: [row[name] for row in rows] for name in rows[0]}


def test_one_policy_with_all_that_it_writes(match: str, capsys: pytest.CaptureFixture[str]) -> None:
    files = ("--output", "path.csv", "--report", "report.json", "--plot", "path.png")
    options = ("--option", "max_speed=0.3", "--option", "max_zoom_speed=0.5", "--framing", "max_zoom=2")
    assert replay(match, "--policy", "lookahead", "--lookahead", "0.5", "--fps", "25", *options, *files) == 0
    out, err = capsys.readouterr()
    assert out.startswith("lookahead, look-ahead 0.5 s: 101 pictures of 4.0 s, 41 updates\n")
    assert err == ""
    assert Path("path.csv").read_text().startswith("pts,center_x,center_y,zoom,reason\n")
    assert columns("path.csv")["pts"][:3] == ["0.0", "0.04", "0.08"]
    report = json.loads(Path("report.json").read_text())
    assert report["policy_options"] == {"max_speed": "0.3", "max_zoom_speed": "0.5"}
    assert report["framing"]["max_zoom"] == 2
    assert Path("path.png").read_bytes().startswith(b"\x89PNG")


def test_a_fixed_zoom_pans_only(match: str) -> None:
    assert replay(match, "--policy", "spring", "--fixed-zoom", "2", "--output", "path.csv") == 0
    path = columns("path.csv")
    assert {float(zoom) for zoom in path["zoom"]} == {2.0}
    assert len(set(path["center_x"])) > 50


def test_a_comparison_is_a_table_and_a_picture(match: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay(match, "--compare", "spring,lookahead@0.5", "--output", "path.csv") == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["POLICY", "JERK"]
    assert [row.split()[0] for row in rows] == ["spring", "lookahead@0.5"]
    assert Path("replay.png").exists()
    assert Path("path-spring.csv").exists()


def test_without_a_policy_the_settings_say_which(
    match: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(match) == 0
    assert capsys.readouterr().out.startswith("lookahead, look-ahead 1 s")
    monkeypatch.setenv("RUNNER_LOOKAHEAD_SECONDS", "0")
    monkeypatch.setenv("RUNNER_PLUGIN_SPRING_MAX_SPEED", "0.01")
    monkeypatch.setenv("RUNNER_FRAMING_MAX_ZOOM", "1.3")
    assert replay(match, "--report", "report.json") == 0
    assert capsys.readouterr().out.startswith("spring, look-ahead 0 s")
    report = json.loads(Path("report.json").read_text())
    assert report["policy_options"] == {"max_speed": "0.01"}
    assert report["framing"]["max_zoom"] == 1.3


def test_a_wide_source_has_a_narrow_crop(match: str) -> None:
    assert replay(match, "--policy", "spring", "--source-aspect", "32:9", "--output", "path.csv") == 0
    path = columns("path.csv")
    left = [float(x) - 0.25 / float(zoom) for x, zoom in zip(path["center_x"], path["zoom"], strict=True)]
    assert min(left) > -1e-9
    assert {float(x) for x in path["center_x"]} != {0.5}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--policy", "spirng"], "there is no smoothing policy 'spirng'; there are: deadband"),
        (["--policy", "spring", "--compare", "spring,deadband"], "not both"),
        (["--option", "speed"], "--option: 'speed' is not like name=value"),
        (["--policy", "spring", "--option", "speed=1"], "unknown option 'speed'"),
        (["--policy", "lookahead", "--option", "lookahead=1"], "--lookahead sets"),
        (["--framing", "zoom=1"], "no option zoom"),
        (["--fps", "fast"], "--fps"),
        (["--fps", "0"], "--fps"),
        (["--fps", "log"], "--fps log"),
        (["--fixed-zoom", "5"], "--fixed-zoom"),
        (["--lookahead", "6"], "--lookahead"),
        (["--source-aspect", "16-9"], "--source-aspect"),
        (["--output-aspect", "0:9"], "--output-aspect"),
        (["--start", "100"], "no picture"),
        (["--output", "match.jsonl"], "the log itself"),
        (["--output", "none/path.csv"], "no folder"),
        (["--plot", "path.xyz"], "path.xyz"),
        (["--job", "ing_1"], "no tracking update of job ing_1"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(
    match: str, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    log = Path(match).read_bytes()
    if arguments[0] == "--job":
        Path(match).write_bytes(log.replace(b'{"frame', b'{"job_id": "other", "frame'))
    assert replay(match, *arguments) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert words in line
    assert Path(match).read_bytes()[-50:] == log[-50:]


def test_a_log_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.jsonl").write_text('{"half\n')
    for name, words in (("empty.jsonl", "no tracking update"), ("nothing.jsonl", "No such file")):
        assert replay(name) == 2
        assert words in capsys.readouterr().err


def test_lines_that_are_left_out_are_told_of(match: str, capsys: pytest.CaptureFixture[str]) -> None:
    with Path(match).open("a") as file:
        file.write("nonsense\n")
    assert replay(match, "--policy", "spring") == 0
    assert "1 lines are left out: match.jsonl:42 is no JSON" in capsys.readouterr().err


def test_a_policy_that_fails_is_told_of_and_spring_goes_on(
    match: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def step(policy: Deadband, at: float, wanted: object, edges: Edges) -> View:
        raise ValueError("out of ideas")

    monkeypatch.setattr(Deadband, "step", step)
    assert replay(match, "--policy", "deadband", "--report", "report.json") == 1
    assert "deadband: the policy deadband raised an error; spring has taken over" in capsys.readouterr().err
    assert "raised an error" in json.loads(Path("report.json").read_text())["problem"]


def test_progress_is_shown_to_a_person_and_leaves_no_trace(
    match: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert replay(match, "--compare", "spring,deadband", "--fps", "300") == 0
    shown = capsys.readouterr().err
    assert shown.startswith("\r  0% ")
    assert "\r 50% " in shown
    assert shown.endswith("\r     \r")


def test_without_matplotlib_all_but_the_picture_works(
    match: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert replay(match, "--policy", "spring", "--output", "path.csv") == 0
    assert replay(match, "--policy", "spring", "--plot", "path.png") == 2
    assert "pip install" in capsys.readouterr().err
