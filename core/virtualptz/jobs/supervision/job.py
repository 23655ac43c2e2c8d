"""One job as the agent knows it, whichever process does its work."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Literal

from ...model import JobOutcome, JobRef, JobSpec, TrackingUpdate
from ...wire.job import Phase
from ...wire.view import ViewValue
from ..children.spawn import Spawner
from ..messages import Heartbeat, Recalled, Ruled
from ..paths import JobPaths
from ..records.store import JobRecord
from ..rules import CameraRules, RuleChange
from ..status import FrameStreamRequest, JobFigures, JobStatus, Preset, PtzOutcome, TrackingRecord
from . import folder
from .conversation import Conversation, view_of
from .hub import FrameStream, Hub
from .ledger import Ledger, guest_of
from .states import Life, Started, StopAsked, after
from .supervisor import Supervisor
from .timing import Timing
from .tracking_pace import PaceMeter

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Workshop:
    """What all jobs of an agent share."""

    state_dir: Path
    spawner: Spawner
    timing: Timing
    on_change: "Callable[[Job], None]"
    """Something of its record is new."""
    on_heartbeat: "Callable[[Job, Heartbeat], None]"
    on_state: "Callable[[Job], None]"
    """Something that its status tells may be new."""
    job_megabytes: float
    """What the processes of one may take."""


class Job:
    """Has a process of its own, or, as a preview, is the guest of an ingest that reads the same source."""

    def __init__(self, record: JobRecord, workshop: Workshop, host: "Job | None" = None) -> None:
        self.spec = record.spec
        self.created_at = record.created_at
        self._begun = monotonic()
        self.view = view_of(record.spec)
        """Where a preview looks."""
        self.tracking: TrackingRecord | None = None
        self.begun = False
        """Whether it is on record and at work, or has been."""
        self.announced = False
        """Whether observers know that it runs."""
        self.done = asyncio.Event()
        """Set by the engine when all is put away."""
        self.host: Job | None = None
        self.guests: set[Job] = set()
        self.paths = JobPaths.of(workshop.state_dir, record.spec.job_id)
        self._workshop = workshop
        self._hub = Hub()
        self._pace = PaceMeter()
        self._ledger = Ledger()
        self._leaves_host = asyncio.Event()
        self._moved = False
        self._life = _life(record)
        self._supervisor = self._make_supervisor()
        if host is not None:
            self._enter(host)

    @property
    def job_id(self) -> str:
        return self.spec.job_id

    @property
    def ref(self) -> JobRef:
        return JobRef(self.spec.job_id, self.spec.kind, self.spec.session_id)

    @property
    def age(self) -> float:
        """Seconds since this agent has had it: the wall clock may have jumped since its creation."""
        return monotonic() - self._begun

    @property
    def running(self) -> bool:
        return self._life.stage != "ended"

    @property
    def stopping(self) -> bool:
        return self._life.stage == "stopping"

    @property
    def heartbeat(self) -> Heartbeat | None:
        if self.host is not None:
            return self.host.heartbeat
        return self._conversation.heartbeat

    @property
    def streaming(self) -> bool:
        """Whether its source delivers pictures now."""
        return self.heartbeat is not None and self.heartbeat.phase == "streaming"

    @property
    def detector(self) -> str:
        """The tracking source that the agent runs for it; empty: none."""
        return self.spec.detector

    @detector.setter
    def detector(self, name: str) -> None:
        self.spec = self.spec.model_copy(update={"detector": name})

    @property
    def viewers(self) -> int:
        """Open streams that its process serves, those of guests among them."""
        return self._hub.viewers

    def record(self) -> JobRecord:
        """An ended job needs its addresses no more, and they hold passwords."""
        life, spec = self._life, self.spec
        if not self.running:
            spec = spec.model_copy(update={"source": "", "target": ""})
        elif spec.kind == "preview":
            spec = self._preview_spec()
        return JobRecord(spec, self.created_at, life.wanted, life.state, life.restarts, life.last_error)

    def status(self) -> JobStatus:
        life, heartbeat = self._life, self.heartbeat
        error = (heartbeat.last_error if heartbeat else None) or life.last_error
        if not self.running:
            heartbeat, error = self._conversation.final, life.last_error
        if heartbeat is not None:
            heartbeat = heartbeat.model_copy(update={"job_id": self.job_id})
        said = heartbeat if life.stage in ("starting", "live") else None
        return JobStatus(
            job_id=self.job_id,
            kind=self.spec.kind,
            state=life.state,
            restart_count=life.restarts,
            last_error=error,
            phase=_phase(life, said),
            heartbeat=heartbeat,
            session_id=self.spec.session_id,
            created_at=self.created_at,
            rules=self.rules if self.spec.kind == "ingest" else None,
            view=self.looks_at if self.spec.kind == "ingest" else None,
            tracking=self.tracking,
            pace=self._pace.pace,
            memory_bytes=self._supervisor.memory_bytes if self.host is None else None,
            figures=self._figures() if self.running else JobFigures(),
        )

    def _figures(self) -> JobFigures:
        figures = self._ledger.figures(self._life.restarts)
        if self.host is not None:
            figures = guest_of(self.host._ledger.figures(0), figures)
        return replace(
            figures,
            viewers=self._feed.viewers_of(self.job_id),
            frames_skipped=self._feed.skipped[self.job_id],
            cpu_seconds=self._supervisor.cpu_seconds if self.host is None else None,
        )

    async def live(self) -> JobOutcome:
        """Until the job has ended and nothing of it runs. Cancelled, it leaves its process running."""
        while (outcome := self._life.outcome) is None:
            if self.host is not None:
                await self._be_guest()
            else:
                await self._run_process()
        for guest in tuple(self.guests):
            guest.leave_host()
        self._hub.end()
        return outcome

    def ask_stop(self) -> None:
        self._change(after(self._life, StopAsked()))
        self._leaves_host.set()
        self._supervisor.ask_stop()

    def hurry(self) -> None:
        """No more patience with a stop: whatever of the job still runs is killed."""
        self._supervisor.hurry()

    def move_to(self, host: "Job") -> None:
        """Be the guest of `host` from now on; the own process goes."""
        if self.host is None and self.running and not self.stopping:
            self._moved = True
            self._enter(host)
            self._supervisor.ask_stop()

    def leave_host(self) -> None:
        """The host's process is no more: back to an own one, unless the job ends itself."""
        host, self.host = self.host, None
        if host is not None:
            host.guests.discard(self)
            host._hub.move(self.job_id, self._hub)
            self._leaves_host.set()

    def watch(self, request: FrameStreamRequest, *, through_view: bool) -> FrameStream:
        return self._feed.join(self.job_id, request, self.view if through_view else None)

    def end_streams(self) -> None:
        self._hub.end()

    def aim(self, view: ViewValue) -> None:
        self.view = view
        self._feed.aim(self.job_id, view)
        self._workshop.on_change(self)

    async def ptz(self, view: ViewValue) -> PtzOutcome:
        asked = monotonic()
        outcome = await self._conversation.ptz(view)
        self._ledger.commanded(monotonic() - asked)
        return outcome

    async def recall(self, preset: Preset, glide_seconds: float) -> Recalled | None:
        """None where no process can answer now: the next one begins there."""
        return await self._conversation.recall(preset, glide_seconds)

    async def rule(self, change: RuleChange) -> Ruled | None:
        """None where no process can answer now: the next one has the new rules."""
        reply = await self._conversation.rule(change)
        self.spec = self.rules.into(self.spec)
        self._workshop.on_state(self)
        return reply

    @property
    def rules(self) -> CameraRules:
        return self._conversation.rules

    @property
    def looks_at(self) -> ViewValue:
        """Where an ingest's camera looks, or will when its process has started."""
        return self._conversation.view

    def track(self, update: TrackingUpdate) -> TrackingRecord:
        self.tracking = TrackingRecord(update, datetime.now(UTC))
        self._ledger.track(update, self._pace.count(update.frame_pts))
        self._conversation.track(update)
        return self.tracking

    @property
    def _conversation(self) -> Conversation:
        return self._supervisor.conversation

    @property
    def _feed(self) -> Hub:
        return self._hub if self.host is None else self.host._hub

    def _enter(self, host: "Job") -> None:
        self.host = host
        host.guests.add(self)
        self._leaves_host.clear()
        self._hub.move(self.job_id, host._hub)
        self._change(after(self._life, Started()))

    async def _be_guest(self) -> None:
        try:
            await asyncio.to_thread(folder.write_spec, self.paths, self._preview_spec())
        except OSError as error:
            logger.warning("job %s: its folder cannot be written: %s", self.job_id, error)
        await self._leaves_host.wait()
        self.leave_host()
        self._supervisor = self._make_supervisor()

    async def _run_process(self) -> None:
        await self._supervisor.run()
        if self._moved:
            # That was the end of a process, not of the job.
            self._moved = False
            await asyncio.to_thread(folder.forget_outcome, self.paths)
            self._supervisor = self._make_supervisor()

    def _make_supervisor(self) -> Supervisor:
        """For the next process of this job's own."""
        stage = self._life.stage if self._life.stage in ("stopping", "ended") else "waiting"
        spec = self._preview_spec() if self.spec.kind == "preview" else self.spec
        workshop = self._workshop
        return Supervisor(
            spec,
            self.paths,
            replace(self._life, stage=stage),
            self._hub,
            workshop.spawner,
            workshop.timing,
            self._on_process_life,
            self._on_heartbeat,
            self._ledger.lose,
            workshop.job_megabytes,
        )

    def _on_process_life(self, life: Life) -> None:
        if not self._moved:
            self._change(life)

    def _on_heartbeat(self, heartbeat: Heartbeat) -> None:
        self._ledger.hear(heartbeat)
        if heartbeat.pts_in is not None:
            self._pace.hear(heartbeat.pts_in)
        self._workshop.on_heartbeat(self, heartbeat)

    def _change(self, life: Life) -> None:
        old, self._life = self._life, life
        if replace(old, stage=life.stage) != life:
            self._workshop.on_change(self)
        if old != life:
            self._workshop.on_state(self)

    def _preview_spec(self) -> JobSpec:
        view = self.view
        return self.spec.model_copy(update={"initial_view": (view.center_x, view.center_y, view.zoom)})


def _phase(life: Life, said: Heartbeat | None) -> Phase:
    """A process says that it has ended before all that belongs to the job has."""
    if said is None:
        return life.phase
    return "draining" if said.phase == "ended" else said.phase


def _life(record: JobRecord) -> Life:
    life = Life(wanted=record.wanted, restarts=record.restart_count, last_error=record.last_error)
    if record.state in ("stopped", "failed"):
        state: Literal["stopped", "failed"] = "failed" if record.state == "failed" else "stopped"
        outcome = JobOutcome(state, record.last_error)
        return replace(life, stage="ended", wanted=False, outcome=outcome)
    return life if record.wanted else replace(life, stage="stopping")
