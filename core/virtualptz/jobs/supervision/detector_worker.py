"""Keeps one detector's worker running for as long as a job wants it."""

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Protocol

from ...backoff import Backoff
from ...redact import mask
from ..status import DetectorState, DetectorStatus
from .detector_process import WorkerProcess, WorkerStarter
from .logs import last_line, trim_log
from .processes import describe_exit
from .timing import Timing
from .waiting import first_of

logger = logging.getLogger(__name__)

LOG_CHECK_TICKS = 60
CANNOT_WORK = 2
"""Exit code of a worker whose options cannot work."""


class Watched(Protocol):
    """A job that the worker is there for."""

    @property
    def job_id(self) -> str: ...

    @property
    def streaming(self) -> bool:
        """Whether there are pictures to see anything in."""


class DetectorWorker:
    """Starts the process, watches it, and starts another where it goes without being asked, or hangs.

    It hangs where its jobs stream and none of them hears of it for `hang_seconds`.
    """

    def __init__(
        self,
        name: str,
        starter: WorkerStarter,
        jobs: Callable[[], Sequence[Watched]],
        timing: Timing,
        hang_seconds: float,
    ) -> None:
        self.name = name
        self.restarts = 0
        """Processes lost without being asked to go, so far."""
        self._starter = starter
        self._jobs = jobs
        self._timing = timing
        self._hang_seconds = hang_seconds
        self._backoff = Backoff()
        self._stop_asked = asyncio.Event()
        self._hurry = asyncio.Event()
        self._delay = 0.0
        self._state: DetectorState = "starting"
        self._problem: str | None = None
        self._mark = ""
        self._heard = False
        self._live_since: float | None = None
        self._served: set[str] = set()

    def status_for(self, job_id: str) -> DetectorStatus:
        """How the detector does for one job: `running` where its process has told something of that job."""
        state = self._state
        if state == "running" and job_id not in self._served:
            state = "starting"
        return DetectorStatus(self.name, state, self._problem)

    @property
    def running(self) -> bool:
        return self._state == "running"

    def ask_stop(self) -> None:
        self._stop_asked.set()

    @property
    def stopping(self) -> bool:
        return self._stop_asked.is_set()

    def hurry(self) -> None:
        """Do not wait any longer before the next try: somebody may have put right what was wrong."""
        self._hurry.set()

    def hear(self, job_id: str, mark: str) -> None:
        """An update came for one of its jobs, from the worker of this mark."""
        if mark != self._mark:
            return
        self._heard = True
        self._served.add(job_id)
        if self._live_since is None:
            self._live_since = monotonic()
            self._state, self._problem = "running", None

    async def run(self) -> None:
        """Until it is asked to stop; then nothing of its process is left."""
        while not self._stop_asked.is_set():
            await self._live_once()
            await first_of(self._stop_asked.wait(), self._hurry.wait(), timeout=self._delay)

    async def _live_once(self) -> None:
        try:
            worker = await self._starter.start(self.name)
        except OSError as error:
            self._lose(f"its worker cannot be started: {error.strerror}")
            return
        self._mark, self._live_since = worker.mark, None
        self._served.clear()
        try:
            await self._attend(worker)
        finally:
            self._mark = ""
            await worker.bury()

    async def _attend(self, worker: WorkerProcess) -> None:
        """Until the process has gone."""
        process = worker.process
        await first_of(process.wait(), self._stop_asked.wait(), self._silence(worker))
        if self._stop_asked.is_set():
            process.send(signal.SIGTERM)
            if not await process.wait(self._timing.terminate):
                logger.warning("detector %s: process %d is deaf, killing it", self.name, process.pid)
        elif process.exited.done():
            await self._explain(worker, process.exited.result())
        else:
            process.send(signal.SIGABRT)
            await process.wait(self._timing.abort)
            self._lose(f"its worker told nothing for {self._patience:g} s while its jobs streamed")

    async def _silence(self, worker: WorkerProcess) -> None:
        """Returns when the worker has been silent for too long. Counted in ticks, as with a job's process."""
        timing, silent, ticks, streamed = self._timing, 0.0, 0, True
        self._heard = False
        while silent < self._patience:
            await asyncio.sleep(timing.tick)
            ticks += 1
            streams = any(job.streaming for job in self._jobs())
            if self._heard or not streams:
                silent = 0.0
            else:
                silent += timing.tick if streamed else -timing.catch_up
            self._heard, streamed = False, streams
            if ticks % LOG_CHECK_TICKS == 0:
                await self._trim(worker)

    @property
    def _patience(self) -> float:
        first = max(self._timing.first_update, self._hang_seconds)
        return first if self._live_since is None else self._hang_seconds

    async def _trim(self, worker: WorkerProcess) -> None:
        try:
            await asyncio.to_thread(trim_log, worker.log)
        except OSError as error:
            logger.warning("detector %s: its log cannot be trimmed: %s", self.name, error)

    async def _explain(self, worker: WorkerProcess, code: int | None) -> None:
        said = await asyncio.to_thread(last_line, worker.log, worker.log_begin) if code and code > 0 else ""
        if code == CANNOT_WORK:
            self._lose(said or "its options cannot work", cannot_work=True)
        else:
            self._lose(describe_exit(code, "its worker") + (f": {said}" if said else ""))

    def _lose(self, problem: str, *, cannot_work: bool = False) -> None:
        self._backoff.worked_for(0.0 if self._live_since is None else monotonic() - self._live_since)
        self._delay = self._timing.unusable if cannot_work else self._backoff.failed()
        self._state = "failed" if cannot_work else "restarting"
        self._problem = mask(problem)
        self._live_since = None
        self._hurry.clear()  # what was asked for while there was a process
        self.restarts += 1
        logger.warning("detector %s: %s; next start in %.1f s", self.name, self._problem, self._delay)
