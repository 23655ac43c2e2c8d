"""Keys of starts: what they stand for, in memory, in the store, and for the engine."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.core.jobs.harness import new_engine, settings_for, source
from virtualptz.errors import KeyInUseError, KeyReusedError, LimitError, StoreError
from virtualptz.jobs.engine import JobEngine
from virtualptz.jobs.records import schema, starts
from virtualptz.jobs.records.starts import Start, Starts
from virtualptz.jobs.records.store import Store
from virtualptz.jobs.status import Once

from .test_store import record

ONCE, OTHER = Once("a", "1"), Once("a", "2")


def start(key: str = "a", job_id: str = "ing_1", hours: float = 0.0) -> Start:
    return Start(Once(key, "1"), job_id, datetime.now(UTC) - timedelta(hours=hours))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / schema.FILE_NAME


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    store = Store(path, busy_seconds=0.1, check_seconds=0.0)
    await store.open()
    yield store
    await store.close()


async def known(path: Path, *keys: str) -> list[str | None]:
    """What the next agent knows of these keys: the jobs' ids."""
    store = Store(path)
    await store.open()
    try:
        found = [store.started(key) for key in keys]
    finally:
        await store.close()
    return [None if each is None else each.job_id for each in found]


async def test_a_key_outlives_the_agent(store: Store, path: Path) -> None:
    await store.save(record(), start=start())
    await store.save(record("ing_2"))
    await store.close()
    assert await known(path, "a", "b") == ["ing_1", None]


async def test_a_key_is_forgotten_after_a_day(store: Store, path: Path) -> None:
    await store.save(record("ing_1"), start=start("old", hours=24.1))
    assert store.started("old") is None
    await store.save(record("ing_2"), start=start("young", hours=23.9))
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT key FROM starts").fetchall() == [("young",)]
    assert await known(path, "old", "young") == [None, "ing_1"]


async def test_too_many_push_out_the_oldest(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starts, "MOST", 2)
    for key in "abc":
        await store.save(record(), start=start(key))
    assert await known(path, *"abc") == [None, "ing_1", "ing_1"]


async def test_what_is_withdrawn_is_not_known_to_the_next_agent(store: Store, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError):
        await store.save(record(), start=start())
    store.withdraw(start())
    other.execute("ROLLBACK")
    other.close()
    assert store.started("a") is None
    await store.save(record("ing_2"), start=start("b"))
    assert await known(path, "a", "b") == [None, "ing_1"]


async def test_a_store_that_is_lost_is_made_anew_with_its_keys(store: Store, path: Path) -> None:
    await store.save(record(), start=start())
    for part in path.parent.iterdir():
        part.unlink()
    assert store.started("a"), "in memory meanwhile"
    assert await store.tend() == []
    assert await known(path, "a") == ["ing_1"]


async def test_keys_of_a_store_that_could_not_be_read_at_first(store: Store, path: Path) -> None:
    await store.save(record("ing_1"), start=start("a"))
    await store.save(record("ing_2"), start=start("b", "ing_2"))
    await store.close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    late = Store(path, busy_seconds=0.1)
    assert await late.open() == []
    with pytest.raises(StoreError):
        await late.save(record("ing_3"), start=start("b", "ing_3"))
    holder.close()
    await late.tend()
    found = [late.started(key) for key in "ab"]
    assert [each and each.job_id for each in found] == ["ing_1", "ing_3"], "the newer one counts"
    await late.close()


async def test_the_store_of_the_version_before_gets_the_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        for step in schema.STEPS[:2]:
            database.execute(step)
        database.execute("PRAGMA user_version = 2")
    store = Store(path)
    assert await store.open() == []
    await store.save(record(), start=start())
    await store.close()
    assert not list(path.parent.glob("*.newer-*")) + list(path.parent.glob("*.damaged-*"))
    assert await known(path, "a") == ["ing_1"]


async def test_a_key_is_one_start_at_a_time(store: Store) -> None:
    claims = Starts(store)
    with claims.claim(ONCE) as earlier:
        assert earlier is None
        with pytest.raises(KeyInUseError), ExitStack() as stack:
            stack.enter_context(claims.claim(OTHER))
        # On record, and yet not: whoever is told so now is told of a job that may come to nothing.
        await store.save(record(), start=start())
        with pytest.raises(KeyInUseError), ExitStack() as stack:
            stack.enter_context(claims.claim(ONCE))
    with claims.claim(ONCE) as earlier:
        assert earlier == "ing_1"
    with pytest.raises(KeyReusedError), ExitStack() as stack:
        stack.enter_context(claims.claim(OTHER))


async def test_a_start_that_fails_leaves_its_key_as_good_as_new(store: Store) -> None:
    claims = Starts(store)
    with pytest.raises(LimitError), claims.claim(ONCE):
        raise LimitError("as many as may be")
    with claims.claim(OTHER) as earlier:
        assert earlier is None


async def begin(engine: JobEngine, once: Once) -> str:
    with engine.starts.claim(once) as earlier:
        if earlier is not None:
            return earlier
        job = await engine.start_ingest(session_id="s", source=source("stream"), profile="fluid", once=once)
    return job.job_id


async def test_the_next_agent_knows_what_a_key_began(tmp_path: Path) -> None:
    first = new_engine(settings_for(tmp_path, max_jobs=1))
    await first.start()
    job_id = await begin(first, ONCE)
    assert await begin(first, ONCE) == job_id
    with pytest.raises(LimitError):
        await begin(first, Once("b", "1"))
    await first.close()
    second = new_engine(settings_for(tmp_path, max_jobs=1))
    await second.start()
    try:
        assert await begin(second, ONCE) == job_id, "also where the job has ended"
        assert second.counts() == (0, 0)
        assert await begin(second, Once("b", "1")) != job_id, "it was refused before"
    finally:
        await second.close()


async def test_a_start_that_cannot_be_put_on_record_may_be_tried_again(tmp_path: Path) -> None:
    engine = new_engine(settings_for(tmp_path))
    await engine.start()
    try:
        other = sqlite3.connect(tmp_path / schema.FILE_NAME, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError):
            await begin(engine, ONCE)
        other.execute("ROLLBACK")
        other.close()
        async with asyncio.timeout(20):
            job_id = await begin(engine, OTHER)
        assert [job.job_id for job in engine.jobs()] == [job_id]
    finally:
        await engine.close()
