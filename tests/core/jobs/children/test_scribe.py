import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from virtualptz.jobs.children import scribe as module
from virtualptz.jobs.children.logs import LOG_LIMIT
from virtualptz.jobs.children.scribe import PIECE, TRIM_BYTES, Scribe


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "detectors" / "some.log"


@pytest.fixture
def scribe(log: Path) -> Iterator[Scribe]:
    made = Scribe(log)
    yield made
    made.close()


def test_what_was_said_is_in_the_log_once_it_has_settled(log: Path, scribe: Scribe) -> None:
    for number in range(20):
        os.write(scribe.pen, b"line %d\n" % number)
        scribe.settle()
        assert log.read_text().splitlines()[-1] == f"line {number}"
    os.close(scribe.pen)


def test_the_words_of_the_one_before_stay_before_it(log: Path) -> None:
    for words, begin in ((b"first\n", 0), (b"second\n", 6)):
        made = Scribe(log)
        assert made.begin == begin
        os.write(made.pen, words)
        os.close(made.pen)
        made.close()
    assert log.read_text() == "first\nsecond\n"


def test_who_says_much_waits_and_the_log_stays_small(
    log: Path, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.001)
    largest = 0

    def talk() -> None:
        with os.fdopen(scribe.pen, "wb") as pen:
            for _ in range(200):
                pen.write(b"a library that has much to say\n" * 2000)
            pen.write(b"and its last word\n")

    talker = threading.Thread(target=talk)
    talker.start()
    while talker.is_alive():
        largest = max(largest, log.stat().st_size)
    talker.join()
    scribe.settle()
    assert TRIM_BYTES < largest <= LOG_LIMIT + TRIM_BYTES + PIECE
    assert log.read_text().splitlines()[-1] == "and its last word"


def test_a_full_disk_is_told_of_once_and_nobody_waits(caplog: pytest.LogCaptureFixture) -> None:
    made = Scribe(Path("/dev/full"))
    with caplog.at_level(logging.WARNING), os.fdopen(made.pen, "wb", buffering=0) as pen:
        for _ in range(3):
            pen.write(b"x" * PIECE)
            made.settle()
    made.close()
    assert [record.getMessage() for record in caplog.records] == [
        "the log full cannot be written: No space left on device"
    ]


def test_it_ends_though_somebody_still_holds_the_pen(log: Path) -> None:
    made = Scribe(log)
    os.write(made.pen, b"said\n")
    made.close()
    os.close(made.pen)
    assert log.read_text() == "said\n"
