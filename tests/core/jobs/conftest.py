import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from virtualptz.jobs.engine import JobEngine
from virtualptz.jobs.supervision.timing import Timing

from .harness import QUICK, Folder, Recorder, new_engine, settings_for

StartEngine = Callable[..., "object"]


class Agents:
    """Starts engines on one state folder; whatever a test leaves behind is ended, and is a failure."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        self.recorder = Recorder()
        self._engines: list[JobEngine] = []

    async def start(self, *, timing: Timing = QUICK, **settings: object) -> JobEngine:
        engine = new_engine(settings_for(self.state_dir, **settings), self.recorder, timing)
        await engine.start()
        self._engines.append(engine)
        return engine

    def folder(self, job_id: str) -> Folder:
        return Folder(self.state_dir, job_id)

    @property
    def living(self) -> list[int]:
        jobs = self.state_dir / "jobs"
        folders = [self.folder(entry.name) for entry in jobs.iterdir()] if jobs.exists() else []
        return [pid for folder in folders for pid in folder.living]

    async def close(self) -> None:
        for engine in self._engines:
            await engine.close(keep_jobs=False)

    def kill_all(self) -> None:
        for pid in self.living:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
async def agents(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Agents]:
    agents = Agents(tmp_path / "state")
    try:
        yield agents
        await agents.close()
        left = agents.living
        assert left == [], "processes were left behind"
        unseen = [record for record in caplog.get_records("call") if record.name == "asyncio"]
        errors = [record.getMessage() for record in unseen if record.levelno >= logging.ERROR]
        assert errors == [], "the event loop met an error that nobody took"
    finally:
        agents.kill_all()
