import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pytest

from virtualptz.protocols import Frame
from virtualptz.tracking.worker import newest as module
from virtualptz.tracking.worker.newest import Newest


@dataclass
class Picture:
    pts: float
    gone: bool = False
    decoded: int = 0

    def frame(self) -> Frame | None:
        self.decoded += 1
        return None if self.gone else Frame(self.pts, np.zeros((2, 2, 3), np.uint8))


def _put(newest: Newest, *times: float) -> list[Picture]:
    pictures = [Picture(pts) for pts in times]
    for picture in pictures:
        newest.put(picture)
    return pictures


def _times(frames: Iterable[Frame]) -> list[float]:
    return [frame.pts for frame in frames]


def test_a_taker_gets_the_newest_and_the_others_are_counted_and_never_decoded() -> None:
    newest = Newest("job")
    pictures = _put(newest, 1.0, 1.1, 1.2)
    assert _times(islice(newest, 1)) == [1.2]
    assert [picture.decoded for picture in pictures] == [0, 0, 1]
    assert (newest.looked_at, newest.skipped) == (1, 2)


def test_what_is_older_than_the_last_is_never_handed_out() -> None:
    newest = Newest("job")
    _put(newest, 5.0)
    frames = iter(newest)
    assert next(frames).pts == 5.0
    _put(newest, 5.0, 4.9, 3.1, 5.1)
    assert next(frames).pts == 5.1
    _put(newest, 6.0, 5.9)
    assert next(frames).pts == 6.0
    assert newest.skipped == 0


def test_a_stream_that_begins_anew_is_followed() -> None:
    newest = Newest("job")
    _put(newest, 500.0)
    frames = iter(newest)
    next(frames)
    _put(newest, 0.04)
    assert next(frames).pts == 0.04


def test_a_picture_that_cannot_be_had_is_skipped() -> None:
    newest = Newest("job")
    newest.put(Picture(1.0, gone=True))
    frames = iter(newest)
    threading.Timer(0.05, lambda: newest.put(Picture(2.0))).start()
    assert next(frames).pts == 2.0
    assert (newest.looked_at, newest.skipped) == (1, 1)


def test_closing_ends_a_taker_who_waits_and_nothing_comes_after_it() -> None:
    newest = Newest("job")
    threading.Timer(0.05, newest.close).start()
    assert _times(newest) == []
    _put(newest, 1.0)
    assert _times(newest) == []


def test_busy_is_who_has_a_picture_and_asks_for_no_other() -> None:
    newest = Newest("job")
    busy = [newest.busy_since]
    _put(newest, 1.0)
    frames = iter(newest)
    for time in (2.0, 3.0):
        next(frames)
        busy.append(newest.busy_since)
        _put(newest, time)
    newest.close()
    assert list(frames) == []
    before, first, second = busy
    assert (before, newest.busy_since) == (None, None)
    assert first is not None
    assert second is not None
    assert second > first


def test_it_says_now_and_then_and_at_the_end_how_many_it_skipped(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(module, "TOLD_SECONDS", 0.0)
    newest = Newest("ing_1")
    frames = iter(newest)
    _put(newest, 1.0, 2.0)
    next(frames)
    _put(newest, 3.0)
    monkeypatch.setattr(module, "TOLD_SECONDS", 3600.0)
    next(frames)
    _put(newest, 4.0, 5.0)
    newest.close()
    said = [record.getMessage() for record in caplog.records]
    assert [line.split(", ")[0] for line in said] == [
        "ing_1: looked at 0 pictures",
        "ing_1: looked at 1 pictures",
        "ing_1: looked at 1 pictures",
    ]
    assert [line.rpartition(" ")[2] for line in said] == ["1", "0", "1"]


def test_the_rate_begins_with_the_first_picture(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    now = [1000.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    newest = Newest("ing_1")
    frames = iter(newest)
    now[0] += 25.0
    for number in range(10):
        _put(newest, float(number))
        next(frames)
        now[0] += 0.1
    newest.close()
    assert [record.getMessage() for record in caplog.records] == [
        "ing_1: looked at 10 pictures, 10.0 a second, and skipped 0"
    ]


def test_where_no_picture_came_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    Newest("ing_1").close()
    assert caplog.records == []
