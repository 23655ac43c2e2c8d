"""The log of events: their numbers, their readers, and what becomes of those who come back."""

import asyncio
import json
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from virtualptz.jobs.supervision import events
from virtualptz.jobs.supervision.events import EventLog, EventStream, Told, Wanted
from virtualptz.wire.events import EventBody, EventType, PluginEvent

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
ALL = Wanted()


def body(name: str) -> PluginEvent:
    return PluginEvent(at=NOW, name=name, state="loaded", reason=None, version="1")


def tell(log: EventLog, *names: str, kind: EventType = "plugin", job_id: str | None = None) -> None:
    for name in names:
        log.tell(kind, body(name), job_id)


def nothing() -> list[tuple[EventType, EventBody]]:
    return []


def opened(log: EventLog, last_id: str | None = None, wanted: Wanted = ALL) -> EventStream:
    return log.open(wanted, last_id, nothing)


async def take(stream: EventStream, count: int) -> list[Told]:
    async with asyncio.timeout(10):
        return [await anext(stream) for _ in range(count)]


async def names(stream: EventStream, count: int) -> list[str]:
    return [json.loads(told.data)["name"] for told in await take(stream, count)]


async def ended(stream: EventStream) -> bool:
    async with asyncio.timeout(10):
        return [told async for told in stream] == []


async def test_readers_get_what_happens_in_its_order() -> None:
    log = EventLog()
    tell(log, "before")
    first = opened(log)
    tell(log, "a", "b")
    second = opened(log)
    tell(log, "c")
    assert await names(first, 3) == ["a", "b", "c"]
    assert await names(second, 1) == ["c"]
    assert log.readers == 2
    first.close()
    first.close()
    assert (log.readers, await ended(first)) == (1, True)


async def test_who_comes_back_gets_what_was_missed_and_nothing_twice() -> None:
    log = EventLog()
    stream = opened(log)
    tell(log, *"abcdef")
    told = await take(stream, 6)
    ids = [each.id for each in told]
    assert len(set(ids)) == 6
    for number, last_id in enumerate(ids):
        again = opened(log, last_id)
        tell(log, "g")
        later = 6 - number
        assert [each.id for each in await take(again, later - 1 + number)][: later - 1] == ids[number + 1 :]
        again.close()
    assert await names(opened(log, log.newest.rpartition("-")[0] + "-0"), 2) == ["a", "b"]


async def test_only_what_was_asked_for() -> None:
    log = EventLog()
    mine = opened(log, None, Wanted(frozenset({"job", "camera"}), "ing_1"))
    for job_id in ("ing_1", "ing_2", None):
        for kind in ("job", "tracking", "camera", "plugin"):
            tell(log, f"{job_id} {kind}", kind=kind, job_id=job_id)
    assert await names(mine, 2) == ["ing_1 job", "ing_1 camera"]
    assert mine.newest == log.newest, "nothing is missed by who comes back with that"
    again = opened(log, log.newest.rpartition("-")[0] + "-0", Wanted(frozenset({"plugin"})))
    assert again.newest == ""
    assert await names(again, 3) == ["ing_1 plugin", "ing_2 plugin", "None plugin"]


@pytest.mark.parametrize(
    "last_id", ["", "x", "-", "0123456789ab-1", "{instance}-99", "{instance}-x", "{instance}"]
)
async def test_an_id_of_nobody_is_a_gap(last_id: str) -> None:
    log = EventLog()
    tell(log, "a")
    stream = opened(log, last_id.format(instance=log.newest.rpartition("-")[0]))
    (gap,) = await take(stream, 1)
    assert (gap.type, gap.id, json.loads(gap.data)["reason"]) == ("gap", log.newest, "another_agent")


async def test_after_a_gap_comes_how_all_is_and_then_what_happens() -> None:
    log = EventLog(kept=3)
    tell(log, *"abcde")
    instance = log.newest.rpartition("-")[0]

    def whole() -> list[tuple[EventType, EventBody]]:
        return [("job", body("one")), ("camera", body("one")), ("job", body("two"))]

    stream = log.open(Wanted(frozenset({"job"})), f"{instance}-1", whole)
    tell(log, "f", kind="job")
    told = await take(stream, 4)
    assert [each.type for each in told] == ["gap", "job", "job", "job"]
    assert json.loads(told[0].data)["reason"] == "too_old"
    assert [each.id for each in told] == ["", "", f"{instance}-5", f"{instance}-6"]
    assert await names(opened(log, f"{instance}-5"), 1) == ["f"]
    assert await names(opened(log, f"{instance}-3"), 3) == ["d", "e", "f"]


async def test_a_reader_who_is_too_slow_is_let_go_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "BACKLOG", 3)
    log = EventLog()
    slow, quick = opened(log), opened(log)
    tell(log, "a")
    (told,) = await take(slow, 1)
    assert await names(quick, 1) == ["a"]
    tell(log, "b", "c", "d")
    assert await names(quick, 3) == ["b", "c", "d"]
    tell(log, "e")
    assert (await ended(slow), log.readers) == (True, 1)
    again = opened(log, told.id)
    assert await names(again, 4) == ["b", "c", "d", "e"]
    tell(log, "f", "g", "h")
    assert await names(again, 3) == ["f", "g", "h"], "what is caught up with is no backlog"


async def test_the_end_of_the_log_is_that_of_its_readers() -> None:
    log = EventLog()
    stream = opened(log)
    log.end()
    tell(log, "a")
    assert [await ended(stream), await ended(opened(log)), await ended(opened(log, "x"))] == [True] * 3
    assert log.readers == 0


async def test_waiting_that_is_broken_off_takes_nothing() -> None:
    log = EventLog()
    stream = opened(log)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(stream)
    tell(log, "a", "b")
    told = await take(stream, 2)
    assert [json.loads(each.data)["name"] for each in told] == ["a", "b"]
    assert all(int(one.id.rpartition("-")[2]) < int(two.id.rpartition("-")[2]) for one, two in pairwise(told))
