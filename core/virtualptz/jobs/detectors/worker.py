"""Keeps one detector's worker running for as long as a job wants it."""

import asyncio
import logging
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic
from typing import Protocol

from ...backoff import Backoff
from ...redact import mask
from ...waiting import first_of
from ...wire.detector import DetectorState
from ..children.appetite import Appetite
from ..children.footprint import resident_of
from ..children.processes import describe_exit
from ..status import DetectorStatus, LossReason
from ..supervision.timing import Timing
from .breaker import Breaker
from .process import WorkerProcess, WorkerStarter

logger = logging.getLogger(__name__)

CANNOT_WORK, HANGS = 2, 70
"""Exit codes of a worker whose options cannot work, and of one that knows of itself that it hangs."""


class Watched(Protocol):
    """A job that the worker is there for."""

    @property
    def job_id(self) -> str: ...

    @property
    def streaming(self) -> bool:
        """Whether there are pictures to see anything in."""


class DetectorWorker:
    """Starts the process, watches it, and starts another where it goes without being asked, hangs or takes
    too much memory; after a pause, where that happens all the time.

    It hangs where its jobs stream and none of them hears of it for `hang_seconds`.
    """

    def __init__(
        self,
        name: str,
        starter: WorkerStarter,
        jobs: Callable[[], Sequence[Watched]],
        timing: Timing,
        hang_seconds: float,
        memory_megabytes: float,
    ) -> None:
        self.name = name
        self.losses: Counter[LossReason] = Counter()
        """Processes lost without being asked to go, so far."""
        self._starter = starter
        self._jobs = jobs
        self._timing = timing
        self._hang_seconds = hang_seconds
        self._appetite = Appetite("RUNNER_DETECTOR_MEMORY_MB", memory_megabytes, timing.appetite)
        self._backoff = Backoff()
        self._breaker = Breaker()
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
        return DetectorStatus(self.name, state, self._problem, self._backoff.next_in)

    @property
    def running(self) -> bool:
        return self._state == "running"

    @property
    def memory_bytes(self) -> int | None:
        """Of the process and all that it started; None: there is none."""
        return self._appetite.taken

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
            self._backoff.trying()
            await self._live_once()
            await first_of(self._stop_asked.wait(), self._hurry.wait(), timeout=self._delay)

    async def _live_once(self) -> None:
        try:
            worker = await self._starter.start(self.name)
        except OSError as error:
            self._lose("not_started", f"its worker cannot be started: {error.strerror}")
            return
        self._mark, self._live_since = worker.mark, None
        self._served.clear()
        try:
            await self._attend(worker)
        finally:
            self._mark = ""
            await worker.bury()
            self._appetite.forget()

    async def _attend(self, worker: WorkerProcess) -> None:
        """Until the process has gone."""
        process = worker.process
        too_much = self._appetite.exceeded(partial(resident_of, worker.family))
        await first_of(process.wait(), self._stop_asked.wait(), self._silence(), too_much)
        if self._stop_asked.is_set():
            process.send(signal.SIGTERM)
            if not await process.wait(self._timing.terminate):
                logger.warning("detector %s: process %d is deaf, killing it", self.name, process.pid)
        elif process.exited.done():
            await self._explain(worker, process.exited.result())
        elif self._appetite.is_over:
            process.send(signal.SIGKILL)
            self._lose("memory", f"its worker took {self._appetite}")
        else:
            said = await self._last_words(worker)
            process.send(signal.SIGABRT)
            await process.wait(self._timing.abort)
            silence = f"its worker told nothing for {self._patience:g} s while its jobs streamed"
            self._lose("hung", silence + said)

    async def _silence(self) -> None:
        """Returns when the worker has been silent for too long. Counted in ticks, as with a job's process."""
        timing, silent, streamed = self._timing, 0.0, True
        self._heard = False
        while silent < self._patience:
            await asyncio.sleep(timing.tick)
            streams = any(job.streaming for job in self._jobs())
            if self._heard or not streams:
                silent = 0.0
            else:
                silent += timing.tick if streamed else -timing.catch_up
            self._heard, streamed = False, streams

    @property
    def _patience(self) -> float:
        first = max(self._timing.first_update, self._hang_seconds)
        return first if self._live_since is None else self._hang_seconds

    async def _explain(self, worker: WorkerProcess, code: int | None) -> None:
        said = await self._last_words(worker) if code and code > 0 else ""
        if code == CANNOT_WORK:
            self._lose("unusable", said.removeprefix(": ") or "its options cannot work")
        else:
            self._lose("hung" if code == HANGS else "died", describe_exit(code, "its worker") + said)

    async def _last_words(self, worker: WorkerProcess) -> str:
        """Behind a colon, where there are any."""
        said = await worker.last_line()
        return f": {said}" if said else ""

    def _lose(self, reason: LossReason, problem: str) -> None:
        worked = 0.0 if self._live_since is None else monotonic() - self._live_since
        self._live_since = None
        self.losses[reason] += 1
        if self._breaker.lost(worked):
            problem = f"paused, since it was lost too often, the last time so: {problem}"
        pauses = self._breaker.is_open or reason == "unusable"
        self._backoff.worked_for(worked)
        self._delay = self._backoff.failed(pause=self._timing.unusable if pauses else None)
        self._state, self._problem = "failed" if pauses else "restarting", mask(problem)
        self._hurry.clear()  # what was asked for while there was a process
        logger.warning("detector %s: %s; next start in %.1f s", self.name, self._problem, self._delay)
