"""Logs as they are read: from their end, onwards, and across their being cut."""

import os
from pathlib import Path

import pytest

from virtualptz.jobs.children import log_tail, logs
from virtualptz.jobs.children.log_tail import LEFT_OUT, Place, begin, go_on, newest, shown
from virtualptz.jobs.children.logs import trim_log
from virtualptz.redact import register_secret


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "job.log"


def write(log: Path, text: bytes) -> None:
    with log.open("ab") as file:
        file.write(text)


def numbered(first: int, count: int) -> bytes:
    return b"".join(b"line %d\n" % number for number in range(first, first + count))


def all_of(log: Path, place: Place, *, ended: bool = False) -> tuple[bytes, Place]:
    read = b""
    while True:
        more, now = go_on(log, place, ended=ended)
        if now == place:
            return read + more, place
        read, place = read + more, now


def test_the_last_lines(log: Path) -> None:
    assert newest(log, 5) == b""
    write(log, b"")
    assert newest(log, 5) == b""
    write(log, numbered(0, 20_000))
    assert newest(log, 2) == b"line 19998\nline 19999\n"
    assert newest(log, 10_000) == numbered(10_000, 10_000)
    assert newest(log, 100_000) == numbered(0, 20_000)
    write(log, b"being wri")
    assert newest(log, 2) == b"line 19999\nbeing wri\n"


def test_empty_lines_are_lines(log: Path) -> None:
    write(log, b"\n\na\n\n")
    assert newest(log, 2) == b"a\n\n"
    assert newest(log, 9) == b"\n\na\n\n"


@pytest.mark.parametrize("block", [1, 2, 3, 7])
def test_whatever_the_blocks_are(log: Path, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_tail, "BLOCK", block)
    write(log, b"a\nbb\n\nccc\ndd")
    for lines in range(1, 7):
        assert newest(log, lines) == b"".join([b"a\n", b"bb\n", b"\n", b"ccc\n", b"dd\n"][-lines:])
        assert begin(log, lines)[0] == b"".join([b"a\n", b"bb\n", b"\n", b"ccc\n"][-lines:])


def test_little_is_read_for_few_lines(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(log, numbered(0, 300_000))
    read = 0
    pread = os.pread

    def counted(file: int, size: int, at: int) -> bytes:
        nonlocal read
        read += size
        return pread(file, size, at)

    monkeypatch.setattr(os, "pread", counted)
    newest(log, 200)
    assert read <= log_tail.BLOCK
    begin(log, 200)
    assert read <= 3 * log_tail.BLOCK + log_tail.STEP


def test_an_answer_is_bounded_and_begins_with_a_whole_line(log: Path) -> None:
    write(log, (b"x" * 999 + b"\n") * 3000)
    told = newest(log, 10_000)
    assert len(told) <= log_tail.MOST + log_tail.BLOCK
    assert len(told) > log_tail.MOST - 2000
    assert set(told.splitlines()) == {b"x" * 999}
    write(log, b"y" * (log_tail.MOST + log_tail.BLOCK))
    assert newest(log, 10) == b""


def test_a_line_comes_when_it_is_whole_or_nothing_follows(log: Path) -> None:
    told, place = begin(log, 5)
    assert (told, go_on(log, place)) == (b"", (b"", place))
    write(log, b"one\ntw")
    told, place = go_on(log, place)
    assert told == b"one\n"
    assert go_on(log, place) == (b"", place)
    assert begin(log, 5) == (b"one\n", place)
    write(log, b"o\nthree")
    told, place = go_on(log, place)
    assert told == b"two\n"
    assert all_of(log, place, ended=True)[0] == b"three"


def test_much_comes_in_steps_and_nothing_twice(log: Path) -> None:
    write(log, b"old\n" * 10)
    told, place = begin(log, 3)
    assert told == b"old\n" * 3
    write(log, numbered(0, 100_000))
    first, after = go_on(log, place)
    assert len(first) <= log_tail.STEP
    rest, _ = all_of(log, after)
    assert first + rest == numbered(0, 100_000)


def test_a_log_that_is_cut_is_followed_without_a_loss(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LOG_LIMIT", 100_000)
    monkeypatch.setattr(logs, "LOG_KEPT", 50_000)
    _, place = begin(log, 5)
    told, written = b"", 0
    for count in (500, 9000, 3000, 12_000, 10, 20_000):
        write(log, numbered(written, count))
        more, place = all_of(log, place)
        told, written = told + more, written + count
        write(log, numbered(written, 100))
        trim_log(log)
        written += 100
    more, place = all_of(log, place)
    assert told + more == numbered(0, written)


def test_what_was_cut_off_unread_is_told_of(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LOG_LIMIT", 1000)
    monkeypatch.setattr(logs, "LOG_KEPT", 100)
    write(log, numbered(0, 10))
    _, place = begin(log, 1)
    write(log, numbered(10, 5000))
    trim_log(log)
    told, _ = all_of(log, place)
    assert told.startswith(LEFT_OUT + b"line 50")
    assert told.endswith(b"line 5009\n")


def test_another_log_in_its_place_is_read_from_its_beginning(log: Path) -> None:
    write(log, b"one\n" * 10)
    _, place = begin(log, 1)
    log.unlink()
    assert go_on(log, place) == (b"", place)
    write(log, b"anew\n")
    assert all_of(log, place)[0] == LEFT_OUT + b"anew\n"


def test_a_line_without_an_end_is_left_out(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_tail, "STEP", 100)
    _, place = begin(log, 5)
    write(log, b"x" * 150)
    told, place = all_of(log, place)
    assert told == LEFT_OUT
    write(log, b"x" * 260)
    assert all_of(log, place)[0] == b""
    other = begin(log, 5)[1]
    write(log, b"xx\nafter\n")
    for where in (place, other):
        assert all_of(log, where)[0] == b"after\n"


def test_what_is_shown() -> None:
    register_secret("srt://camera.example:9000?passphrase=kanarie%20vogel")
    assert shown(b"") == ""
    assert shown(b"one\r\ntwo\x1b[31m\xff\t\xe2\x9c\x85\x00") == "one\ntwo\ufffd[31m\ufffd\t\u2705\ufffd\n"
    told = shown(b"a kanarie vogel, kanarie%20vogel\nrtsp://me:kanarie%20@host/path\n")
    assert told == "a ***, ***\nrtsp://host/***\n"
