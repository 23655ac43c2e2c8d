"""Something goes wrong in watching a job, which is no fault of its process: it goes on, watched again."""

import asyncio
import errno
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from virtualptz.backoff import Backoff
from virtualptz.jobs.children.logs import trim_log
from virtualptz.jobs.supervision import conversation, folder, supervisor
from virtualptz.jobs.supervision.hub import Hub
from virtualptz.jobs.supervision.link import Link
from virtualptz.jobs.supervision.roster import Roster

from ..conftest import Agents
from ..harness import QUICK, VIEW, ingest, until, until_live


class Broken:
    """Raises for as long as it is asked to, and counts."""

    def __init__(self, real: Any, error: Exception) -> None:
        self._real = real
        self.error = error
        self.calls = 0
        self.raising = False

    def __call__(self, *arguments: Any) -> Any:
        if self.raising:
            self.calls += 1
            raise self.error
        return self._real(*arguments)


async def assert_untouched(
    agents: Agents, broken: Broken, caplog: pytest.LogCaptureFixture, times: int = 1
) -> None:
    """A job whose watch breaks so many times has the same process afterwards, and is served by it."""
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    begun = monotonic()
    broken.raising = True
    await until(lambda: broken.calls >= times and monotonic() - begun > QUICK.silence + 1, "the trouble")
    before, broken.raising = engine.status(job_id).heartbeat, False
    frames = 0 if before is None else before.frames_in
    await until(lambda: (beat := engine.status(job_id).heartbeat) and beat.frames_in > frames, "it is heard")
    assert (await engine.ptz(job_id, VIEW)).applied
    assert engine.status(job_id).restart_count == 0
    assert len(agents.folder(job_id).starts) == 1
    async with asyncio.timeout(20):
        await engine.stop(job_id)
    assert engine.status(job_id).state == "stopped"
    assert str(broken.error) in caplog.text
    caplog.clear()  # the event loop tells of it too, which is a failure where nobody asked for it


async def test_an_error_in_hearing_a_job(
    agents: Agents, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Broken(Roster._heard, RuntimeError("trouble of its own"))
    monkeypatch.setattr(Roster, "_heard", lambda *arguments: broken(*arguments))
    await assert_untouched(agents, broken, caplog, times=3)


async def test_an_error_in_serving_its_viewers(
    agents: Agents, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Broken(Hub.draws, RuntimeError("trouble of its own"))
    monkeypatch.setattr(Hub, "draws", lambda *arguments: broken(*arguments))
    await assert_untouched(agents, broken, caplog, times=3)


async def test_a_socket_that_has_no_buffers(
    agents: Agents, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = Link.listen

    async def listen(link: Link, hear: Any) -> None:
        calls.append(link)
        if len(calls) == 1:
            raise OSError(errno.ENOBUFS, "No buffer space available")
        await real(link, hear)

    calls: list[Link] = []
    monkeypatch.setattr(Link, "listen", listen)
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    assert len(agents.folder(job_id).starts) == 1
    assert "its connection broke" in caplog.text
    assert QUICK.silence > conversation.LONGEST_BACKOFF


async def test_an_error_in_watching_it(
    agents: Agents, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Broken(trim_log, ValueError("trouble of its own"))
    monkeypatch.setattr(supervisor, "trim_log", broken)
    await assert_untouched(agents, broken, caplog)


async def test_a_stop_does_not_wait_for_a_machine_that_is_short_of_something(
    agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Broken(folder.find_living, OSError(errno.EMFILE, "Too many open files"))
    broken.raising = True
    monkeypatch.setattr(folder, "find_living", broken)
    monkeypatch.setattr(
        supervisor, "Backoff", lambda longest: Backoff(first=60.0, least=60.0, longest=longest)
    )
    engine = await agents.start()
    job_id = await ingest(engine)
    await until(lambda: broken.calls == 1, "the trouble")
    begun = monotonic()
    stop = asyncio.create_task(engine.stop(job_id))
    await until(lambda: broken.calls >= 3, "it is tried again")
    assert broken.calls < 4 + (monotonic() - begun) / supervisor.LEAST_BACKOFF
    broken.raising = False
    async with asyncio.timeout(20):
        await stop
    assert engine.status(job_id).state == "stopped"
    assert not Path(agents.folder(job_id).paths.pid).exists()
