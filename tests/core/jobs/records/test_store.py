import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from virtualptz.errors import StoreError
from virtualptz.jobs.records.database import Database
from virtualptz.jobs.records.starts import Start
from virtualptz.jobs.records.store import JobRecord, Store
from virtualptz.jobs.status import Once
from virtualptz.model import JobSpec
from virtualptz.wire.view import ViewValue

WHEN = datetime(2026, 3, 1, tzinfo=UTC)


def record(job_id: str = "ing_1", age: float = 0.0) -> JobRecord:
    spec = JobSpec(job_id=job_id, kind="ingest", source="rtsp://user:pass@camera/1")
    return JobRecord(spec, WHEN - timedelta(seconds=age))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jobs.sqlite3"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    store = Store(path, busy_seconds=0.1, check_seconds=0.0)
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


async def test_a_flush_that_fails_for_no_reason_of_the_disk_is_not_the_last(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Database, "write", lambda *_: None / 0)  # type: ignore[operator]
        store.save_soon(record("ing_1"))
        await store.surplus(1)
    assert "the job store cannot be written" in caplog.text
    store.save_soon(record("ing_2"))
    await store.surplus(1)
    with closing(sqlite3.connect(path)) as other:
        rows = other.execute("SELECT job_id FROM jobs ORDER BY job_id").fetchall()
    assert rows == [("ing_1",), ("ing_2",)]


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
        database.execute("DROP TABLE starts")
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


async def test_the_store_of_a_newer_version_is_set_aside_untouched(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    store = Store(path)
    assert await store.open() == []
    await store.save(record())
    assert await reopened(store, path) == [record()]
    (aside,) = path.parent.glob("*.newer-*")
    assert aside.read_bytes() == before


async def test_a_store_that_cannot_be_opened_is_opened_when_it_can_be(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.mkdir()
    store = Store(path)
    assert await store.open() == []
    assert await store.tend() == []
    assert "unable to open" in str(store.trouble)
    assert not await store.note(record())
    with pytest.raises(StoreError, match="unable to open"):
        await store.surplus(1)
    path.rmdir()
    assert await store.tend() == []
    assert store.trouble is None
    assert [each.levelname for each in caplog.records] == ["ERROR", "WARNING"]
    assert await reopened(store, path) == [record()]


async def test_what_was_in_a_store_that_was_locked_comes_to_light(store: Store, path: Path) -> None:
    await store.save(record("ing_1"), record("ing_2"))
    await store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        late = Store(path, busy_seconds=0.1)
        assert await late.open() == []
        assert "locked" in str(late.trouble)
        assert not await late.note(replace(record("ing_2"), restart_count=7))
        assert await late.tend() == []
        other.execute("ROLLBACK")
    assert await late.tend() == [record("ing_1")]
    found = await reopened(late, path)
    assert {each.spec.job_id: each.restart_count for each in found} == {"ing_1": 0, "ing_2": 7}


async def test_damage_while_it_runs_costs_neither_jobs_nor_presets(
    store: Store, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await store.save(record("ing_1"))
    await store.use(lambda database: database.presets.keep("camera", "left", ViewValue(zoom=2)))
    await store.save(record("ing_2"))
    for part in (path, path.with_name(path.name + "-wal")):
        with part.open("r+b") as file:
            file.write(b"\xff" * part.stat().st_size)
    await store.save(record("ing_3"))  # it works by what it remembers
    await store.tend()
    assert "set aside" in caplog.text
    assert store.trouble is None
    kept = await store.use(lambda database: database.presets.of("camera"))
    assert [(preset.name, preset.view.zoom) for preset in kept] == [("left", 2.0)]
    assert {each.spec.job_id for each in await reopened(store, path)} == {"ing_1", "ing_2", "ing_3"}


async def test_a_store_that_is_taken_away_is_made_anew(store: Store, path: Path) -> None:
    await store.save(record("ing_1"), record("ing_2"))
    store.forget(["ing_2"])
    await store.use(lambda database: database.presets.keep("camera", "left", ViewValue()))
    for part in path.parent.iterdir():
        part.unlink()
    assert await store.tend() == []
    assert await store.tend() == []
    assert store.trouble is None
    assert len(await store.use(lambda database: database.presets.of("camera"))) == 1
    assert [each.spec.job_id for each in await reopened(store, path)] == ["ing_1"]


@pytest.mark.parametrize("harm", ["head", "page", "cut", "empty", "journal"])
async def test_presets_outlive_a_damaged_store(store: Store, path: Path, harm: str) -> None:
    await store.save(*(record(f"ing_{number}") for number in range(200)))
    await store.use(lambda database: database.presets.keep("camera", "left", ViewValue(zoom=2)))
    wal = path.with_name(path.name + "-wal")
    journal = wal.read_bytes()
    await store.close()
    content = bytearray(path.read_bytes())
    middle = len(content) // 8192 * 4096
    match harm:
        case "head":
            content[:100] = b"\0" * 100
        case "page":
            content[middle : middle + 4096] = bytes(255 - byte for byte in content[middle : middle + 4096])
        case "cut":
            del content[middle + 100 :]
        case "empty":
            content.clear()
        case "journal":
            wal.write_bytes(journal[:5000] + b"\0" * 5000)
    path.write_bytes(bytes(content))
    again = Store(path)
    found = await again.open()
    assert again.trouble is None
    assert len(found) in (0, 200)
    assert len(await again.use(lambda database: database.presets.of("camera"))) == 1
    await again.save(record())
    await again.close()


async def test_the_copy_of_the_presets_is_private_and_a_bad_one_is_no_hindrance(
    store: Store, path: Path
) -> None:
    await store.use(lambda database: database.presets.keep("camera", "left", ViewValue()))
    copy = path.with_name("presets.json")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    await store.close()
    copy.write_bytes(b"[[1]]")
    path.unlink()
    again = Store(path)
    assert await again.open() == []
    assert await again.use(lambda database: database.presets.of("camera")) == ()
    await again.close()


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
    store.forget(["ing_0", "ing_1"])
    assert await store.surplus(2) == ["ing_2"]


async def test_a_clock_that_was_set_back_makes_no_new_job_surplus(store: Store, path: Path) -> None:
    await store.save(
        *(replace(record(f"ing_{number}"), state="stopped", wanted=False) for number in range(2))
    )
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(
            "UPDATE jobs SET updated_at = ?", ((datetime.now(UTC) + timedelta(hours=1)).isoformat(),)
        )
    for number in (3, 4):
        await store.save(replace(record(f"ing_{number}"), state="stopped", wanted=False))
    assert await store.surplus(2) == ["ing_1", "ing_0"]
    assert await store.surplus(1) == ["ing_3", "ing_1", "ing_0"]


async def test_a_forgotten_record_does_not_come_back(store: Store, path: Path) -> None:
    store.save_soon(record())
    store.forget(["ing_1"])
    assert await reopened(store, path) == []


CELLS = {
    "no time": "jobs SET created_at = 'then'",
    "never zone": "jobs SET updated_at = '2026-03-01T00:00:00'",
    "no order": "jobs SET updated_at = 'x'",
    "no text": "jobs SET created_at = CAST(x'ff32' AS TEXT)",
    "no name": "jobs SET job_id = CAST(x'ff' AS TEXT)",
    "no secret": "jobs SET spec = CAST(x'ff' || spec AS TEXT)",
    "no preset": "presets SET zoom = -1",
    "no preset's text": "presets SET name = CAST(x'ff' AS TEXT)",
    "no start": "starts SET started_at = ''",
}


def harm(path: Path, cell: str) -> None:
    """What quick_check does not see."""
    with closing(sqlite3.connect(path)) as other, other:
        assert other.execute(f"UPDATE {CELLS[cell]}").rowcount == 1
        assert other.execute("PRAGMA quick_check").fetchone() == ("ok",)


async def fill(store: Store) -> None:
    await store.save(record(), start=Start(Once("key", "digest"), "ing_1", datetime.now(UTC)))
    await store.use(lambda database: database.presets.keep("camera", "left", ViewValue(zoom=2)))


@pytest.mark.parametrize("cell", CELLS)
async def test_a_store_with_a_cell_that_makes_no_sense_is_set_aside_at_the_start(
    store: Store, path: Path, cell: str, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(store)
    await store.close()
    harm(path, cell)
    again = Store(path)
    assert await again.open() == []
    assert again.trouble is None
    assert len(await again.use(lambda database: database.presets.of("camera"))) == 1
    await again.save(record("ing_2"))
    assert await reopened(again, path) == [record("ing_2")]
    assert len(list(path.parent.glob("*.damaged-*"))) == 1
    assert "pass" not in caplog.text


@pytest.mark.parametrize("cell", CELLS)
async def test_a_running_agent_makes_it_anew_of_what_it_knows(store: Store, path: Path, cell: str) -> None:
    await fill(store)
    harm(path, cell)
    await store.note(record("ing_2"))
    await store.tend()
    assert store.trouble is None
    assert len(list(path.parent.glob("*.damaged-*"))) == 1
    assert {each.spec.job_id for each in await reopened(store, path)} == {"ing_1", "ing_2"}
