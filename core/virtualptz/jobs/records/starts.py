"""Starts that a client may ask for again without starting anything twice: by the key that it gave them.

Which job a key began is on record with the job itself, in one write: no crash can come between them.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ...errors import KeyInUseError, KeyReusedError
from ..status import Once
from .schema import moment

KEPT = timedelta(hours=24)
MOST = 10_000
"""More than that in a day are forgotten before their time, the oldest first."""
SAVE = "INSERT OR REPLACE INTO starts VALUES (?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Start:
    """What a key was used for."""

    once: Once
    job_id: str
    at: datetime

    def is_over(self, now: datetime) -> bool:
        return now - self.at > KEPT


class StartTable:
    """The table of one connection; used by the thread that owns it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def write(self, changes: Mapping[str, Start | None]) -> None:
        """By key; None: forget it. For a transaction that the caller begins and ends."""
        kept = [_row(start) for start in changes.values() if start is not None]
        gone = [(key,) for key, start in changes.items() if start is None]
        self._connection.executemany(SAVE, kept)
        self._connection.executemany("DELETE FROM starts WHERE key = ?", gone)

    def load(self) -> list[Start]:
        """Oldest first, those that are over among them. Raises ValueError."""
        rows = self._connection.execute("SELECT * FROM starts ORDER BY started_at, rowid")
        return [Start(Once(key, digest), job_id, moment(at)) for key, digest, job_id, at in rows]


class KnownStarts:
    """As they were last told, and what of that is not written yet. Not locked: its owner does that."""

    def __init__(self) -> None:
        self._known: dict[str, Start] = {}
        self._waiting: dict[str, Start | None] = {}

    def find(self, key: str) -> Start | None:
        start = self._known.get(key)
        return None if start is None or start.is_over(datetime.now(UTC)) else start

    def put(self, start: Start) -> None:
        self._known.pop(start.once.key, None)
        self._known[start.once.key] = self._waiting[start.once.key] = start
        now, surplus = datetime.now(UTC), len(self._known) - MOST
        old = [key for at, (key, each) in enumerate(self._known.items()) if at < surplus or each.is_over(now)]
        for key in old:
            self.drop(key)

    def drop(self, key: str) -> None:
        self._known.pop(key, None)
        self._waiting[key] = None

    def take(self) -> dict[str, Start | None]:
        """What is to be written now; `give_back` it where it could not be."""
        batch, self._waiting = self._waiting, {}
        return batch

    def give_back(self, batch: Mapping[str, Start | None]) -> None:
        self._waiting = {**batch, **self._waiting}

    def found(self, starts: Iterable[Start]) -> None:
        """In a file that is opened: it gets all that is known, whatever file it is."""
        there = {start.once.key: start for start in starts}
        dropped = {key for key, start in self._waiting.items() if start is None}
        self._waiting = {**self._known, **self._waiting}
        news = {key: start for key, start in there.items() if key not in self._known.keys() | dropped}
        self._known = {**news, **self._known}


class Known(Protocol):
    """The part of the store that is asked here."""

    def started(self, key: str) -> Start | None: ...


class Starts:
    """Which start a key stands for; belongs to the event loop."""

    def __init__(self, store: Known) -> None:
        self._store = store
        self._under_way: set[str] = set()

    @contextmanager
    def claim(self, once: Once) -> Iterator[str | None]:
        """The job that was begun with it, or None: then the block may begin one, and nobody else meanwhile.

        Raises KeyInUseError, KeyReusedError.
        """
        if once.key in self._under_way:
            raise KeyInUseError("a request with this Idempotency-Key is under way: ask again in a second")
        start = self._store.started(once.key)
        if start is not None:
            if start.once != once:
                raise KeyReusedError("this Idempotency-Key was used for another request: make a new one")
            yield start.job_id
            return
        self._under_way.add(once.key)
        try:
            yield None
        finally:
            self._under_way.discard(once.key)


def _row(start: Start) -> tuple[str, str, str, str]:
    at = start.at.astimezone(UTC).isoformat(timespec="microseconds")
    return start.once.key, start.once.digest, start.job_id, at
