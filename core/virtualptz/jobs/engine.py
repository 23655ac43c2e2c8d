"""The agent's side of all jobs: what the API asks for, in terms of jobs."""

import asyncio
import logging
import os
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

from ..errors import ConfigError, JobNotRunningError, LimitError, StoppingError
from ..model import JobKind, JobSpec, MediaInfo, PreviewSpec, TrackingUpdate
from ..settings import Settings
from ..tracking.sim import simulated_update
from ..wire.ingest import ProfileName
from ..wire.view import ViewValue
from .checks import checks_of
from .children.spawn import JOB_COMMAND, Spawner
from .detectors.assignment import Detectors, Sources
from .detectors.process import WORKER_COMMAND, WorkerStarter
from .environ import environ_for_jobs, environ_for_workers
from .readiness import Readiness
from .records.schema import FILE_NAME
from .records.starts import Starts
from .records.statedir import require_pidfd
from .records.store import JobRecord, Store
from .status import CameraRequest, FrameStreamRequest, JobStatus, Once, PtzOutcome, TrackingRecord
from .supervision.admission import Admission
from .supervision.cameras import Cameras, Policies
from .supervision.happenings import Happenings
from .supervision.hub import FrameStream
from .supervision.job import Job
from .supervision.job_logs import JobLogs
from .supervision.media_check import Backends, fault_of
from .supervision.observers import Observers, ObserverThread
from .supervision.premises import Premises
from .supervision.probing import Prober
from .supervision.roster import Roster
from .supervision.targets import checked_target, fill_in, output_of
from .supervision.timing import Timing

logger = logging.getLogger(__name__)

PREVIEW_METHOD = "subpixel_crop"
SPARE_AT_START_SECONDS = 0.5
DETECTOR_PLACES = 16
"""Beside those of viewers: however many people watch, a detector that begins anew gets its pictures."""


class Plugins(Observers, Policies, Sources, Backends, Protocol):
    """What the engine needs of the plug-in host."""


class JobEngine:
    """One per agent; all methods belong to the event loop that ran `start()`."""

    def __init__(
        self,
        settings: Settings,
        plugins: Plugins,
        *,
        timing: Timing = Timing(),  # noqa: B008 - frozen
        job_command: Sequence[str] = JOB_COMMAND,
        worker_command: Sequence[str] = WORKER_COMMAND,
    ) -> None:
        self._settings = settings
        environ = environ_for_jobs(settings, os.environ)
        self._store = Store(settings.state_dir / FILE_NAME)
        self._spawner = Spawner(
            job_command,
            environ,
            spare_log=settings.state_dir / "spare.log" if settings.spare_process else None,
            spare_arguments=_spare_arguments(settings),
        )
        self._prober = Prober(settings, environ)
        self._observers = ObserverThread(plugins)
        self._roster = Roster(
            settings.state_dir, self._store, self._spawner, timing, self._observers, settings.job_memory_mb
        )
        self._timing = timing
        self.starts = Starts(self._store)
        self.cameras = Cameras(self._roster, self._store, settings, plugins)
        workers = WorkerStarter(settings, environ_for_workers(settings, os.environ), worker_command)
        self.detectors = Detectors(self._roster, settings, plugins, workers, timing)
        self._roster.on_change = self.detectors.look
        self.events = Happenings(self._roster, settings)
        self._roster.on_state = self.events.look
        self.logs = JobLogs(self._roster, settings)
        self._premises = Premises(settings, self._store, self._roster, self.cameras, timing)
        self._admission = Admission(settings)
        self._roster.admit = self._admit
        self._plugins = plugins
        self._media_works = True
        self._open = False
        self._streams_ended = False
        self._stopping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take the state folder, and bring back the jobs that are meant to run.

        Raises ConfigError where the folder cannot be used or belongs to another agent that runs, where
        the system lacks something, or where the settings name a policy or a detector that is not there.
        """
        require_pidfd()
        await self.cameras.check_settings()
        await self.detectors.check_settings()
        fault = await fault_of(self._settings.media_backend, self._plugins)
        if fault is not None:
            logger.error("no job can start: %s", fault)
        self._media_works = fault is None
        records = await self._premises.open()
        self._open = True
        self._observers.start()
        await self._premises.begin(records)
        self.detectors.open()
        self._spawner.prepare(SPARE_AT_START_SECONDS)

    async def change(self, settings: Settings, plugins: Plugins) -> None:
        """What later jobs go by; those that run are left alone.

        Raises ConfigError where no job could begin with them: then nothing is changed.
        """
        rules = await self.cameras.usual(settings, plugins)
        detector = await self.detectors.usual(settings, plugins)
        fault = await fault_of(settings.media_backend, plugins)
        if fault is not None and self._media_works:
            raise ConfigError(fault)
        self._settings, self._plugins, self._media_works = settings, plugins, fault is None
        self._admission.use(settings)
        self.events.use(settings)
        self.logs.use(settings)
        self.cameras.use(rules, plugins)
        self.detectors.use(settings, detector, plugins)
        self._observers.use(plugins)
        self._prober.use(settings)
        await self._spawner.renew(_spare_arguments(settings), SPARE_AT_START_SECONDS)

    def ask_close(self, *, keep_jobs: bool | None = None) -> None:
        """Begin to stop all jobs (or to leave them to the next agent); None: as the settings say.

        Returns at once: streams have ended then, and nothing new begins. `close()` waits for the rest.
        """
        if not self._open or self._stopping is not None:
            return
        self._roster.shut()
        self._end_streams()
        keep = self._settings.keep_jobs_on_shutdown if keep_jobs is None else keep_jobs
        self._stopping = asyncio.create_task(self._stop_all(keep_jobs=keep), name="stop all")

    async def close(self, *, keep_jobs: bool | None = None) -> None:
        """As `ask_close`, where that has not been called; returns when all has ended."""
        self.ask_close(keep_jobs=keep_jobs)
        was_open, self._open = self._open, False
        if not was_open or self._stopping is None:
            return
        await self._stopping
        await self._roster.close()
        await asyncio.to_thread(self._observers.close)
        await self._premises.close()

    async def _stop_all(self, *, keep_jobs: bool) -> None:
        """All at the same time: whoever stops the agent waits for the slowest of them, not for their sum."""
        stops = [self._prober.close(), self._spawner.close(), self.detectors.close()]
        if not keep_jobs:
            stops.append(self._roster.stop_all(self._timing))
        await asyncio.gather(*stops)

    def _end_streams(self) -> None:
        """Those that are open, and every later one."""
        self._streams_ended = True
        self.events.end()
        self.logs.end()
        for job in self._roster:
            job.end_streams()

    async def start_ingest(
        self,
        *,
        session_id: str,
        source: str,
        profile: ProfileName,
        replica_index: int = 0,
        camera: CameraRequest = CameraRequest(),  # noqa: B008 - frozen
        detector: str | None = None,
        once: Once | None = None,
    ) -> JobStatus:
        """`detector`: None is that of the settings; `once`: with `starts.claim` of it.

        Raises LimitError over `max_jobs`, JobConflictError where another job publishes to that target,
        ConfigError where camera or detector cannot be as asked, StoppingError.
        """
        settings = self._settings
        rules = await self.cameras.rules_for(camera.rules)
        job_id = _new_id("ing")
        target = fill_in(
            settings.ingest_output_uri, job_id=job_id, session_id=session_id, replica_index=replica_index
        )
        spec = self._spec(
            job_id,
            "ingest",
            source,
            session_id=session_id,
            target=await checks_of(target).run(lambda: checked_target(target, settings.target_policy)),
            output=output_of(profile, settings),
            lookahead_memory_mb=settings.lookahead_memory_mb,
            framing=settings.framing_options(camera.framing),
            detector=await self.detectors.for_job(detector),
            decision_log=settings.decision_log if camera.decision_log is None else camera.decision_log,
            decision_log_megabytes=settings.decision_log_megabytes,
            decision_log_files=settings.decision_log_files,
        )
        return await self._begin(rules.into(spec), once)

    async def start_preview(
        self,
        *,
        source: str,
        fps: float,
        scale: str,
        q: int,
        view: ViewValue | None = None,
        start_seconds: float = 0.0,
        once: Once | None = None,
    ) -> JobStatus:
        """Raises LimitError over `max_jobs`, StoppingError."""
        view = view or ViewValue()
        spec = self._spec(
            _new_id("prv"),
            "preview",
            source,
            preview=PreviewSpec(fps=fps, scale=scale, quality=q),
            initial_view=(view.center_x, view.center_y, view.zoom),
            start_seconds=start_seconds,
        )
        return await self._begin(spec, once)

    async def stop(self, job_id: str) -> None:
        """Returns when the job has ended; an unknown or ended job is left as it is."""
        job = self._roster.get(job_id)
        if job is not None:
            await self._roster.stop(job)

    def status(self, job_id: str) -> JobStatus:
        job = self._roster.get(job_id)
        return JobStatus(job_id) if job is None else self._status_of(job)

    def jobs(self) -> list[JobStatus]:
        """The running ones and those that ended lately."""
        return [self._status_of(job) for job in self._roster]

    def counts(self) -> tuple[int, int]:
        """Running previews, running ingests."""
        kinds = [job.spec.kind for job in self._roster.running]
        return kinds.count("preview"), kinds.count("ingest")

    def readiness(self) -> Readiness:
        """Whether a job could be begun now; what is looked at takes no time."""
        troubles = self._premises.troubles
        if not self._open or self._stopping is not None:
            troubles["agent"] = "stopping"
        if len(self._roster.running) >= self._settings.max_jobs:
            troubles["jobs"] = "full"
        if self._admission.is_low:
            troubles["memory"] = "low"
        if not self._media_works:
            troubles["media"] = "broken"
        return Readiness(troubles)

    async def ptz(self, job_id: str, view: ViewValue) -> PtzOutcome:
        """Raises UnknownJobError, JobNotRunningError."""
        return await self._roster.at_work(job_id, "ingest").ptz(view)

    async def aim_preview(self, job_id: str, view: ViewValue) -> str:
        """Move a preview's view; the method's name. Raises UnknownJobError, JobNotRunningError."""
        self._roster.at_work(job_id, "preview").aim(view)
        return PREVIEW_METHOD

    async def update_tracking(
        self, job_id: str, update: TrackingUpdate, worker: str | None = None
    ) -> TrackingRecord:
        """`worker`: the mark of a worker that this agent runs, where the update came with one.

        Raises UnknownJobError.
        """
        job = self._roster.find(job_id, "ingest")
        record = job.track(update)
        self.events.look(job, "tracking")
        if worker is not None:
            self.detectors.hear(job, worker)
        self._observers.tracking_updated(job.ref, update)
        return record

    async def tracking(self, job_id: str) -> TrackingRecord | None:
        """The last update, else the built-in simulation's; None for an unknown job."""
        job = self._roster.get(job_id)
        if job is None or job.spec.kind != "ingest":
            return None
        if job.tracking is not None:
            return job.tracking
        pts = job.heartbeat.pts_in if job.heartbeat else None
        seconds = job.age if pts is None else pts
        return TrackingRecord(await asyncio.to_thread(simulated_update, seconds), datetime.now(UTC))

    def frames(
        self, job_id: str, request: FrameStreamRequest | None = None, *, detector: bool = False
    ) -> FrameStream:
        """The newest frames, as they come, until the job ends; close it with `aclose()`.

        None: a preview as it was asked for, or an ingest's program with the preview defaults. A preview's
        program is what its view shows; its source is the whole picture. Raises, at the call and not at the
        first frame, UnknownJobError, JobNotRunningError, LimitError over `max_viewers`, ConfigError for
        an overlay of a job that has none. `detector`: some places are kept for those.
        """
        job = self._roster.at_work(job_id)
        if request is not None and request.of == "overlay":
            _check_overlay(job)
        spare = DETECTOR_PLACES if detector else 0
        self._roster.check_viewers(self._settings.max_viewers, spare)
        self._roster.check_viewers_of(job, self._settings.max_viewers_per_job, spare)
        request = request or self._usual_frames(job)
        through_view = job.spec.preview is not None and request.of == "program"
        stream = job.watch(
            FrameStreamRequest("source", request.fps, request.scale, request.quality)
            if through_view
            else request,
            through_view=through_view,
        )
        if self._streams_ended:
            stream.close()
        return stream

    async def probe(self, source: str, timeout: float) -> MediaInfo:  # noqa: ASYNC109
        """Look at a source, in a process that can be killed. Raises MediaTimeoutError, else MediaError."""
        return await self._prober.probe(source, timeout)

    def _usual_frames(self, job: Job) -> FrameStreamRequest:
        settings, preview = self._settings, job.spec.preview
        if preview is not None:
            return FrameStreamRequest("program", preview.fps, preview.scale, preview.quality)
        return FrameStreamRequest(
            "program", settings.preview_mjpeg_fps, settings.preview_mjpeg_scale, settings.preview_mjpeg_q
        )

    def _spec(self, job_id: str, kind: JobKind, source: str, **more: Any) -> JobSpec:
        settings = self._settings
        return JobSpec(
            job_id=job_id,
            kind=kind,
            source=source,
            media_backend=settings.media_backend,
            ptz=settings.ptz_rules,
            plugins_disabled=settings.plugins_disabled,
            plugin_options=settings.plugin,
            source_open_timeout=settings.source_open_timeout_seconds,
            source_read_timeout=settings.source_read_timeout_seconds,
            orphan_seconds=settings.orphan_seconds,
            **more,
        )

    async def _begin(self, spec: JobSpec, once: Once | None) -> JobStatus:
        if not self._open or self._stopping is not None:
            raise StoppingError("the agent is stopping")
        await self._premises.check_room()
        job = await self._roster.begin(JobRecord(spec, datetime.now(UTC)), once)
        self.detectors.take_up(job)
        return self._status_of(job)

    def _admit(self, spec: JobSpec) -> None:
        """Raises LimitError."""
        if len(self._roster.running) >= self._settings.max_jobs:
            raise LimitError(f"{self._settings.max_jobs} jobs run already (RUNNER_MAX_JOBS)")
        if self._roster.host_for(spec) is None:
            self._admission.admit(spec)

    def _status_of(self, job: Job) -> JobStatus:
        return replace(job.status(), detector=self.detectors.status_for(job))


def _check_overlay(job: Job) -> None:
    """Raises ConfigError, JobNotRunningError."""
    if job.spec.kind != "ingest":
        raise ConfigError(
            "a preview has neither tracking nor a program to draw: "
            "ask for overlay=1 with the job_id of an ingest"
        )
    if job.heartbeat is not None and not job.heartbeat.overlay:
        raise JobNotRunningError(
            "this job's process was started by an older version, which draws no overlay: start the job anew"
        )


def _spare_arguments(settings: Settings) -> tuple[str, ...]:
    """What a process that waits for a job is not to import meanwhile."""
    return (",".join(settings.plugins_disabled),) if settings.plugins_disabled else ()


def _new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_urlsafe(9)}"
