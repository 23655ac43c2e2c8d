"""Which jobs there are and which are meant to run: SQLite, written before anything is done."""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from ...errors import ConfigError, StoreError
from ...model import JobSpec, JobState
from . import schema
from .presets import PresetTable

logger = logging.getLogger(__name__)

T = TypeVar("T")

SAVE = """
INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (job_id) DO UPDATE SET spec = excluded.spec, wanted = excluded.wanted, state = excluded.state,
    restart_count = excluded.restart_count, last_error = excluded.last_error, updated_at = excluded.updated_at
"""
ENDED = (
    "SELECT job_id FROM jobs WHERE state != 'running' ORDER BY updated_at DESC, rowid DESC LIMIT -1 OFFSET ?"
)


@dataclass(frozen=True, slots=True)
class JobRecord:
    spec: JobSpec
    created_at: datetime
    wanted: bool = True
    state: JobState = "running"
    restart_count: int = 0
    last_error: str | None = None


class Database:
    """The file itself; used by one thread."""

    def __init__(self, path: Path, busy_seconds: float) -> None:
        self.path = path
        self._busy_seconds = busy_seconds
        self._connection = self._open()
        self.presets = PresetTable(self._connection)

    def _open(self) -> sqlite3.Connection:
        try:
            return schema.connect(self.path, self._busy_seconds)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            aside = schema.set_aside(self.path)
            logger.error("the job store is damaged (%s): set aside as %s, a new one is begun", error, aside)  # noqa: TRY400
            return schema.connect(self.path, self._busy_seconds)

    def save(self, records: Sequence[JobRecord]) -> None:
        now = datetime.now(UTC).isoformat()
        with self._connection:
            self._connection.executemany(SAVE, [_row(record, now) for record in records])

    def load(self) -> list[JobRecord]:
        """Oldest first. A record that this version cannot read is logged and left out."""
        rows = self._connection.execute("SELECT * FROM jobs ORDER BY created_at, rowid").fetchall()
        return [record for row in rows if (record := _record(row)) is not None]

    def surplus(self, keep: int) -> list[str]:
        """Ended jobs beyond the newest `keep`."""
        return [str(row[0]) for row in self._connection.execute(ENDED, (keep,))]

    def forget(self, job_ids: Sequence[str]) -> None:
        with self._connection:
            self._connection.executemany("DELETE FROM jobs WHERE job_id = ?", [(each,) for each in job_ids])

    def close(self) -> None:
        self._connection.close()


def _row(record: JobRecord, now: str) -> tuple[str | int | None, ...]:
    return (
        record.spec.job_id,
        record.spec.model_dump_json(),
        int(record.wanted),
        record.state,
        record.restart_count,
        record.last_error,
        record.created_at.isoformat(),
        now,
    )


def _record(row: tuple[str, str, int, JobState, int, str | None, str, str]) -> JobRecord | None:
    job_id, spec, wanted, state, restart_count, last_error, created_at, _ = row
    try:
        parsed = JobSpec.model_validate_json(spec)
    except ValidationError as error:
        # Not the error's own text: it quotes the spec, which holds passwords.
        logger.error("job %s: its stored spec has %d faults; it is left alone", job_id, error.error_count())  # noqa: TRY400
        return None
    return JobRecord(
        parsed, datetime.fromisoformat(created_at), bool(wanted), state, restart_count, last_error
    )


class Store:
    """The database behind one named thread, so that the event loop never waits for a disk."""

    def __init__(self, path: Path, busy_seconds: float = 5.0) -> None:
        """`busy_seconds`: how long to wait for another program that looks into the file."""
        self._path = path
        self._busy_seconds = busy_seconds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="virtualptz-store")
        self._database: Database | None = None
        self._lock = threading.Lock()
        self._waiting: dict[str, JobRecord] = {}

    async def open(self) -> list[JobRecord]:
        """All jobs, oldest first. Raises ConfigError where the store cannot be used."""
        try:
            return await self._run(self._open_and_load)
        except sqlite3.Error as error:
            raise ConfigError(f"{self._path}: {error}") from error

    def _open_and_load(self) -> list[JobRecord]:
        self._database = Database(self._path, self._busy_seconds)
        return self._database.load()

    async def save(self, *records: JobRecord) -> None:
        """Durable when it returns. Raises StoreError; the records are written with the next ones then."""
        self._put(records)
        try:
            await self._run(self._flush)
        except sqlite3.Error as error:
            raise StoreError(f"the job store cannot be written: {error}") from error

    def save_soon(self, record: JobRecord) -> None:
        """Of many in quick succession only the last is written. A failure is logged, and the job goes on."""
        if self._put([record]):
            self._thread.submit(self._flush).add_done_callback(_log_failure)

    def _put(self, records: Sequence[JobRecord]) -> bool:
        """False where others wait already, so that a flush is on its way."""
        with self._lock:
            first = not self._waiting
            self._waiting.update({record.spec.job_id: record for record in records})
        return first

    def _flush(self) -> None:
        """All writes go this way: what waits is always the newest, so none can overtake another."""
        with self._lock:
            batch, self._waiting = self._waiting, {}
        try:
            self._use().save(list(batch.values()))
        except BaseException:
            with self._lock:
                self._waiting = {**batch, **self._waiting}
            raise

    async def use(self, work: Callable[[Database], T]) -> T:
        """What `work` does with the database, in the store's thread. Raises StoreError."""
        try:
            return await self._run(lambda: work(self._use()))
        except sqlite3.Error as error:
            raise StoreError(f"the job store cannot be used: {error}") from error

    async def surplus(self, keep: int) -> list[str]:
        """The oldest ended jobs beyond the newest `keep`; `forget()` them when their folders are gone."""
        return await self._run(lambda: self._use().surplus(keep))

    async def forget(self, job_ids: Sequence[str]) -> None:
        with self._lock:
            for job_id in job_ids:
                self._waiting.pop(job_id, None)
        await self._run(lambda: self._use().forget(job_ids))

    async def close(self) -> None:
        if self._database is not None:
            await self._run(self._database.close)
            self._database = None
        self._thread.shutdown(wait=False)

    def _use(self) -> Database:
        if self._database is None:
            raise StoreError("the job store is closed")
        return self._database

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _log_failure(done: Future[None]) -> None:
    if error := done.exception():
        logger.error("the job store cannot be written: %s", error)
