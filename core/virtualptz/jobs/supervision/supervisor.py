"""Keeps one job's process running for as long as the job is wanted."""

import asyncio
import logging
import signal
from collections.abc import Callable
from functools import partial
from time import monotonic

from ...backoff import Backoff
from ...model import JobOutcome, JobSpec
from ...uris import is_file
from ...waiting import first_of
from ..children.appetite import Appetite
from ..children.footprint import cpu_below, resident_below
from ..children.logs import trim_log
from ..children.processes import Family, Process, bury, describe_exit
from ..children.spawn import Spawner
from ..messages import EXIT_LOCKED, Heartbeat
from ..paths import JobPaths
from ..status import ProcessLoss
from . import folder
from .conversation import Conversation
from .hub import Hub
from .states import Aired, Event, Gone, Life, Refused, Spoke, Started, StopAsked, after
from .timing import Timing

logger = logging.getLogger(__name__)

LAST_WORDS_SECONDS = 1.0
LONGEST_BACKOFF = 8.0
"""A match does not wait longer for what may work again."""
LONGEST_BACKOFF_FAILED = 30.0
"""The same where the process itself says that it cannot go on."""
LEAST_BACKOFF = 0.25
"""Not even for a stop it is tried more often."""
LOG_CHECK_TICKS = 10


class Supervisor:
    """Starts or adopts the process, watches it, and starts another where it goes without being asked.

    Its only exits are the job's end and the cancellation of `run()`, which leaves the process alone.
    """

    def __init__(
        self,
        spec: JobSpec,
        paths: JobPaths,
        life: Life,
        hub: Hub,
        spawner: Spawner,
        timing: Timing,
        on_change: Callable[[Life], None],
        on_heartbeat: Callable[[Heartbeat], None],
        on_loss: Callable[[ProcessLoss], None],
        job_megabytes: float,
    ) -> None:
        self._spec = spec
        self._paths = paths
        self._spawner = spawner
        self._timing = timing
        self._on_change = on_change
        self._on_heartbeat = on_heartbeat
        self._on_loss = on_loss
        self._chores: asyncio.Task[None] | None = None
        self._stop_asked = asyncio.Event()
        self._hurry = asyncio.Event()
        self._backoff = Backoff(longest=LONGEST_BACKOFF)
        self._backoff_failed = Backoff(longest=LONGEST_BACKOFF_FAILED)
        self._appetite = Appetite("RUNNER_JOB_MEMORY_MB", job_megabytes, timing.job_appetite)
        self._delay = 0.0
        self._patience = 0.0
        self._live_since: float | None = None
        self._heard = False
        self._why: ProcessLoss = "died"
        self._cpu_before = 0.0
        self._cpu_now: float | None = None
        self.life = life
        self.conversation = Conversation(spec, paths, hub, timing, self._hear)

    @property
    def memory_bytes(self) -> int | None:
        """Of the process and all that it started; None: there is none, or it was not looked at yet."""
        return self._appetite.taken

    @property
    def cpu_seconds(self) -> float | None:
        """Of all its processes so far; None: none was looked at yet."""
        return None if self._cpu_now is None else self._cpu_before + self._cpu_now

    def ask_stop(self) -> None:
        self._apply(StopAsked())
        self._stop_asked.set()

    def hurry(self) -> None:
        """No more patience with a stop: whatever of the job still runs is killed."""
        self._hurry.set()

    async def run(self) -> None:
        """Until the job has ended and nothing of it is left."""
        if not self.life.wanted:
            self._stop_asked.set()
        while self.life.stage != "ended":
            await self._pause()
            try:
                await self._live_once()
            except OSError as error:
                # The machine is short of something (descriptors, memory, disk): nothing is known of the
                # job's process, so nothing is done to it.
                delay = self._backoff.failed()
                logger.error("job %s: %s; looking again in %.1f s", self._spec.job_id, error, delay)  # noqa: TRY400
                await self._wait(delay)

    async def _wait(self, delay: float) -> None:
        """Until something may work again; a stop does not wait for as long."""
        await asyncio.sleep(min(delay, LEAST_BACKOFF))
        await first_of(self._stop_asked.wait(), self._hurry.wait(), timeout=max(0.0, delay - LEAST_BACKOFF))

    async def _live_once(self) -> None:
        process = await self._obtain()
        if process is not None:
            try:
                await self._attend(process)
            finally:
                process.close()

    def _apply(self, event: Event) -> None:
        life = after(self.life, event)
        if life != self.life:
            self.life = life
            self._on_change(life)

    async def _pause(self) -> None:
        delay, self._delay = self._delay, 0.0
        if delay > 0:
            await first_of(self._stop_asked.wait(), timeout=delay)

    async def _obtain(self) -> Process | None:
        """A process to attend to; None where the job's life took another turn instead."""
        # Asked first: a process that is only just starting must not pass for one that is gone.
        started = await asyncio.to_thread(folder.has_started, self._paths)
        if not self.life.aired and await asyncio.to_thread(folder.has_aired, self._paths):
            self._apply(Aired())
        if (process := await self._adopt()) is not None:
            return process
        if (outcome := await asyncio.to_thread(folder.read_outcome, self._paths)) is not None:
            await self._take_word(outcome, healthy=0.0)
        elif started:
            await self._bury(session=await asyncio.to_thread(folder.left_without_folder, self._paths))
            self._lose("its process was gone when the agent came back", healthy=0.0, why="died")
        elif self.life.stage == "stopping":
            self._apply(Gone())
        else:
            return await self._start()
        return None

    async def _adopt(self) -> Process | None:
        pid = await asyncio.to_thread(folder.find_living, self._paths)
        if pid is None:
            return None
        try:
            process = Process(pid)
        except ProcessLookupError:
            return None
        logger.info("job %s: adopting its process %d", self._spec.job_id, pid)
        self._patience = self._timing.adoption
        self._apply(Started())
        return process

    async def _start(self) -> Process | None:
        self._spec = self.conversation.resume(self._spec)
        try:
            await asyncio.to_thread(folder.refresh_spec, self._paths, self._spec)
            process = await self._spawner.start(self._paths)
        except OSError as error:
            self._lose(f"the job's process cannot be started: {error.strerror}", 0.0, "not_started")
            return None
        self._patience = self._timing.first_word
        self._apply(Started())
        self._spawner.prepare(self._timing.spare)
        return process

    async def _attend(self, process: Process) -> None:
        """Until the process has gone, and everything that it started with it."""
        self._live_since, self._heard = None, False
        talk = asyncio.create_task(self.conversation.talk(), name=f"talk {self._spec.job_id}")
        try:
            error = await self._until_gone(process)
            self.conversation.leave()
            await asyncio.wait({talk}, timeout=LAST_WORDS_SECONDS)
        finally:
            talk.cancel()
            if self._chores is not None:
                self._chores.cancel()
            await asyncio.wait({talk, self._chores or talk})
            self._appetite.forget()
            if self._cpu_now is not None:
                self._cpu_before, self._cpu_now = self._cpu_before + self._cpu_now, 0.0
        await self._take_leave(process, error)

    async def _until_gone(self, process: Process) -> str | None:
        """Wait for the process's end, or bring it about; what was wrong with it, where something was."""
        self._why = "died"
        too_much = self._appetite.exceeded(partial(self._measure, process.pid))
        await first_of(process.wait(), self._silence(), self._stop_asked.wait(), too_much)
        if process.exited.done():
            return None
        if self._stop_asked.is_set():
            await self._end(process)
            return None
        is_over = self._appetite.is_over
        self._why = "memory" if is_over else "hung"
        error = f"it took {self._appetite}" if is_over else f"no heartbeat for {self._patience:g} s"
        logger.warning("job %s: %s, killing process %d", self._spec.job_id, error, process.pid)
        process.send(signal.SIGABRT)
        if not await process.wait(self._timing.abort):
            process.send(signal.SIGKILL)
            await process.wait()
        return error

    def _measure(self, pid: int) -> int:
        """On a thread of its own."""
        self._cpu_now = max(self._cpu_now or 0.0, cpu_below(pid))
        return resident_below(pid)

    async def _end(self, process: Process) -> None:
        """One that drains says so by its heartbeat, and has its time; for one that is silent nobody waits."""
        if not self.conversation.stop():
            process.send(signal.SIGTERM)
        await first_of(process.wait(), self._deafness(), self._hurry.wait(), timeout=self._timing.drain)
        if not process.exited.done():
            logger.warning("job %s: process %d does not end, killing it", self._spec.job_id, process.pid)
            process.send(signal.SIGKILL)
            await process.wait()

    async def _deafness(self) -> None:
        """Returns when the process has been silent for too long for one that was told to end."""
        tick, silent, self._heard = self._timing.tick / 2, 0.0, False
        while silent < self._timing.deaf:
            await asyncio.sleep(tick)
            silent, self._heard = (0.0 if self._heard else silent + tick), False

    async def _silence(self) -> None:
        """Returns when the process has been silent for too long."""
        silent, ticks = 0.0, 0
        while silent < self._patience:
            await asyncio.sleep(self._timing.tick)
            silent, self._heard = (0.0 if self._heard else silent + self._timing.tick), False
            ticks += 1
            if ticks % LOG_CHECK_TICKS == 0 and (self._chores is None or self._chores.done()):
                # A disk that hangs must not keep a process that hangs from being found.
                self._chores = asyncio.create_task(self._do_chores(), name=f"files {self._spec.job_id}")
                await asyncio.wait({self._chores}, timeout=self._timing.tick)

    async def _do_chores(self) -> None:
        await self._trim_log()
        await self._note_aired()

    async def _trim_log(self) -> None:
        try:
            await asyncio.to_thread(trim_log, self._paths.log)
        except OSError as error:
            logger.warning("job %s: its log cannot be trimmed: %s", self._spec.job_id, error)

    async def _note_aired(self) -> None:
        """Again and again: the folder may be made anew."""
        try:
            if self.life.aired:
                await asyncio.to_thread(folder.note_aired, self._paths)
        except OSError as error:
            logger.warning("job %s: that it is on air is not on record: %s", self._spec.job_id, error)

    def _hear(self, heartbeat: Heartbeat) -> None:
        self._heard = True
        if self._live_since is None:
            self._live_since, self._patience = monotonic(), self._timing.silence
            self._apply(Spoke())
        if self._spec.kind == "ingest" and _is_on_air(heartbeat):
            self._apply(Aired())
        self._on_heartbeat(heartbeat)

    async def _take_leave(self, process: Process, error: str | None) -> None:
        code = process.exited.result()
        outcome = await self._outcome()
        if code == EXIT_LOCKED and outcome is None:
            self._delay = self._backoff.failed()
            self._apply(Refused())
            return
        await self._bury(session=process.pid)
        healthy = 0.0 if self._live_since is None else monotonic() - self._live_since
        if outcome is not None:
            await self._take_word(outcome, healthy)
        elif self.life.stage == "stopping":
            self._apply(Gone())
        else:
            self._lose(error or describe_exit(code), healthy, self._why)

    async def _take_word(self, outcome: JobOutcome, healthy: float) -> None:
        """The process has said how the job ends, which is not the end of one that is to be on air."""
        if after(self.life, Gone(outcome=outcome)).stage == "ended":
            self._apply(Gone(outcome=outcome))
            return
        await self._note_aired()
        await self._bury(session=None)
        await asyncio.to_thread(folder.forget_outcome, self._paths)
        self._backoff_failed.worked_for(healthy)
        self._await_next(self._backoff_failed.failed(), outcome.error or "it failed")
        self._on_loss("died")
        self._apply(Gone(outcome=outcome))

    async def _outcome(self) -> JobOutcome | None:
        outcome = await asyncio.to_thread(folder.read_outcome, self._paths)
        said = self.conversation.last_word
        return JobOutcome(said.state, said.error) if outcome is None and said is not None else outcome

    def _lose(self, error: str, healthy: float, why: ProcessLoss) -> None:
        self._backoff.worked_for(healthy)
        self._await_next(self._backoff.failed(), error)
        self._on_loss(why)
        self._apply(Gone(error))

    def _await_next(self, delay: float, error: str) -> None:
        self._delay = delay
        logger.warning("job %s: %s; next start in %.1f s", self._spec.job_id, error, delay)

    async def _bury(self, session: int | None) -> None:
        """Two processes must never publish at once: wait for what the last one started, then kill it."""
        family = Family(self._spec.job_id, session)
        timing = self._timing
        grace = timing.file_remains if is_file(self._spec.target) else timing.live_remains
        while members := await asyncio.to_thread(family.members):
            await bury(family, members, grace, self._hurry)
            grace = 0.0
        await asyncio.to_thread(folder.forget_process, self._paths)


def _is_on_air(heartbeat: Heartbeat) -> bool:
    """A picture of a live source has gone to the job's output."""
    return heartbeat.media is not None and heartbeat.media.live and heartbeat.pts_out is not None
