import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from virtualptz.camera.journal import Decided
from virtualptz.camera.replay.log import read_log
from virtualptz.camera.replay.path import shares
from virtualptz.camera.replay.report import HEADER, summary_of, warnings_of
from virtualptz.camera.replay.run import Replay
from virtualptz.camera.replay.spec import Choice, ReplaySpec
from virtualptz.camera.replay.study import Outputs, parse_choices, run_all, write_all
from virtualptz.errors import ConfigError
from virtualptz.model import CameraQuality, View

from .logs import BASE, build, foreign

SPEC = ReplaySpec()


@pytest.fixture
def match(tmp_path: Path) -> Path:
    return foreign(tmp_path / "match.jsonl", seconds=4)


def study(match: Path, choices: list[Choice], outputs: Outputs, spec: ReplaySpec = SPEC) -> list[Replay]:
    log = read_log(match)
    outputs.check(log)
    replays = run_all(log, choices, spec, (BASE, build))
    write_all(outputs, log, spec, replays, "match")
    return replays


def test_the_path_has_every_picture_to_the_last_bit(match: Path, tmp_path: Path) -> None:
    [found] = study(match, [Choice("spring")], Outputs(path=tmp_path / "path.csv"))
    rows = list(csv.reader((tmp_path / "path.csv").read_text().splitlines()))
    assert rows[0] == ["pts", "center_x", "center_y", "zoom", "reason"] == list(HEADER)
    numbers = [(float(at), View(float(x), float(y), float(zoom)), why) for at, x, y, zoom, why in rows[1:]]
    assert numbers == [(picture.at, picture.view, picture.reason) for picture in found.path.pictures]
    assert b"\r" not in (tmp_path / "path.csv").read_bytes()


def test_the_report_tells_figures_shares_and_settings(match: Path, tmp_path: Path) -> None:
    spec = replace(SPEC, options={"max_speed": "0.2"}, fixed_zoom=2.0)
    [found] = study(match, [Choice("spring", 0.5)], Outputs(report=tmp_path / "r.json"), spec)
    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["policy"], report["lookahead_seconds"], report["fps"]) == ("spring", 0.5, "30")
    assert report["policy_options"] == {"max_speed": "0.2"}
    assert report["framing"]["min_zoom"] == report["fixed_zoom"] == 2.0
    assert CameraQuality.model_validate(report["quality"]) == found.quality
    assert report["holders"] == {"auto": 1.0}
    assert sum(report["reasons"].values()) == pytest.approx(1)
    assert report["log"]["updates"] == 41
    assert report["log"]["files"] == ["match.jsonl"]
    assert (report["pictures"], report["last_pts"]) == (121, 4.0)


def test_twice_gives_the_same_bytes(match: Path, tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        outputs = Outputs(*(tmp_path / name / each for each in ("path.csv", "report.json", "plot.png")))
        study(match, [Choice("lookahead", 1.0)], outputs)
        written.append([file.read_bytes() for file in sorted((tmp_path / name).iterdir())])
    assert written[0] == written[1]


def test_several_policies_have_a_path_each_and_one_report(match: Path, tmp_path: Path) -> None:
    outputs = Outputs(path=tmp_path / "path.csv", report=tmp_path / "r.json")
    study(match, parse_choices("spring, lookahead@0.5"), outputs)
    assert {file.name for file in tmp_path.glob("*.csv")} == {"path-spring.csv", "path-lookahead@0.5.csv"}
    report = json.loads((tmp_path / "r.json").read_text())
    assert [each["name"] for each in report["replays"]] == ["spring", "lookahead@0.5"]
    assert report["log"]["updates"] == 41


def test_a_look_ahead_is_for_all_that_name_none(match: Path) -> None:
    spec = replace(SPEC, choice=Choice("", 2.0))
    found = study(match, parse_choices("spring,lookahead@0.5"), Outputs(), spec)
    assert [each.lookahead for each in found] == [2.0, 0.5]


@pytest.mark.parametrize("text", ["spring,spring", "spring,,deadband", "a@1,b@x"])
def test_policies_that_cannot_be_compared(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_choices(text)


def test_outputs_that_cannot_be_written_are_known_before_the_work(match: Path, tmp_path: Path) -> None:
    log = read_log(match)
    with pytest.raises(ConfigError, match="the log itself"):
        Outputs(path=tmp_path / "." / "match.jsonl").check(log)
    with pytest.raises(ConfigError, match="no folder"):
        Outputs(report=tmp_path / "none" / "r.json").check(log)
    with pytest.raises(ConfigError, match="a file each"):
        Outputs(path=tmp_path / "a", report=tmp_path / "a").check(log)
    with pytest.raises(ConfigError, match="directory"):
        study(match, [Choice("spring")], Outputs(path=tmp_path))
    with pytest.raises(ConfigError, match="directory"):
        study(match, [Choice("spring")], Outputs(report=tmp_path))


def test_time_is_shared_by_what_was_shown_and_a_gap_is_nobodys() -> None:
    def picture(at: float, reason: str) -> Decided:
        return Decided(at, View(), None, "auto", reason, "spring")

    path = [picture(0.0, "a"), picture(0.3, "b"), picture(0.4, "a"), picture(9.0, "b"), picture(9.1, "b")]
    assert shares(path, "reason") == pytest.approx({"a": 0.6, "b": 0.4})
    assert list(shares(path, "reason")) == ["a", "b"]
    assert shares(path[:1], "reason") == {}


def test_a_person_reads_what_there_is_and_what_is_missing(match: Path) -> None:
    match.write_text(match.read_text() + "{half\n" + '{"kind":"dropped","lines":3}\n')
    log = read_log(match)
    [found] = run_all(log, [Choice("spring")], SPEC, (BASE, build))
    text = "\n".join(summary_of(log, found))
    assert "spring, look-ahead 1 s: 121 pictures of 4.0 s, 41 updates" in text
    assert "follow_play" in text
    warnings = "\n".join(warnings_of(log, SPEC, [found]))
    assert "1 lines are left out: match.jsonl:42" in warnings
    assert "3 lines are missing" in warnings


def test_a_zoom_that_does_not_fit_is_said(match: Path) -> None:
    spec = replace(SPEC, fixed_zoom=1.0)
    log = read_log(match)
    log.sections[0].start = BASE.model_copy(update={"limits": BASE.limits.model_copy(update={"left": 0.5})})
    found = run_all(log, [Choice("spring")], spec, (BASE, build))
    assert "does not fit at zoom 1" in "\n".join(warnings_of(log, spec, found))
