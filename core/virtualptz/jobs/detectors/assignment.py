"""The detectors that the agent runs itself: which job has which, and one worker for all jobs of each."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from ...errors import ConfigError
from ...settings import Settings
from ..status import NO_DETECTOR, DetectorStatus, LossReason, WorkerStatus
from ..supervision.job import Job
from ..supervision.roster import Roster
from ..supervision.timing import Timing
from .process import WorkerStarter
from .worker import DetectorWorker

logger = logging.getLogger(__name__)

AUTO = "auto"


class Sources(Protocol):
    """The tracking sources that plug-ins offer; the plug-in host is one."""

    def live_source(self, name: str) -> str:
        """The one that is meant, which lacks nothing. Raises ConfigError, which says what there is."""


class Detectors:
    """One per agent, on its event loop. What names a job raises UnknownJobError, JobNotRunningError."""

    def __init__(
        self, roster: Roster, settings: Settings, sources: Sources, starter: WorkerStarter, timing: Timing
    ) -> None:
        self._roster = roster
        self._settings = settings
        self._sources = sources
        self._starter = starter
        self._timing = timing
        self._usual = ""
        self._workers: dict[str, DetectorWorker] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._lost: defaultdict[str, Counter[LossReason]] = defaultdict(Counter)
        """By detector, of workers that are no more."""
        self._open = False
        starter.disabled = self._disabled_for

    async def check_settings(self) -> None:
        """Raises ConfigError where the detector of the settings is not there or cannot work."""
        self._usual = await self.usual(self._settings, self._sources)

    @staticmethod
    async def usual(settings: Settings, sources: Sources) -> str:
        """What a job has where nobody asks for another. Raises ConfigError where that cannot work."""
        try:
            return await _meant(settings.detector, sources)
        except ConfigError as error:
            raise ConfigError(f"RUNNER_DETECTOR: {error}; or {NO_DETECTOR}") from error

    def use(self, settings: Settings, usual: str, sources: Sources) -> None:
        """For later jobs, and for what is asked of those that run."""
        self._settings, self._usual, self._sources = settings, usual, sources

    async def for_job(self, asked: str | None) -> str:
        """What goes into a new job's spec; None: as the settings say. Raises ConfigError."""
        return self._usual if asked is None else await _meant(asked, self._sources)

    def open(self) -> None:
        """Begin with the jobs that there are."""
        self._open = True
        self.look()

    async def close(self) -> None:
        """End all workers; the jobs keep their detectors for the next agent."""
        self._open = False
        for worker in self._workers.values():
            worker.ask_stop()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def start(self, job_id: str, asked: str | None = None) -> DetectorStatus:
        """Run a detector for a job, in place of the one that it has; None: that of the settings, else `auto`.

        One that waits for its next try is tried at once. Raises ConfigError where it is unknown or cannot
        work: then nothing is changed.
        """
        self._roster.at_work(job_id, "ingest")
        name = await _meant(asked or self._usual or AUTO, self._sources)
        self._hurry(name)
        return await self._assign(job_id, name)

    async def stop(self, job_id: str) -> DetectorStatus:
        """Run none for a job."""
        return await self._assign(job_id, "")

    def take_up(self, job: Job) -> None:
        """It is new: a detector of its that waits for its next try is tried at once."""
        self._hurry(job.detector)
        self.look()

    def look(self) -> None:
        """Start the workers that jobs want, end those that none wants. To be called when that may be new."""
        if not self._open:
            return
        wanted = {job.detector for job in self._roster.running if _is_served(job)}
        for name in sorted(wanted - self._workers.keys()):
            self._begin(name)
        for name in self._workers.keys() - wanted:
            self._workers[name].ask_stop()

    def hear(self, job: Job, mark: str) -> None:
        """An update came for a job from a worker of this agent."""
        if (worker := self._workers.get(job.detector)) is not None:
            worker.hear(job.job_id, mark)

    def status_for(self, job: Job) -> DetectorStatus | None:
        """None for a preview."""
        if job.spec.kind != "ingest":
            return None
        name = job.detector or NO_DETECTOR
        if not _is_served(job):
            return DetectorStatus(name)
        worker = self._workers.get(name)
        return DetectorStatus(name, "starting") if worker is None else worker.status_for(job.job_id)

    @property
    def workers(self) -> tuple[WorkerStatus, ...]:
        """Of all detectors that jobs have, or had since the agent began."""
        return tuple(self._count(name) for name in sorted(self._workers.keys() | self._lost.keys()))

    def _count(self, name: str) -> WorkerStatus:
        worker, before = self._workers.get(name), self._lost[name]
        if worker is None:
            return WorkerStatus(name, losses=dict(before), wanted=False)
        losses = dict(before + worker.losses)
        return WorkerStatus(name, worker.running, losses, memory_bytes=worker.memory_bytes)

    def _hurry(self, name: str) -> None:
        if (worker := self._workers.get(name)) is not None:
            worker.hurry()

    async def _assign(self, job_id: str, name: str) -> DetectorStatus:
        job = self._roster.at_work(job_id, "ingest")
        job.detector = name
        await self._roster.remember(job)
        self.look()
        return self.status_for(job) or DetectorStatus()

    def _jobs_of(self, name: str) -> Sequence[Job]:
        return [job for job in self._roster.running if job.detector == name and _is_served(job)]

    def _disabled_for(self, name: str) -> set[str]:
        """The plug-ins that a detector's worker leaves out: those that none of its jobs has.

        What was disabled after a job had begun stays with that job.
        """
        disabled = [set(job.spec.plugins_disabled) for job in self._jobs_of(name)]
        return set.intersection(*disabled) if disabled else set(self._settings.plugins_disabled)

    def _begin(self, name: str) -> None:
        jobs = partial(self._jobs_of, name)
        settings = self._settings
        worker = DetectorWorker(
            name,
            self._starter,
            jobs,
            self._timing,
            settings.detector_hang_seconds,
            settings.detector_memory_mb,
        )
        self._workers[name] = worker
        task = asyncio.create_task(worker.run(), name=f"detector {name}")
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, worker))

    def _ended(self, worker: DetectorWorker, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._lost[worker.name] += worker.losses
        del self._workers[worker.name]
        if not task.cancelled() and (error := task.exception()) is not None:
            # Not expected, but its jobs still want it: as with one that cannot work, but from the beginning.
            logger.error("%s: broke off", task.get_name(), exc_info=error)
            asyncio.get_running_loop().call_later(self._timing.unusable, self.look)
            return
        self.look()


async def _meant(asked: str, sources: Sources) -> str:
    return "" if asked == NO_DETECTOR else await asyncio.to_thread(sources.live_source, asked)


def _is_served(job: Job) -> bool:
    return job.spec.kind == "ingest" and job.detector != "" and job.running and not job.stopping
