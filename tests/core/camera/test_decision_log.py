import json
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from virtualptz.camera import decision_log
from virtualptz.camera.decision_lines import Start
from virtualptz.camera.decision_log import DecisionLog, LogSize
from virtualptz.camera.journal import Decided, Ruled, Steered
from virtualptz.camera.rotating_file import RotatingFile
from virtualptz.model import CropShape, Edges, LimitBox, TrackingUpdate, View

START = Start(job_id="ing_1", policy="spring", lookahead_seconds=1.0)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision_log, "FLUSH_SECONDS", 0.01)


def decided(at: float, **changes: Any) -> Decided:
    fields = {"holder": "auto", "reason": "follow_play", "policy": "spring", "clock": 100 + at, **changes}
    return Decided(at=at, view=View(0.123456789123, 0.5, 2.0), wanted=None, **fields)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def kinds(path: Path) -> list[str]:
    return [line["kind"] for line in lines(path)]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "did not happen in 20 s"
        threading.Event().wait(0.01)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[DecisionLog]:
    log = DecisionLog(tmp_path / "decisions.jsonl", START)
    log.start()
    yield log
    log.close()


def test_a_line_for_everything_in_its_order(log: DecisionLog, tmp_path: Path) -> None:
    update = TrackingUpdate(tracking_confidence=0.9, target_x=0.1 + 0.2, frame_pts=0.25)
    log.reshaped(0.0, Edges(CropShape(0.75, 1.0), aspect=2.0))
    log.updated(update, 0.5)
    log.decided(decided(1 / 3))
    log.steered(Steered(1 / 3, View(0.4, 0.5, 2.0), clock=7.5))
    log.steered(Steered(1 / 3, View(0.4, 0.5, 2.0), 2.0, "bench", clock=8.5))
    log.ruled(Ruled(1 / 3, "manual", None, None, LimitBox(left=0.1)))
    log.close()
    start, reshape, updated, view, steer, recall, rule = lines(tmp_path / "decisions.jsonl")
    assert start["kind"] == "start"
    assert (start["job_id"], start["policy"], start["continues"]) == ("ing_1", "spring", False)
    assert reshape == {"kind": "reshape", "at": 0.0, "shape": [0.75, 1.0], "aspect": 2.0}
    assert TrackingUpdate.model_validate(updated) == update
    assert (updated["kind"], updated["arrived"]) == ("update", 0.5)
    assert view == {
        "kind": "view",
        "pts": 1 / 3,
        "center_x": 0.123456789,
        "center_y": 0.5,
        "zoom": 2.0,
        "wanted": None,
        "holder": "auto",
        "reason": "follow_play",
        "policy": "spring",
        "clock": 100 + 1 / 3,
    }
    assert steer == {"kind": "steer", "at": 1 / 3, "view": [0.4, 0.5, 2.0], "name": "", "clock": 7.5}
    assert (recall["kind"], recall["name"], recall["glide_seconds"]) == ("recall", "bench", 2.0)
    assert (rule["mode"], rule["limits"]["left"]) == ("manual", 0.1)


def test_a_rotated_file_begins_with_how_the_operator_stands(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    log = DecisionLog(path, START, LogSize(megabytes=0.002, files=3))
    log.start()
    log.reshaped(0.0, Edges(CropShape(0.75, 1.0), aspect=2.0))
    log.ruled(Ruled(0.0, "manual", "deadband", 0.5, LimitBox(left=0.1)))
    log.steered(Steered(0.0, View(0.4, 0.5, 2.0), clock=7.5))
    for number in range(100):
        log.decided(decided(number / 30, holder="manual", policy="deadband"))
    log.close()
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "decisions.jsonl",
        "decisions.jsonl.1",
        "decisions.jsonl.2",
    ]
    assert all(each.stat().st_size <= 2000 for each in tmp_path.iterdir())
    older, newer = lines(path.with_name("decisions.jsonl.1")), lines(path)
    start = Start.model_validate(newer[0])
    assert start.continues
    assert start.at == older[-1]["pts"]
    assert start.view == (0.123456789123, 0.5, 2.0)
    assert (start.mode, start.policy, start.lookahead_seconds) == ("manual", "deadband", 0.5)
    assert (start.limits.left, start.shape, start.aspect) == (0.1, (0.75, 1.0), 2.0)
    assert start.held is not None
    assert (start.held.view, start.held.clock) == ((0.4, 0.5, 2.0), 7.5)
    assert newer[-1]["pts"] == 99 / 30


def test_the_next_process_of_a_job_goes_on_in_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    for _ in range(2):
        log = DecisionLog(path, START)
        log.start()
        log.decided(decided(0.0))
        log.close()
    assert kinds(path) == ["start", "view", "start", "view"]
    assert [line["continues"] for line in lines(path) if line["kind"] == "start"] == [False, False]


def test_what_finds_no_room_is_counted_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision_log, "QUEUE_LINES", 10)
    log = DecisionLog(tmp_path / "decisions.jsonl", START)
    for number in range(25):
        log.decided(decided(number / 30))
    assert log.dropped == 15
    log.start()
    log.close()
    found = lines(tmp_path / "decisions.jsonl")
    assert [line["kind"] for line in found] == ["start", *["view"] * 10, "dropped"]
    assert found[-1]["lines"] == 15


def test_a_folder_that_vanishes_is_logged_once_and_waited_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "job" / "decisions.jsonl"
    path.parent.mkdir()
    log = DecisionLog(path, START)
    log.start()
    log.decided(decided(0.0))
    wait_until(lambda: path.exists() and path.stat().st_size > 0)
    shutil.rmtree(path.parent)
    count = 0

    def goes_on(goal: int) -> bool:
        nonlocal count
        count += 1
        log.decided(decided(count / 30))
        return log.dropped >= goal

    wait_until(lambda: goes_on(3))
    path.parent.mkdir()
    wait_until(lambda: not goes_on(10**9) and path.exists() and "dropped" in kinds(path))
    log.close()
    found = lines(path)
    assert found[0]["continues"]
    assert sum(line["lines"] for line in found if line["kind"] == "dropped") == log.dropped
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2


def test_closing_does_not_wait_for_a_disk_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hangs, really_write = threading.Event(), RotatingFile.flush

    def flush(file: Any, heading: Any) -> None:
        hangs.wait(20)
        really_write(file, heading)

    monkeypatch.setattr(RotatingFile, "flush", flush)
    monkeypatch.setattr(decision_log, "CLOSE_SECONDS", 0.05)
    log = DecisionLog(tmp_path / "decisions.jsonl", START)
    log.start()
    log.decided(decided(0.0))
    log.close()
    assert "does not take" in caplog.text
    log.decided(decided(1.0))
    hangs.set()
    wait_until(lambda: not any(each.name == "decision log" for each in threading.enumerate()))
    assert kinds(tmp_path / "decisions.jsonl") == ["start", "view"]


def test_an_update_that_is_no_json_loses_itself_alone(log: DecisionLog, tmp_path: Path) -> None:
    target = {"x": 0.5, "y": 0.5, "confidence": 1, "cls": "player", "odd": object()}
    log.updated(TrackingUpdate.model_validate({"tracking_confidence": 1, "targets": [target]}), 0.0)
    log.decided(decided(0.0))
    log.close()
    assert kinds(tmp_path / "decisions.jsonl") == ["start", "view", "dropped"]
    assert log.dropped == 1
