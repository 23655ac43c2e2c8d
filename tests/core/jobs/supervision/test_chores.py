import threading

import pytest

from tests.core.jobs.conftest import Agents
from tests.core.jobs.harness import ingest, until, until_live
from virtualptz.jobs.supervision import supervisor


async def test_a_process_that_hangs_is_found_while_the_disk_hangs_too(
    agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, asked = threading.Event(), threading.Event()

    def hang(_log: object) -> None:
        asked.set()
        disk.wait(60)

    monkeypatch.setattr(supervisor, "trim_log", hang)
    monkeypatch.setattr(supervisor, "LOG_CHECK_TICKS", 1)
    engine = await agents.start()
    job_id = await ingest(engine, "once-hang")
    try:
        await until(asked.is_set, "its log is looked at")
        await until(lambda: engine.status(job_id).restart_count == 1, "another process")
        await until_live(engine, job_id)
        assert "no heartbeat" in str(engine.status(job_id).last_error)
    finally:
        disk.set()
