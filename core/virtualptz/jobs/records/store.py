"""Which jobs there are and which are meant to run: SQLite, written before anything is done.

The agent outlives its store: what cannot be written is kept, and written when that is possible again.
"""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TypeVar

from ...errors import StoreError
from .database import Database, JobRecord
from .presets_copy import PresetsCopy
from .starts import KnownStarts, Start

__all__ = ["JobRecord", "Store"]

logger = logging.getLogger(__name__)

T = TypeVar("T")
PASSING = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
"""The file itself is as it should be."""
ADVICE = {
    sqlite3.SQLITE_FULL: ": make room on the disk of the state folder",
    sqlite3.SQLITE_BUSY: ": another program holds it, end that",
    sqlite3.SQLITE_READONLY: ": make it writable for the agent's user",
}


class Store:
    """The database behind one named thread, so that the event loop never waits for a disk.

    A fault is logged once, where it begins, and once where it is over; `trouble` says it meanwhile.
    """

    def __init__(self, path: Path, busy_seconds: float = 2.0, check_seconds: float = 30.0) -> None:
        """`busy_seconds`: how long to wait for another program that looks into the file.

        `check_seconds`: how often `tend` reads all of it, since a connection does not see what becomes of
        pages that it remembers.
        """
        self._path = path
        self._busy_seconds = busy_seconds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="virtualptz-store")
        self._database: Database | None = None
        self._lock = threading.Lock()
        self._known: dict[str, JobRecord] = {}
        """As they were last told, written or not: a store that is lost is made anew of them."""
        self._waiting: dict[str, JobRecord | None] = {}
        """None: to be forgotten."""
        self._starts = KnownStarts()
        self._presets = PresetsCopy(path.with_name("presets.json"))
        self._flush_is_due = False
        self._passing = False
        self._check_seconds = check_seconds
        self._checked_at = 0.0
        self.trouble: str | None = None
        """Why nothing can be written at the moment."""

    async def open(self) -> list[JobRecord]:
        """All jobs, oldest first; none where the store cannot be used now: `tend()` brings them then."""
        return await self._run(self._try_open)

    async def save(self, *records: JobRecord, start: Start | None = None) -> None:
        """Durable when it returns. Raises StoreError; the records are written with the next ones then.

        `start`: the key with which one of them was begun.
        """
        self._put({record.spec.job_id: record for record in records}, start)
        await self._work(self._flush)

    def started(self, key: str) -> Start | None:
        """What was begun with this key within the last day."""
        with self._lock:
            return self._starts.find(key)

    def withdraw(self, start: Start) -> None:
        """It came to nothing: written with what is written next."""
        with self._lock:
            self._starts.drop(start.once.key)

    async def note(self, *records: JobRecord) -> bool:
        """As `save`, for what has happened anyhow: False where it is not durable yet.

        Nobody waits for a store that is known to be in trouble: `tend` writes it.
        """
        if self.trouble is not None:
            self._put({record.spec.job_id: record for record in records})
            return False
        try:
            await self.save(*records)
        except StoreError:
            return False
        return True

    def save_soon(self, record: JobRecord) -> None:
        """Of many in quick succession only the last is written."""
        self._put_soon({record.spec.job_id: record})

    def forget(self, job_ids: Iterable[str]) -> None:
        """Soon."""
        self._put_soon(dict.fromkeys(job_ids))

    async def use(self, work: Callable[[Database], T]) -> T:
        """What `work` does with the database, in the store's thread. Raises StoreError."""
        return await self._work(lambda: self._used(work))

    async def surplus(self, keep: int) -> list[str]:
        """The oldest ended jobs beyond the newest `keep`; `forget()` them when their folders are gone.

        Raises StoreError.
        """
        return await self._work(lambda: self._opened().surplus(keep))

    async def tend(self) -> list[JobRecord]:
        """Mend what can be mended; jobs of which the agent did not know. To be called now and then."""
        return await self._run(self._mend)

    async def close(self) -> None:
        if self._database is not None:
            await self._run(self._finish)
        self._thread.shutdown(wait=False)

    def _put(self, changes: Mapping[str, JobRecord | None], start: Start | None = None) -> None:
        with self._lock:
            self._waiting.update(changes)
            if start is not None:
                self._starts.put(start)
            for job_id, record in changes.items():
                if record is None:
                    self._known.pop(job_id, None)
                else:
                    self._known[job_id] = record

    def _put_soon(self, changes: Mapping[str, JobRecord | None]) -> None:
        self._put(changes)
        if self.trouble is not None:
            # `tend` writes it.
            return
        with self._lock:
            is_due, self._flush_is_due = self._flush_is_due, True
        if not is_due:
            self._thread.submit(self._flush_soon).add_done_callback(_log_what_is_no_fault_of_the_disk)

    async def _work(self, work: Callable[[], T]) -> T:
        try:
            return await self._run(work)
        except sqlite3.Error as error:
            raise StoreError(_sentence(error)) from error

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    # From here on: the store's thread.

    def _opened(self) -> Database:
        if self._database is None:
            raise StoreError(self.trouble or "the job store is closed")
        return self._database

    def _try_open(self) -> list[JobRecord]:
        try:
            return self._open()
        except (sqlite3.Error, OSError) as error:
            self._fell_ill(error)
            return []

    def _open(self) -> list[JobRecord]:
        """What is in it and was not known."""
        self._database = database = Database(self._path, self._busy_seconds)
        self._checked_at = monotonic()
        found = database.load()
        with self._lock:
            news = [each for each in found if each.spec.job_id not in self._known | self._waiting]
            # Whatever file this is, it gets all that is known.
            self._waiting = {**self._known, **self._waiting}
            self._known.update({each.spec.job_id: each for each in news})
            self._starts.found(database.starts.load())
        self._restore_presets(database)
        return news

    def _restore_presets(self, database: Database) -> None:
        copy = self._presets.rows or self._presets.read()
        if copy and not database.presets.rows():
            database.presets.restore(copy)
            logger.warning("%d presets were taken from %s", len(copy), self._presets.path)
        self._copy_presets(database)

    def _copy_presets(self, database: Database) -> None:
        try:
            self._presets.write(database.presets.rows())
        except OSError as error:
            self._fell_ill(error)

    def _flush_soon(self) -> None:
        with self._lock:
            self._flush_is_due = False
        self._flush()

    def _flush(self) -> None:
        """All writes go this way: what waits is always the newest, so none can overtake another."""
        with self._lock:
            batch, self._waiting = self._waiting, {}
            starts = self._starts.take()
        try:
            records = [record for record in batch.values() if record is not None]
            forgotten = [job_id for job_id, record in batch.items() if record is None]
            self._opened().write(records, forgotten, starts)
        except BaseException as error:
            with self._lock:
                self._waiting = {**batch, **self._waiting}
                self._starts.give_back(starts)
            if isinstance(error, sqlite3.Error):
                self._fell_ill(error)
            raise

    def _used(self, work: Callable[[Database], T]) -> T:
        database = self._opened()
        try:
            done = work(database)
        except sqlite3.Error as error:
            self._fell_ill(error)
            raise
        self._copy_presets(database)
        return done

    def _mend(self) -> list[JobRecord]:
        database, news = self._database, []
        lasts = database is not None and database.is_there
        if lasts and self.trouble is None and self._is_whole():
            return []
        before = self.trouble
        try:
            if database is None or not lasts or not self._passing:
                self._shut()
                news = self._open()
            self._opened().probe()
            self._flush()
            self._presets.write(self._opened().presets.rows())
        except (sqlite3.Error, OSError) as error:
            self._fell_ill(error)
            return news
        self.trouble = None
        if before is not None:
            logger.warning("the job store is written again; nothing is missing in it")
        return news

    def _is_whole(self) -> bool:
        now = monotonic()
        if self._database is None or now - self._checked_at < self._check_seconds:
            return True
        self._checked_at = now
        try:
            self._database.check()
        except sqlite3.Error as error:
            self._fell_ill(error)
            return False
        return True

    def _fell_ill(self, error: sqlite3.Error | OSError) -> None:
        begins, self.trouble = self.trouble is None, _sentence(error)
        self._passing = getattr(error, "sqlite_errorcode", 0) & 0xFF in PASSING
        if begins:
            logger.error("%s; what is on air goes on, and this is tried again all the time", self.trouble)

    def _finish(self) -> None:
        with suppress(sqlite3.Error):
            self._flush()
        self._shut()

    def _shut(self) -> None:
        database, self._database = self._database, None
        if database is not None:
            database.close()


def _sentence(error: sqlite3.Error | OSError) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return f"the job store cannot be written: {error}{ADVICE.get(code, '')}"


def _log_what_is_no_fault_of_the_disk(done: Future[None]) -> None:
    error = done.exception()
    if error is not None and not isinstance(error, (sqlite3.Error, StoreError)):
        logger.error("the job store cannot be written", exc_info=error)
