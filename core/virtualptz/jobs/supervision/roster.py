"""All jobs of the agent: their tasks, their records, and who is whose guest."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from ...backoff import Backoff
from ...errors import (
    JobConflictError,
    JobNotRunningError,
    LimitError,
    StoppingError,
    StoreError,
    UnknownJobError,
)
from ...logs import about_job
from ...model import JobKind, JobOutcome, JobSpec
from ...redact import keep_secrets, release_secrets
from ...uris import is_file
from ..children.spawn import Spawner
from ..messages import Heartbeat
from ..paths import JobPaths
from ..records.starts import Start
from ..records.store import JobRecord, Store
from ..status import Once
from . import folder
from .job import Job, Workshop
from .observers import ObserverThread
from .targets import place_of
from .timing import Timing

logger = logging.getLogger(__name__)

ENDED_KEPT = 200
LONGEST_BACKOFF = 2.0
"""After an error in looking after a job, which may be stopped meanwhile."""


class Roster:
    def __init__(
        self,
        state_dir: Path,
        store: Store,
        spawner: Spawner,
        timing: Timing,
        observers: ObserverThread,
        job_megabytes: float,
    ) -> None:
        self._state_dir = state_dir
        self._store = store
        self._observers = observers
        self._workshop = Workshop(
            state_dir, spawner, timing, self._changed, self._heard, self._look, job_megabytes
        )
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._pruning = asyncio.Lock()
        self._shut = False
        self.admit: Callable[[JobSpec], None] = lambda _spec: None
        """Raises LimitError. Called as a job takes its place: of many at once none overlooks another."""
        self.on_change: Callable[[], None] = lambda: None
        """A job's life has taken a turn."""
        self.on_state: Callable[[Job], None] = lambda _job: None
        """Something that a job's status tells may be new."""
        self.readers: list[Callable[[], int]] = []
        """How many read events, and how many follow logs."""

    def __iter__(self) -> Iterator[Job]:
        return iter(tuple(self._jobs.values()))

    def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    def find(self, job_id: str, kind: JobKind | None = None) -> Job:
        """Raises UnknownJobError."""
        job = self._jobs.get(job_id)
        if job is None or kind not in (None, job.spec.kind):
            raise UnknownJobError(f"no {kind or 'job'} {job_id}")
        return job

    def at_work(self, job_id: str, kind: JobKind | None = None) -> Job:
        """Raises UnknownJobError, JobNotRunningError."""
        job = self.find(job_id, kind)
        if not job.running or job.stopping:
            raise JobNotRunningError(f"job {job_id} has ended")
        return job

    @property
    def viewers(self) -> int:
        return sum(each.viewers for each in self)

    def check_viewers(self, most: int, spare: int = 0) -> None:
        """Raises LimitError where one more would be too many, and `spare` places beyond are taken as well.

        Who reads events or follows a log is a viewer, too.
        """
        if self.viewers + sum(count() for count in self.readers) >= most + spare:
            raise LimitError(f"{most} viewers are there already (RUNNER_MAX_VIEWERS)")

    def check_viewers_of(self, job: Job, most_of_job: int, spare: int = 0) -> None:
        """The same for one job."""
        if (job.host or job).viewers >= most_of_job + spare:
            raise LimitError(f"this job has {most_of_job} viewers already (RUNNER_MAX_VIEWERS_PER_JOB)")

    @property
    def running(self) -> list[Job]:
        return [job for job in self if job.running]

    async def begin(self, record: JobRecord, once: Once | None = None) -> Job:
        """A new job is in the store before anything is done, and so is the key that it was begun with.

        Raises StoreError, JobConflictError, StoppingError, and what `admit` does.
        """
        self._refuse_conflict(record.spec)
        self.admit(record.spec)
        job = self._enlist(record, self.host_for(record.spec))
        start = None if once is None else Start(once, job.job_id, record.created_at)
        try:
            await self._store.save(record, start=start)
            self._refuse_late()
        except BaseException:
            job.leave_host()
            self._forget(job.job_id)
            if start is not None:
                self._store.withdraw(start)
            self._store.forget([job.job_id])
            raise
        self._run(job)
        return job

    async def resume(self, records: list[JobRecord]) -> None:
        """Take up the jobs of an earlier agent; ingests first, since previews may be their guests."""
        for record in sorted(records, key=lambda record: record.spec.kind != "ingest"):
            pid_file = JobPaths.of(self._state_dir, record.spec.job_id).pid
            own = not record.wanted or await asyncio.to_thread(pid_file.exists)
            job = self._enlist(record, None if own else self.host_for(record.spec))
            if job.running:
                self._run(job)
        self._track(asyncio.create_task(self._prune(), name="prune jobs"))

    def shut(self) -> None:
        """No new job from now on, not even one that is just being put on record."""
        self._shut = True

    async def stop_all(self, timing: Timing) -> None:
        """Stop every job at once. Those that are not gone in time are killed."""
        jobs = self.running
        for job in jobs:
            job.ask_stop()
        await self._store.note(*(job.record() for job in jobs))
        await self._wait(timing.stop_all)
        for job in self.running:
            with about_job(job.job_id):
                logger.warning("job %s: not gone after %g s, killing it", job.job_id, timing.stop_all)
            job.hurry()
        await self._wait(timing.kill_all)

    async def _wait(self, seconds: float) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def close(self) -> None:
        """Let go of what still runs, without touching its processes."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self, job: Job) -> None:
        if job.running:
            job.ask_stop()
            await self.remember(job)
            await job.done.wait()

    async def rebuild_folders(self) -> None:
        """For a state folder that was made anew. Raises OSError."""
        for job in self.running:
            pid = job.heartbeat.pid if job.heartbeat and job.host is None else None
            await asyncio.to_thread(folder.rebuild, job.paths, job.record().spec, pid)

    async def remember(self, job: Job) -> None:
        """Put on record what was asked of a job. It is done all the same where that fails."""
        await self._store.note(job.record())

    def _enlist(self, record: JobRecord, host: Job | None) -> Job:
        keep_secrets((record.spec.source, record.spec.target))
        job = Job(record, self._workshop, host)
        self._jobs[job.job_id] = job
        return job

    def _forget(self, job_id: str) -> None:
        if (job := self._jobs.pop(job_id, None)) is not None:
            release_secrets((job.spec.source, job.spec.target))

    def _run(self, job: Job) -> None:
        job.begun = True
        self.on_state(job)
        with about_job(job.job_id):
            self._track(asyncio.create_task(self._keep(job), name=f"job {job.job_id}"))

    def _track(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("%s: broke off", task.get_name(), exc_info=error)

    async def _keep(self, job: Job) -> None:
        try:
            outcome = await self._look_after(job)
            await self._put_away(job, outcome)
        finally:
            job.done.set()
        with about_job(""):
            await self._prune()

    async def _look_after(self, job: Job) -> JobOutcome:
        """Whatever goes wrong in this: the job's process goes on, and is to be watched."""
        backoff = Backoff(longest=LONGEST_BACKOFF)
        while True:
            try:
                return await job.live()
            except Exception:  # the top of a task
                delay = backoff.failed()
                logger.exception("job %s: looked after again in %.1f s", job.job_id, delay)
            await asyncio.sleep(delay)

    async def _put_away(self, job: Job, outcome: JobOutcome) -> None:
        logger.info("job %s: %s%s", job.job_id, outcome.state, f" ({outcome.error})" if outcome.error else "")
        await self._store.note(job.record())
        try:
            await asyncio.to_thread(folder.close_folder, job.paths, outcome)
        except OSError as error:
            logger.error("job %s: its end is not on record: %s", job.job_id, error)  # noqa: TRY400
        self._observers.job_stopped(job.ref, outcome)

    async def _prune(self) -> None:
        async with self._pruning:
            try:
                surplus = await self._store.surplus(ENDED_KEPT)
                for job_id in surplus:
                    await asyncio.to_thread(folder.remove_folder, JobPaths.of(self._state_dir, job_id))
                    self._forget(job_id)
                self._store.forget(surplus)
            except StoreError:
                # The store has said so, and the next job that ends makes up for it.
                return
            except OSError as error:
                logger.warning("old jobs cannot be cleared away: %s", error)

    def _changed(self, job: Job) -> None:
        if job.job_id in self._jobs and job.running:
            self._store.save_soon(job.record())
        self.on_change()

    def _look(self, job: Job) -> None:
        for each in (job, *job.guests):
            self.on_state(each)

    def _heard(self, job: Job, heartbeat: Heartbeat) -> None:
        self._look(job)
        if heartbeat.media is None:
            return
        if job.spec.kind == "ingest" and heartbeat.pts_in is not None and heartbeat.media.live:
            self._gather(job)
        for each in (job, *job.guests):
            if not each.announced:
                each.announced = True
                self._observers.job_started(each.ref, heartbeat.media)

    def _gather(self, host: Job) -> None:
        """One decode feeds everything: previews of the same camera give up their own."""
        for job in self.running:
            if _can_visit(job.spec, host):
                job.move_to(host)

    def host_for(self, spec: JobSpec) -> Job | None:
        """Whose guest such a job would be; None: it needs a process of its own."""
        return next((job for job in self.running if _can_visit(spec, job)), None)

    def _refuse_late(self) -> None:
        if self._shut:
            raise StoppingError("the agent is stopping")

    def _refuse_conflict(self, spec: JobSpec) -> None:
        place = place_of(spec.target)
        for job in self.running if place else ():
            if place_of(job.spec.target) == place:
                raise JobConflictError(
                    f"job {job.job_id} publishes there already: stop it first, or put {{job_id}} into "
                    "RUNNER_INGEST_OUTPUT_URI"
                )


def _can_visit(spec: JobSpec, host: Job) -> bool:
    if spec.kind != "preview" or host.spec.kind != "ingest" or host.stopping:
        return False
    media = host.heartbeat.media if host.heartbeat else None
    shared = not is_file(spec.source) and (media is None or media.live)
    return shared and spec.source == host.spec.source
