"""The batcher with a network that counts: what matters here is who is served when."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest

from virtualptz.errors import ConfigError, PluginError
from virtualptz.protocols import BgrArray
from virtualptz_yolo.batcher import Batcher
from virtualptz_yolo.network import Found

WAIT = 20.0


def picture(value: int, across: int = 8) -> BgrArray:
    return np.full((4, across, 3), value, np.uint8)


class Counting:
    """Finds as many as the first pixel says; fails on 255; waits where it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.busy = threading.Event()
        self.alive = True
        self.thread = threading.current_thread().name

    def run(self, pictures: Sequence[BgrArray]) -> list[Found]:
        values = [int(one[0, 0, 0]) for one in pictures]
        self.batches.append(values)
        self.busy.set()
        assert self.go_on.wait(WAIT)
        if 255 in values:
            raise RuntimeError("CUDA error:\n  device-side assert")
        return [np.zeros((value, 6), np.float32) for value in values]

    def works(self) -> bool:
        return self.alive


@contextmanager
def batcher(limit: int = 16) -> Iterator[tuple[Batcher[Counting], Counting]]:
    made = Batcher(Counting, limit)
    try:
        yield made, made.loaded()
    finally:
        made.close()


def never() -> bool:
    return False


class Job:
    """One that asks in a thread of its own."""

    def __init__(
        self, asked: Batcher[Counting], *pictures: BgrArray, cancelled: Callable[[], bool] = never
    ) -> None:
        self.counts: list[int] = []
        self.error: Exception | None = None
        self._asked, self._pictures, self._cancelled = asked, pictures, cancelled
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        try:
            self.counts = [len(found) for found in self._asked.run(self._pictures, self._cancelled)]
        except PluginError as error:
            self.error = error

    def answer(self) -> list[int]:
        self._thread.join(WAIT)
        assert not self._thread.is_alive()
        if self.error is not None:
            raise self.error
        return self.counts


def waiting(asked: Batcher[Counting], count: int) -> None:
    """Until so many requests are in the queue."""
    pause = threading.Event()
    while asked.waiting != count:
        pause.wait(0.005)


def test_answers_are_in_the_order_of_the_pictures() -> None:
    with batcher() as (asked, _):
        assert Job(asked, picture(3), picture(1), picture(2)).answer() == [3, 1, 2]
        assert Job(asked).answer() == []


def test_the_network_lives_in_the_batchers_thread() -> None:
    with batcher() as (_, network):
        assert network.thread == "yolo-batch"


def test_what_gathers_while_a_batch_runs_is_the_next_batch() -> None:
    with batcher() as (asked, network):
        network.go_on.clear()
        first = Job(asked, picture(1))
        assert network.busy.wait(WAIT)
        jobs = [Job(asked, picture(value)) for value in (2, 3, 4)]
        waiting(asked, 3)
        network.go_on.set()
        assert [first.answer(), *(job.answer() for job in jobs)] == [[1], [2], [3], [4]]
        assert [sorted(batch) for batch in network.batches] == [[1], [2, 3, 4]]


def test_a_batch_has_no_more_pictures_than_it_may_and_the_oldest_come_first() -> None:
    with batcher(limit=3) as (asked, network):
        network.go_on.clear()
        jobs = [Job(asked, picture(1))]
        assert network.busy.wait(WAIT)
        for number, value in enumerate((2, 3, 4)):
            jobs.append(Job(asked, picture(value), picture(value)))
            waiting(asked, number + 1)
        network.go_on.set()
        assert [job.answer() for job in jobs] == [[1], [2, 2], [3, 3], [4, 4]]
        assert network.batches == [[1], [2, 2], [3, 3], [4, 4]]


def test_more_pictures_than_fit_are_several_batches() -> None:
    with batcher(limit=2) as (asked, network):
        assert Job(asked, *(picture(value) for value in range(1, 6))).answer() == [1, 2, 3, 4, 5]
        assert network.batches == [[1, 2], [3, 4], [5]]


def test_only_pictures_of_one_shape_share_a_batch() -> None:
    with batcher() as (asked, network):
        assert Job(asked, picture(1), picture(2, across=6), picture(3)).answer() == [1, 2, 3]
        assert network.batches == [[1, 3], [2]]


def test_a_picture_that_fails_fails_nobody_elses() -> None:
    with batcher() as (asked, network):
        network.go_on.clear()
        first = Job(asked, picture(1))
        assert network.busy.wait(WAIT)
        bad, good = Job(asked, picture(255)), Job(asked, picture(2))
        waiting(asked, 2)
        network.go_on.set()
        assert (first.answer(), good.answer()) == ([1], [2])
        with pytest.raises(PluginError, match=r"RuntimeError: CUDA error: device-side assert$"):
            bad.answer()
        assert not asked.broken


def test_a_network_that_fails_on_a_blank_picture_too_is_broken() -> None:
    with batcher() as (asked, network):
        network.alive = False
        with pytest.raises(PluginError):
            Job(asked, picture(255)).answer()
        assert asked.broken


def test_who_is_cancelled_does_not_wait_for_the_network() -> None:
    with batcher() as (asked, network):
        network.go_on.clear()
        closed = threading.Event()
        job = Job(asked, picture(1), cancelled=closed.is_set)
        assert network.busy.wait(WAIT)
        closed.set()
        with pytest.raises(PluginError, match="the detector is closed"):
            job.answer()
        network.go_on.set()


def test_who_waits_when_it_is_closed_is_told() -> None:
    with batcher() as (asked, network):
        network.go_on.clear()
        served = Job(asked, picture(1))
        assert network.busy.wait(WAIT)
        late = Job(asked, picture(2))
        waiting(asked, 1)
        closing = threading.Thread(target=asked.close)
        closing.start()
        network.go_on.set()
        closing.join(WAIT)
        assert served.answer() == [1]
        with pytest.raises(PluginError, match="closed"):
            late.answer()
        with pytest.raises(PluginError, match="closed"):
            asked.run([picture(3)], never)
        asked.close()


@pytest.mark.parametrize("error", [ConfigError("no such file"), PluginError("no such driver")])
def test_what_loading_raises_is_raised(error: Exception) -> None:
    def load() -> Counting:
        raise error

    asked = Batcher(load, 1)
    with pytest.raises(type(error), match=str(error)):
        asked.loaded()
    assert asked.broken
    asked.close()


def test_the_thread_ends_with_it() -> None:
    with batcher():
        pass
    assert "yolo-batch" not in [thread.name for thread in threading.enumerate()]
