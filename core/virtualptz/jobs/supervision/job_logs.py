"""What jobs' processes wrote, for whoever asks: the newest lines, or also all that follow."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

from ...errors import LimitError, StoreError
from ...logs import about_job
from ...settings import Settings
from ...waiting import first_of
from ..checks import Checks
from ..children import log_tail
from ..children.log_tail import Place, shown
from .job import Job
from .roster import Roster

logger = logging.getLogger(__name__)

T = TypeVar("T")

LOOK_SECONDS = 0.5
READS_AT_A_TIME = 16
PIECE = 32 << 10
"""Characters that a reader is given at a time."""


class JobLogs:
    """One per agent, on its event loop. A disk that hangs takes threads from nobody but readers of logs."""

    def __init__(self, roster: Roster, settings: Settings) -> None:
        self._roster = roster
        self._most = settings.max_viewers
        self._reads = Checks("the disk of the jobs' logs", READS_AT_A_TIME)
        self._streams: set[LogStream] = set()
        self._ended = False
        roster.readers.append(lambda: len(self._streams))

    def use(self, settings: Settings) -> None:
        self._most = settings.max_viewers

    async def read(self, job_id: str, lines: int) -> str:
        """The newest lines of a job, masked; empty, where it has written none.

        Raises UnknownJobError, LimitError where the disk does not answer, StoreError where it fails.
        """
        path = self._roster.find(job_id).paths.log
        return await self.ask(lambda: shown(log_tail.newest(path, lines)))

    async def follow(self, job_id: str, lines: int) -> "LogStream":
        """The same and what comes from then on, until the job ends; close it with `aclose()`.

        Raises what `read` does, and LimitError over `max_viewers`.
        """
        job = self._roster.find(job_id)
        self._roster.check_viewers(self._most)
        stream = LogStream(self, job)
        self._streams.add(stream)
        try:
            await stream.begin(lines)
        except BaseException:
            stream.close()
            raise
        if self._ended:
            stream.close()
        return stream

    def end(self) -> None:
        """End all streams, and every later one."""
        self._ended = True
        for stream in tuple(self._streams):
            stream.close()

    def leave(self, stream: "LogStream") -> None:
        self._streams.discard(stream)

    async def ask(self, read: Callable[[], T]) -> T:
        """What is read by a thread of its own. Raises LimitError, StoreError."""
        try:
            return await self._reads.run(read)
        except OSError as error:
            raise StoreError(f"the job's log cannot be read: {error.strerror}") from error


class LogStream(AsyncIterator[str]):
    """One reader's. Ends with its job, when all has been told, or with the agent."""

    def __init__(self, logs: JobLogs, job: Job) -> None:
        self._logs = logs
        self._job = job
        self._place = Place()
        self._pieces: deque[str] = deque()
        self._closed = asyncio.Event()
        self._troubled = False

    async def begin(self, lines: int) -> None:
        """Raises LimitError, StoreError."""
        path, ended = self._job.paths.log, not self._job.running
        text, self._place = await self._logs.ask(lambda: _begun(path, lines, ended))
        self._put(text)

    async def __anext__(self) -> str:
        while not self._closed.is_set():
            if self._pieces:
                return self._pieces.popleft()
            await first_of(self._more(), self._closed.wait())
        raise StopAsyncIteration

    def close(self) -> None:
        """End it at once; safe to call twice."""
        if not self._closed.is_set():
            self._closed.set()
            self._pieces.clear()
            self._logs.leave(self)

    async def aclose(self) -> None:
        self.close()

    async def _more(self) -> None:
        """Look once whether there is any; where there is none, wait a little, or it was the end."""
        path, ended, before = self._job.paths.log, not self._job.running, self._place
        try:
            text, self._place = await self._logs.ask(lambda: _gone_on(path, before, ended))
        except (LimitError, StoreError) as error:
            self._complain(error)
        else:
            self._put(text)
        if self._place != before:
            return
        if ended:
            self.close()
            return
        await first_of(self._job.done.wait(), timeout=LOOK_SECONDS)

    def _put(self, text: str) -> None:
        self._pieces.extend(text[at : at + PIECE] for at in range(0, len(text), PIECE))

    def _complain(self, error: LimitError | StoreError) -> None:
        """Once: the reader waits for what may work again."""
        if not self._troubled:
            self._troubled = True
            with about_job(self._job.job_id):
                logger.warning("job %s: its log is not followed for now: %s", self._job.job_id, error)


def _begun(path: Path, lines: int, ended: bool) -> tuple[str, Place]:
    data, place = log_tail.begin(path, lines, ended=ended)
    return shown(data), place


def _gone_on(path: Path, before: Place, ended: bool) -> tuple[str, Place]:
    data, place = log_tail.go_on(path, before, ended=ended)
    return shown(data), place
