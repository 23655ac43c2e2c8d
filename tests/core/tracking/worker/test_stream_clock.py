from collections.abc import Callable

import pytest

from virtualptz.client import RunnerUnreachableError
from virtualptz.tracking.worker.stream_clock import StreamClock
from virtualptz.wire.job import JobAnswer


def told(pts: float | None) -> JobAnswer:
    return JobAnswer(job_id="job-1", state="running", restart_count=0, last_error=None, pts=pts)


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _clock(time: Time, ask: Callable[[], JobAnswer]) -> StreamClock:
    return StreamClock(ask, time)


def test_between_two_polls_it_counts_on() -> None:
    time, polls = Time(), []

    def ask() -> JobAnswer:
        polls.append(time.now)
        return told(time.now - 900)

    clock = _clock(time, ask)
    readings = []
    for _ in range(30):
        readings.append(clock() - (time.now - 900))
        time.now += 0.1
    assert readings == pytest.approx([0.0] * 30, abs=1e-6)
    assert len(polls) == 4
    assert clock.state == "running"


def test_a_heartbeat_that_is_late_now_and_then_does_not_make_it_stutter() -> None:
    time, late = Time(), [0.0, 0.45, 0.2, 0.49, 0.1, 0.3] * 5

    def ask() -> JobAnswer:
        return told(time.now - 900 - late.pop(0))

    clock = _clock(time, ask)
    for _ in range(25):
        assert clock() == pytest.approx(time.now - 900)
        time.now += 1.0


def test_a_stream_that_stood_still_is_believed_at_once() -> None:
    time, pts = Time(), [50.0]
    clock = _clock(time, lambda: told(pts[0]))
    assert clock() == pytest.approx(50)
    time.now += 20
    pts[0] = 55.0
    assert clock() == pytest.approx(55)
    time.now += 5
    pts[0] = 100.0
    assert clock() == pytest.approx(100)


def test_an_agent_that_tells_no_time_leaves_it_at_its_own() -> None:
    time = Time()
    clock = _clock(time, lambda: told(None))
    assert clock() == 0
    time.now += 7.5
    assert clock() == pytest.approx(7.5)


def test_an_agent_that_is_away_is_asked_less_often_and_the_time_goes_on() -> None:
    time, polls = Time(), []

    def ask() -> JobAnswer:
        polls.append(time.now)
        if len(polls) > 1:
            raise RunnerUnreachableError("gone")
        return told(5.0)

    clock = _clock(time, ask)
    for second in range(20):
        assert clock() == pytest.approx(5 + second)
        time.now += 1.0
    assert len(polls) < 10


def test_it_never_tells_a_time_before_the_start() -> None:
    assert _clock(Time(), lambda: told(-4.0))() == 0
