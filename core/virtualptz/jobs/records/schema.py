"""The SQLite file's tables, and how an older version's file becomes this one's."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

JOBS = """
CREATE TABLE jobs (
    job_id TEXT PRIMARY KEY,
    spec TEXT NOT NULL,
    wanted INTEGER NOT NULL,
    state TEXT NOT NULL,
    restart_count INTEGER NOT NULL,
    last_error TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT
"""
PRESETS = """
CREATE TABLE presets (
    camera TEXT NOT NULL,
    name TEXT NOT NULL,
    center_x REAL NOT NULL,
    center_y REAL NOT NULL,
    zoom REAL NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (camera, name)
) STRICT
"""
STARTS = """
CREATE TABLE starts (
    key TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    job_id TEXT NOT NULL,
    started_at TEXT NOT NULL
) STRICT
"""
STEPS = (JOBS, PRESETS, STARTS)
"""The n-th makes a file of version n - 1 one of version n. What was released is never changed."""
TABLES = ("jobs", "presets", "starts")
FILE_NAME = "jobs.sqlite3"
DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class UnusableError(sqlite3.DatabaseError):
    """Waiting does not make this file usable: it has to be set aside. `why` is a word for its new name."""

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why


def unusable(error: sqlite3.Error) -> UnusableError | None:
    """What is wrong with the file for good; None where it may be another time (locked, no room)."""
    if isinstance(error, UnusableError):
        return error
    # Of an extended code, the low byte is the primary one.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return UnusableError("damaged", str(error)) if code in DAMAGE else None


@contextmanager
def cells() -> Iterator[None]:
    """For what reads them: quick_check finds a file sound whose texts are none. Raises UnusableError."""
    try:
        yield
    except ValueError as error:
        raise UnusableError("damaged", "a cell holds what was never written there") from error
    except sqlite3.OperationalError as error:
        # Not the error's own text: it quotes the cell, which may hold passwords.
        if not str(error).startswith("Could not decode"):
            raise
        raise UnusableError("damaged", "a cell is no text") from None


def moment(text: str) -> datetime:
    """A time as it stands in a cell. Raises ValueError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no time zone")
    return at


def connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """The file, made or brought up to date. Raises UnusableError, else sqlite3.Error or OSError."""
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=busy_seconds)
    try:
        _refuse_newer(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # The addresses of ended jobs, passwords in them, are overwritten.
        connection.execute("PRAGMA secure_delete = ON")
        check(connection)
        _bring_up_to_date(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def version_of(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check(connection: sqlite3.Connection) -> None:
    """Read all of it. Raises UnusableError."""
    answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if answer != "ok":
        raise UnusableError("damaged", answer)


def _refuse_newer(connection: sqlite3.Connection) -> None:
    """Before anything of it is changed."""
    version = version_of(connection)
    if version > len(STEPS):
        raise UnusableError("newer", f"version {version}, and this agent knows {len(STEPS)}")


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    version = version_of(connection)
    for number, step in enumerate(STEPS[version:], version + 1):
        with connection:
            connection.execute("BEGIN")
            connection.execute(step)
            connection.execute(f"PRAGMA user_version = {number}")
    there = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for table in TABLES:
        if table not in there:
            raise UnusableError("damaged", f"it has no table of {table}")


def look_into(path: Path) -> None:
    """Without changing anything, also where an agent uses it. Raises UnusableError ("damaged", "newer", or
    "unreadable" where that may pass)."""
    # A file that nobody has open has no journal, and to read one that is there needs its lock.
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)) as connection:
            _refuse_newer(connection)
            check(connection)
    except sqlite3.Error as error:
        raise unusable(error) or UnusableError("unreadable", str(error)) from error


def set_aside(path: Path, why: str) -> Path:
    """Rename a database and its journal, so that nothing of it is lost and nothing of it is read."""
    mark = f"{why}-{datetime.now(UTC).strftime('%Y%m%dT%H%M%S.%f')}"
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(path.with_name(f"{path.name}.{mark}{suffix}"))
    return path.with_name(f"{path.name}.{mark}")


def those_set_aside(folder: Path) -> list[Path]:
    """The databases that were set aside in this folder, the oldest first."""
    found = (each for why in ("damaged", "newer") for each in folder.glob(f"{FILE_NAME}.{why}-*"))
    return sorted(each for each in found if not each.name.endswith(("-wal", "-shm")))
