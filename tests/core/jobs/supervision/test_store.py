import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from virtualptz.errors import ConfigError, StoreError
from virtualptz.jobs.messages import ViewValue
from virtualptz.jobs.supervision.store import JobRecord, Store
from virtualptz.model import JobSpec

WHEN = datetime(2026, 3, 1, tzinfo=UTC)


def record(job_id: str = "ing_1", age: float = 0.0) -> JobRecord:
    spec = JobSpec(job_id=job_id, kind="ingest", source="rtsp://user:pass@camera/1")
    return JobRecord(spec, WHEN - timedelta(seconds=age))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jobs.sqlite3"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    store = Store(path, busy_seconds=0.1)
    await store.open()
    yield store
    await store.close()


async def reopened(store: Store, path: Path) -> list[JobRecord]:
    await store.close()
    again = Store(path)
    try:
        return await again.open()
    finally:
        await again.close()


async def test_records_outlive_the_agent(store: Store, path: Path) -> None:
    first, second = record("ing_1"), record("prv_2", age=5)
    await store.save(first)
    await store.save(second)
    changed = replace(first, wanted=False, state="failed", restart_count=3, last_error="why")
    await store.save(changed)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert await reopened(store, path) == [second, changed]


async def test_of_many_changes_the_last_is_kept_in_whatever_way_it_came(store: Store, path: Path) -> None:
    for count in range(50):
        store.save_soon(replace(record(), restart_count=count))
    await store.save(replace(record(), restart_count=50))
    store.save_soon(replace(record(), restart_count=51))
    assert [each.restart_count for each in await reopened(store, path)] == [51]


async def test_a_failed_write_is_an_error_and_made_good_by_the_next(
    store: Store, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"):
        await store.save(record("ing_1"))
    store.save_soon(record("ing_2"))
    other.execute("ROLLBACK")
    other.close()
    await store.save(record("ing_3"))
    assert {each.spec.job_id for each in await reopened(store, path)} == {"ing_1", "ing_2", "ing_3"}


@pytest.mark.parametrize("content", [b"garbage" * 500, b"SQLite format 3\0" + b"\xff" * 4000])
async def test_a_damaged_store_is_set_aside(
    path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(content)
    store = Store(path)
    assert await store.open() == []
    await store.save(record())
    assert len(await reopened(store, path)) == 1
    (aside,) = path.parent.glob("*.damaged-*")
    assert aside.read_bytes() == content
    assert "set aside" in caplog.text


async def test_a_store_without_its_table_is_damaged_too(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 1")
    database.close()
    store = Store(path)
    assert await store.open() == []
    await store.save(record())
    await store.close()
    assert len(list(path.parent.glob("*.damaged-*"))) == 1


async def test_the_store_of_an_older_version_is_brought_up_to_date(store: Store, path: Path) -> None:
    await store.save(record())
    await store.close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE presets")
        database.execute("PRAGMA user_version = 1")
        database.commit()
    again = Store(path)
    assert await again.open() == [record()]
    kept = await again.use(lambda database: database.presets.keep("camera", "left", ViewValue(zoom=2)))
    assert [preset.name for preset in kept] == ["left"]
    await again.close()
    assert list(path.parent.glob("*.damaged-*")) == []


async def test_what_cannot_be_read_or_written_is_a_store_error(store: Store, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            await store.use(lambda database: database.presets.keep("camera", "left", ViewValue()))
        other.execute("ROLLBACK")
    assert await store.use(lambda database: database.presets.of("camera")) == ()


async def test_the_store_of_a_newer_version_is_not_touched(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    store = Store(path)
    with pytest.raises(ConfigError, match="newer version"):
        await store.open()
    await store.close()


async def test_a_store_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    store = Store(tmp_path / "folder")
    with pytest.raises(ConfigError):
        await store.open()
    await store.close()


async def test_a_spec_that_cannot_be_read_is_left_out_and_its_password_is_not_logged(
    store: Store, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await store.save(record())
    with sqlite3.connect(path) as database:
        database.execute("""UPDATE jobs SET spec = '{"source": "rtsp://user:pass@camera", "new": 1}'""")
    database.close()
    assert await reopened(store, path) == []
    assert "job ing_1" in caplog.text
    assert "pass" not in caplog.text


async def test_surplus_are_the_jobs_that_ended_first(store: Store, path: Path) -> None:
    for number in range(5):
        await store.save(replace(record(f"ing_{number}"), state="stopped", wanted=False))
    await store.save(record("ing_running", age=100))
    assert await store.surplus(2) == ["ing_2", "ing_1", "ing_0"]
    await store.forget(["ing_0", "ing_1"])
    assert await store.surplus(2) == ["ing_2"]


async def test_a_forgotten_record_does_not_come_back(store: Store, path: Path) -> None:
    store.save_soon(record())
    await store.forget(["ing_1"])
    assert await reopened(store, path) == []
