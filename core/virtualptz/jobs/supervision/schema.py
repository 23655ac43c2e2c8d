"""The SQLite file's tables, and how an older version's file becomes this one's."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from ...errors import ConfigError

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
STEPS = (JOBS, PRESETS)
"""The n-th makes a file of version n - 1 one of version n. What was released is never changed."""
TABLES = ("jobs", "presets")


def connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """The file, made or brought up to date. Raises ConfigError for a newer version's, else sqlite3.Error."""
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=busy_seconds)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # The addresses of ended jobs, passwords in them, are overwritten.
        connection.execute("PRAGMA secure_delete = ON")
        _check(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if answer != "ok":
        raise sqlite3.DatabaseError(answer)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(STEPS):
        raise ConfigError(f"{path} was written by a newer version of the agent: upgrade, or move it away")
    for number, step in enumerate(STEPS[version:], version + 1):
        with connection:
            connection.execute("BEGIN")
            connection.execute(step)
            connection.execute(f"PRAGMA user_version = {number}")
    there = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for table in TABLES:
        if table not in there:
            raise sqlite3.DatabaseError(f"it has no table of {table}")


def set_aside(path: Path) -> Path:
    """Rename a database and its journal, so that nothing of it is lost and nothing of it is read."""
    mark = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(path.with_name(f"{path.name}.damaged-{mark}{suffix}"))
    return path.with_name(f"{path.name}.damaged-{mark}")
