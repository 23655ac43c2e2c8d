import threading

from virtualptz.jobs.process.pace import Lag, Pacer, Thinning


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


class RecordingEvent(threading.Event):
    """Says how long it was asked to wait, and lets that time pass on the test's clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waits.append(round(timeout, 6))
        self.clock.now += timeout
        return False


def test_pictures_wait_for_their_time() -> None:
    clock = Clock()
    stop = RecordingEvent(clock)
    pacer = Pacer(stop, clock)
    for at in (0.0, 0.04, 0.08):
        pacer.wait_for(at)
    clock.now += 0.01
    pacer.wait_for(0.12)
    assert stop.waits == [0, 0.04, 0.04, 0.03]


def test_a_little_late_catches_up_and_very_late_begins_anew() -> None:
    clock = Clock()
    stop = RecordingEvent(clock)
    pacer = Pacer(stop, clock)
    pacer.wait_for(0.0)
    clock.now += 0.5
    pacer.wait_for(0.04)
    clock.now += 10
    pacer.wait_for(0.08)
    pacer.wait_for(0.12)
    assert stop.waits == [0, 0, 0, 0.04]


def test_what_is_within_the_lookahead_of_the_first_picture_waits_for_nothing() -> None:
    clock = Clock()
    stop = RecordingEvent(clock)
    pacer = Pacer(stop, clock)
    origins = [pacer.wait_for(at, ahead=0.1) for at in (0.0, 0.04, 0.08, 0.12, 0.16)]
    assert stop.waits == [0, 0, 0, 0.02, 0.04]
    assert origins == [50.0] * 5
    pacer.wait_for(0.2, ahead=0.3)
    pacer.wait_for(0.24, ahead=0.0)
    assert stop.waits[5:] == [0, 0.18]


def test_lag_is_measured_against_the_quickest_pictures() -> None:
    clock = Clock()
    lag = Lag(clock)
    assert lag.of(10.0) == 0
    clock.now += 0.04
    assert lag.of(10.04) == 0
    clock.now += 0.54
    assert round(lag.of(10.08), 6) == 0.5
    assert lag.origin == 40.0
    assert lag.of(10.58) == 0


def test_lag_follows_clocks_that_drift_apart() -> None:
    clock = Clock()
    lag, at, last = Lag(clock), 0.0, 0.0
    for _ in range(3600 * 10):
        clock.now += 0.1
        at += 0.1 * (1 - 200e-6)
        last = lag.of(at)
    assert last < 0.02


def test_thinning_leaves_out_every_other_picture_until_it_has_caught_up() -> None:
    thinning = Thinning()
    assert [thinning.keeps(0.1) for _ in range(3)] == [True] * 3
    assert [thinning.keeps(0.6) for _ in range(4)] == [False, True, False, True]
    assert [thinning.keeps(0.3) for _ in range(2)] == [False, True]
    assert [thinning.keeps(0.1) for _ in range(3)] == [True] * 3


def test_thinning_far_behind_keeps_nothing_until_it_is_near() -> None:
    thinning = Thinning()
    assert [thinning.keeps(lag) for lag in (3.5, 2.0, 0.6)] == [False] * 3
    assert thinning.keeps(0.1)
