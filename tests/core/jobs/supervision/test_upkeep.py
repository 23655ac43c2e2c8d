import asyncio
import shutil
from pathlib import Path

import pytest

from tests.core.jobs.harness import until
from virtualptz.jobs.records.statedir import StateDir
from virtualptz.jobs.records.store import JobRecord, Store
from virtualptz.jobs.supervision.upkeep import Upkeep


async def test_a_defect_is_told_once_and_what_comes_next_is_looked_after_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder, calls, sound = tmp_path / "state", list[str](), asyncio.Event()

    async def found(_records: list[JobRecord]) -> None: ...

    async def renewed() -> None:
        calls.append("renewed")
        if not sound.is_set():
            shutil.rmtree(folder)
            raise RuntimeError("a defect")

    state_dir, store = StateDir(folder, 0), Store(folder / "jobs.sqlite3")
    await store.open()
    upkeep = Upkeep(state_dir, store, every=0.01, on_found=found, on_renewed=renewed)
    shutil.rmtree(folder)
    upkeep.open()
    try:
        await until(lambda: len(calls) >= 3, "it is tried again")
        sound.set()
        await until(lambda: folder.exists() and not upkeep.troubles, "all is well")
    finally:
        await upkeep.close()
        await store.close()
        state_dir.close()
    assert caplog.text.count("could not be looked after") == 1
    assert "RuntimeError: a defect" in caplog.text
