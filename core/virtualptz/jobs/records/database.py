"""The SQLite file itself: jobs, presets and starts in it. Used by one thread."""

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from ...logs import about_job
from ...model import JobSpec, JobState
from . import schema
from .presets import PresetTable
from .starts import Start, StartTable

logger = logging.getLogger(__name__)

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
    def __init__(self, path: Path, busy_seconds: float) -> None:
        """A file that cannot be used for good is set aside. Raises sqlite3.Error, OSError."""
        self.path = path
        self._busy_seconds = busy_seconds
        self._connection = _open(path, busy_seconds)
        self._inode = path.stat().st_ino
        self.presets = PresetTable(self._connection)
        self.starts = StartTable(self._connection)

    @property
    def is_there(self) -> bool:
        """False where somebody took the file away: what is written goes nowhere."""
        try:
            return self.path.stat().st_ino == self._inode
        except FileNotFoundError:
            return False

    def write(
        self,
        records: Sequence[JobRecord],
        forgotten: Sequence[str] = (),
        starts: Mapping[str, Start | None] | None = None,
    ) -> None:
        """All of it or nothing."""
        now = self._stamp()
        with self._connection:
            self._connection.executemany(SAVE, [_row(record, now) for record in records])
            self._connection.executemany("DELETE FROM jobs WHERE job_id = ?", [(each,) for each in forgotten])
            self.starts.write(starts or {})

    def _stamp(self) -> str:
        """Now, but after all stamps before it: a clock that was set back must not make the newest oldest."""
        now = datetime.now(UTC)
        with schema.cells():
            (newest,) = self._connection.execute("SELECT max(updated_at) FROM jobs").fetchone()
            if newest is not None:
                now = max(now, schema.moment(newest) + timedelta(microseconds=1))
        return now.isoformat()

    def probe(self) -> None:
        """Write, and change nothing. Raises sqlite3.Error."""
        version = schema.version_of(self._connection)
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(f"PRAGMA user_version = {version}")

    def check(self) -> None:
        """Read what is on the disk, not what this connection remembers of it. Raises sqlite3.Error."""
        with closing(sqlite3.connect(self.path, timeout=self._busy_seconds)) as fresh:
            schema.check(fresh)
            _check_cells(fresh)

    def load(self) -> list[JobRecord]:
        """Oldest first. A record that this version cannot read is logged and left out."""
        rows = self._connection.execute("SELECT * FROM jobs ORDER BY created_at, rowid").fetchall()
        return [record for row in rows if (record := _record(row)) is not None]

    def surplus(self, keep: int) -> list[str]:
        """Ended jobs beyond the newest `keep`."""
        return [str(row[0]) for row in self._connection.execute(ENDED, (keep,))]

    def close(self) -> None:
        # What is committed is in the journal; to move it into the file can be left to the next one.
        with suppress(sqlite3.Error):
            self._connection.close()


def _open(path: Path, busy_seconds: float) -> sqlite3.Connection:
    try:
        return _connect(path, busy_seconds)
    except sqlite3.DatabaseError as error:
        fault = schema.unusable(error)
        if fault is None:
            raise
        aside = schema.set_aside(path, fault.why)
        logger.error(  # noqa: TRY400
            "the job store is %s (%s): set aside as %s, a new one is begun; `virtualptz doctor` says more",
            fault.why,
            error,
            aside,
        )
        return schema.connect(path, busy_seconds)


def _connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    connection = schema.connect(path, busy_seconds)
    try:
        _check_cells(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_cells(connection: sqlite3.Connection) -> None:
    """Whether all of it can be understood. Raises UnusableError."""
    with schema.cells():
        for *_, created_at, updated_at in connection.execute("SELECT * FROM jobs"):
            schema.moment(created_at)
            schema.moment(updated_at)
        PresetTable(connection).check()
        StartTable(connection).load()


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
        parsed = JobSpec.of_any_version(spec)
    except ValidationError as error:
        # Not the error's own text: it quotes the spec, which holds passwords.
        faults = error.error_count()
        with about_job(job_id):
            logger.error("job %s: its stored spec has %d faults; it is left alone", job_id, faults)  # noqa: TRY400
        return None
    return JobRecord(parsed, schema.moment(created_at), bool(wanted), state, restart_count, last_error)
