"""Who reads the logs of jobs, while disks hang and fail, jobs end and agents are told to."""

import asyncio
import errno
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests.core.jobs.conftest import Agents
from tests.core.jobs.harness import ingest, source, until, until_live
from virtualptz.errors import LimitError, StoreError, UnknownJobError
from virtualptz.jobs.children import log_tail
from virtualptz.jobs.children.log_tail import LEFT_OUT
from virtualptz.jobs.status import FrameStreamRequest
from virtualptz.jobs.supervision import job_logs
from virtualptz.jobs.supervision.job_logs import LogStream

DEADLINE = 20.0


def say(agents: Agents, job_id: str, text: str) -> None:
    with agents.folder(job_id).paths.log.open("a") as log:
        log.write(text)


async def told(stream: LogStream, what: str) -> str:
    """All up to the first piece that says so."""
    seen = ""
    async with asyncio.timeout(DEADLINE):
        async for piece in stream:
            seen += piece
            if what in piece:
                return seen
    raise AssertionError(f"it ended; so far: {seen}")


async def rest(stream: LogStream) -> str:
    async with asyncio.timeout(DEADLINE):
        return "".join([piece async for piece in stream])


async def test_what_a_job_wrote_without_its_password(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    say(agents, job_id, f"one\nopen {source('normal')} with secret-pass\n")
    assert await engine.logs.read(job_id, 1) == "open rtsp://camera/*** with ***\n"
    assert (await engine.logs.read(job_id, 100)).endswith("one\nopen rtsp://camera/*** with ***\n")
    await engine.stop(job_id)
    assert "secret-pass" not in agents.folder(job_id).paths.log.read_text()
    assert await engine.logs.read(job_id, 1) == "open rtsp://camera/*** with ***\n"


async def test_nobody_and_nothing(agents: Agents) -> None:
    engine = await agents.start()
    for ask in (engine.logs.read, engine.logs.follow):
        with pytest.raises(UnknownJobError):
            await ask("../store", 5)
    job_id = await ingest(engine)
    agents.folder(job_id).paths.log.unlink(missing_ok=True)
    assert await engine.logs.read(job_id, 5) == ""


async def test_it_is_followed_to_the_job_s_end(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    say(agents, job_id, "a\nb\nc\n")
    stream = await engine.logs.follow(job_id, 2)
    assert await told(stream, "c") == "b\nc\n"
    say(agents, job_id, "d\n" * 50_000 + "e\nf")
    stop = asyncio.create_task(engine.stop(job_id))
    assert await rest(stream) == "d\n" * 50_000 + "e\nf\n"
    await stop
    assert await rest(await engine.logs.follow(job_id, 2)) == "e\nf\n"
    assert await rest(stream) == ""


async def test_what_is_masked_at_the_end_is_not_told_again(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    stream = await engine.logs.follow(job_id, 1)
    say(agents, job_id, "first\nwith secret-pass\nlast\n")
    seen = await told(stream, "last")
    await engine.stop(job_id)
    seen += await rest(stream)
    assert seen.endswith("first\nwith ***\nlast\n")
    assert seen.count("first") == 1
    assert LEFT_OUT.decode() not in seen


async def test_a_reader_is_given_little_at_a_time(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    say(agents, job_id, "line\n" * 20_000)
    stream = await engine.logs.follow(job_id, 10_000)
    pieces = [await anext(stream), await anext(stream)]
    assert [len(piece) for piece in pieces] == [job_logs.PIECE, 10_000 * 5 - job_logs.PIECE]
    stream.close()


async def test_followers_are_viewers(agents: Agents) -> None:
    engine = await agents.start(max_viewers=3)
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    streams = [await engine.logs.follow(job_id, 5) for _ in range(2)]
    engine.frames(job_id, FrameStreamRequest("source"))
    with pytest.raises(LimitError, match="RUNNER_MAX_VIEWERS"):
        await engine.logs.follow(job_id, 5)
    assert await engine.logs.read(job_id, 5) is not None
    streams[0].close()
    streams[0].close()
    streams.append(await engine.logs.follow(job_id, 5))
    await streams[1].aclose()
    engine.frames(job_id, FrameStreamRequest("source"))


class Disk:
    """Of all logs. It hangs, or fails, as long as it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.works = threading.Event()
        self.works.set()
        self.error: OSError | None = None
        self.asked = 0
        for name in ("newest", "begin", "go_on"):
            monkeypatch.setattr(log_tail, name, self._slow(getattr(log_tail, name)))

    def _slow(self, read: Callable[..., Any]) -> Callable[..., Any]:
        def reads(*args: Any, **more: Any) -> Any:
            self.asked += 1
            self.works.wait(60)
            if self.error is not None:
                raise self.error
            return read(*args, **more)

        return reads


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


async def test_a_disk_that_hangs_delays_no_end_and_takes_its_readers_only(agents: Agents, disk: Disk) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    stream = await engine.logs.follow(job_id, 5)
    await told_all(stream)
    disk.works.clear()
    asked = disk.asked
    waits = asyncio.create_task(rest(stream))
    await until(lambda: disk.asked > asked, "it is asked")
    reads = [asyncio.create_task(engine.logs.read(job_id, 5)) for _ in range(job_logs.READS_AT_A_TIME - 1)]
    await until(lambda: disk.asked > asked + len(reads), "all places are taken")
    with pytest.raises(LimitError, match="the disk of the jobs' logs"):
        await engine.logs.read(job_id, 5)
    assert engine.status(job_id).state == "running"
    engine.ask_close(keep_jobs=False)
    async with asyncio.timeout(2):
        await waits
    disk.works.set()
    await asyncio.gather(*reads)


async def told_all(stream: LogStream) -> None:
    """Until nothing new is there."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0.7):
            await rest(stream)


async def test_a_disk_that_fails_is_an_error_and_is_waited_for_by_a_follower(
    agents: Agents, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    stream = await engine.logs.follow(job_id, 5)
    disk.error = OSError(errno.EIO, "Input/output error")
    with pytest.raises(StoreError, match="Input/output error"):
        await engine.logs.read(job_id, 5)
    with pytest.raises(StoreError):
        await engine.logs.follow(job_id, 5)
    goes_on = asyncio.create_task(told(stream, "works again"))
    asked = disk.asked
    await until(lambda: disk.asked > asked + 2, "it looks again")
    disk.error = None
    say(agents, job_id, "it works again\n")
    assert (await goes_on).endswith("it works again\n")
    assert caplog.text.count("is not followed for now") == 1
    assert engine._roster.readers[-1]() == 1, "the one that failed holds no place"


async def test_an_agent_that_is_told_to_end_follows_no_more(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    stream = await engine.logs.follow(job_id, 5)
    waits = asyncio.create_task(rest(stream))
    engine.ask_close(keep_jobs=False)
    async with asyncio.timeout(1):
        await waits
        assert await rest(await engine.logs.follow(job_id, 5)) == ""


async def test_a_follower_that_is_cancelled_loses_nothing(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    stream = await engine.logs.follow(job_id, 1)
    say(agents, job_id, "before\n")
    seen = await told(stream, "before")
    await told_all(stream)
    say(agents, job_id, "after\n")
    assert "after\n" in await told(stream, "after")
    assert seen.endswith("before\n")
    stream.close()


async def test_a_log_of_a_job_that_the_next_agent_finds_ended(agents: Agents) -> None:
    first = await agents.start()
    job_id = await ingest(first)
    await until_live(first, job_id)
    say(agents, job_id, "the last\n")
    await first.close(keep_jobs=False)
    second = await agents.start()
    assert await second.logs.read(job_id, 1) == "the last\n"
    assert await rest(await second.logs.follow(job_id, 1)) == "the last\n"
