"""How long who fails waits, and how much of that is kept in mind."""

import asyncio

import pytest

from virtualptz.api import delays
from virtualptz.api.delays import FailureDelays


class Time:
    """A clock and the sleep that belongs to it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def delays(self) -> FailureDelays:
        return FailureDelays(lambda: self.now, self.sleep)


async def test_the_first_are_free_then_it_doubles_up_to_a_limit() -> None:
    time = Time()
    failures = time.delays()
    for _ in range(delays.FREE_FAILURES):
        await failures.after_failure("203.0.113.7")
    assert time.slept == []
    for _ in range(7):
        await failures.after_failure("203.0.113.7")
    for slept, most in zip(time.slept, [0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0], strict=True):
        assert 0.75 * most <= slept <= most
    assert len(set(time.slept)) == 7


async def test_a_minute_without_failures_is_a_new_beginning() -> None:
    time = Time()
    failures = time.delays()
    for seconds in (0, 0, 0, 0, 59):
        time.now += seconds
        await failures.after_failure("203.0.113.7")
    assert len(time.slept) == 2
    time.now += 61
    await failures.after_failure("203.0.113.7")
    assert len(time.slept) == 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("this machine", "testclient", False),
    ],
)
async def test_who_counts_as_one(one: str, other: str, *, same: bool) -> None:
    time = Time()
    failures = time.delays()
    for _ in range(delays.FREE_FAILURES):
        await failures.after_failure(one)
    await failures.after_failure(other)
    assert bool(time.slept) is same


async def test_what_is_kept_is_bounded() -> None:
    time = Time()
    failures = time.delays()
    for number in range(delays.MAX_CLIENTS + 100):
        await failures.after_failure(f"client {number}")
    assert len(failures._failures) == delays.MAX_CLIENTS
    for _ in range(delays.FREE_FAILURES):
        await failures.after_failure("client 0")
    assert time.slept == []


async def test_no_more_wait_than_may_and_who_has_waited_makes_room() -> None:
    time, door = Time(), asyncio.Event()
    waiting = 0

    async def sleep(_seconds: float) -> None:
        nonlocal waiting
        waiting += 1
        await door.wait()
        waiting -= 1

    failures = FailureDelays(lambda: time.now, sleep)
    clients = [f"client {number}" for number in range(12)]
    for client in clients * delays.FREE_FAILURES:
        await failures.after_failure(client)
    tasks = [asyncio.create_task(failures.after_failure(client)) for client in clients for _ in range(20)]
    done, _ = await asyncio.wait(tasks, timeout=0.05)
    assert waiting == delays.MAX_WAITING == 8 * delays.MAX_WAITING_EACH
    assert len(done) == len(tasks) - delays.MAX_WAITING
    door.set()
    await asyncio.gather(*tasks)
    assert waiting == 0
    assert not failures._waiting


async def test_a_client_that_leaves_makes_room() -> None:
    failures = FailureDelays(lambda: 0.0)
    for _ in range(delays.FREE_FAILURES):
        await failures.after_failure("client")
    task = asyncio.create_task(failures.after_failure("client"))
    await asyncio.sleep(0)
    assert failures._waiting.total() == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not failures._waiting
