import os
from pathlib import Path
from typing import Any

import pytest

from virtualptz.jobs.children import logs
from virtualptz.jobs.children.logs import last_line, mask_log, trim_log
from virtualptz.redact import register_secret


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "some.log"


def test_a_long_log_keeps_its_newest_lines_and_its_writer_goes_on(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LOG_LIMIT", 1000)
    monkeypatch.setattr(logs, "LOG_KEPT", 100)
    trim_log(log)
    writer = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for number in range(200):
        os.write(writer, b"line %d\n" % number)
    trim_log(log)
    os.write(writer, b"after\n")
    os.close(writer)
    lines = log.read_text().splitlines()
    assert lines[-2:] == ["line 199", "after"]
    assert all(line.startswith("line ") for line in lines[:-1])
    assert len(lines) < 20


def test_a_short_log_is_left_alone(log: Path) -> None:
    log.write_text("one\n")
    trim_log(log)
    assert log.read_text() == "one\n"


def test_a_log_is_never_empty_while_it_is_cut(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LOG_LIMIT", 100)
    monkeypatch.setattr(logs, "LOG_KEPT", 60)
    log.write_bytes(b"line\n" * 50)
    sizes: list[int] = []
    opened = Path.open

    def watched(path: Path, mode: str) -> Any:
        file: Any = opened(path, mode)
        cut = file.truncate

        def truncate(*size: int) -> None:
            cut(*size)
            sizes.append(path.stat().st_size)

        file.truncate = truncate
        return file

    monkeypatch.setattr(Path, "open", watched)
    trim_log(log)
    assert sizes == [55]


def test_the_log_of_a_job_that_has_ended_holds_no_secret(log: Path) -> None:
    mask_log(log)
    assert not log.exists()
    register_secret("rtsp://me:kanarie-lied@camera.example/wide")
    log.write_bytes(b"one\nno kanarie-lied here\nthe last\xff\n")
    mask_log(log)
    assert log.read_text() == "one\nno *** here\nthe last\ufffd\n"
    before = log.stat()
    mask_log(log)
    assert log.stat().st_mtime_ns == before.st_mtime_ns


def test_the_last_line_of_a_process(log: Path) -> None:
    assert last_line(log) == ""
    log.write_text("of the one before\n")
    since = log.stat().st_size
    assert last_line(log, since) == ""
    with log.open("a") as writer:
        writer.write("first\n  what was wrong \n\n")
    assert last_line(log, since) == "what was wrong"


def test_the_last_line_of_a_log_that_was_cut_meanwhile(log: Path) -> None:
    log.write_text("what was wrong\n")
    assert last_line(log, since=1_000_000) == "what was wrong"


def test_the_last_line_is_never_a_whole_book(log: Path) -> None:
    log.write_bytes(b"x" * 100_000 + b"\xff\n")
    assert len(last_line(log)) <= logs.LAST_LINE_BYTES
