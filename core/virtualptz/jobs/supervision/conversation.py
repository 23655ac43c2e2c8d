"""What the agent and one job say to each other, across all of the job's processes."""

import asyncio
import itertools
import logging
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from ...backoff import Backoff
from ...model import JobSpec, PublishReport, SourceReport, TrackingUpdate
from ...redact import mask
from ...wire.view import ViewValue
from ..messages import (
    Command,
    Ended,
    FrameHeader,
    Heartbeat,
    Ptz,
    PtzReply,
    Recall,
    Recalled,
    Report,
    Rule,
    Ruled,
    Stop,
    Tracking,
)
from ..paths import JobPaths
from ..rules import CameraRules, RuleChange
from ..status import Preset, PtzOutcome
from ..wire import WireError
from .hub import Hub
from .link import Link
from .timing import Timing
from .wish import Wish

logger = logging.getLogger(__name__)

TRACKING_FRESH_SECONDS = 5.0
"""A tracking update older than this says nothing to a process that has just started."""
LONGEST_BACKOFF = 2.0
"""After an error in hearing. A process says something when it is connected to, so it is not taken to hang."""

Reply = PtzReply | Recalled | Ruled
ReplyT = TypeVar("ReplyT", PtzReply, Recalled, Ruled)


class Conversation:
    """Connects, listens and asks. What was asked while no process was there is told to the next one."""

    def __init__(
        self,
        spec: JobSpec,
        paths: JobPaths,
        hub: Hub,
        timing: Timing,
        on_heartbeat: Callable[[Heartbeat], None],
    ) -> None:
        self._paths = paths
        self.rules = CameraRules.of(spec)
        """How the camera is to work, whichever process moves it."""
        self._begins_at = view_of(spec)
        self._hub = hub
        self._timing = timing
        self._on_heartbeat = on_heartbeat
        self._link: Link | None = None
        self._numbers = itertools.count(1)
        self._replies: dict[int, asyncio.Future[Reply | None]] = {}
        self._met = False
        """Whether the process that is connected has said how its camera works."""
        self._wish = Wish()
        self._tracking: tuple[TrackingUpdate, float] | None = None
        self._leaving = False
        self.heartbeat: Heartbeat | None = None
        """The newest; None while a new process has not spoken yet."""
        self._last_heartbeat: Heartbeat | None = None
        self._last_heard = 0.0
        self.last_word: Ended | None = None

    @property
    def final(self) -> Heartbeat | None:
        """The last that the last process said: a job that has ended keeps its counts."""
        return self._last_heartbeat

    @property
    def view(self) -> ViewValue:
        """Where the camera looks, or will when the next process has started."""
        last = self._last_heartbeat
        return self._wish.waiting or (last.view if last else self._begins_at)

    def resume(self, spec: JobSpec) -> JobSpec:
        """The spec of the next process, which goes on from where the last one was."""
        self._begins_at = view = self.view
        last, self._last_heartbeat = self._last_heartbeat, None
        changes: dict[str, object] = {"initial_view": (view.center_x, view.center_y, view.zoom)}
        told = [last.pts_in, last.pts_out, last.program_at] if last else []
        if times := [time for time in told if time is not None]:
            changes["begin_at"] = max(0.0, *times) + monotonic() - self._last_heard
        if last and last.media and not last.media.live and (shown := last.pts_out or last.pts_in):
            # A file goes on behind what was shown: what was only read is lost with the process.
            changes["start_seconds"] = spec.start_seconds + shown - spec.begin_at
        return self.rules.into(spec.model_copy(update=changes))

    def leave(self) -> None:
        """Listen to what is still to come, and connect no more."""
        self._leaving = True

    async def talk(self) -> None:
        """With one process, from its first connection until `leave()` or cancellation."""
        self._leaving, self.last_word = False, None
        trouble = Backoff(longest=LONGEST_BACKOFF)
        try:
            while not self._leaving:
                pause = self._timing.connect
                try:
                    await self._meet()
                except Exception:  # the top of a task: what is wrong here is no fault of the process
                    pause = trouble.failed()
                    logger.exception("job %s: it was heard, and not understood", self._paths.folder.name)
                if not self._leaving:
                    await asyncio.sleep(pause)
        finally:
            self.heartbeat = None

    async def ptz(self, view: ViewValue) -> PtzOutcome:
        """Move the camera; where no process can answer now, the next one begins there."""
        reply = await self._ask(PtzReply, lambda number: Ptz(id=number, view=view), view)
        if reply is None:
            return PtzOutcome(view, applied=False, queued=True, reason="job_starting")
        return PtzOutcome(view, reply.applied, reply.queued, reply.reason)

    async def recall(self, preset: Preset, glide_seconds: float) -> Recalled | None:
        """Glide to a preset; None where no process can answer now: the next one begins there."""
        name, view = preset.name, preset.view

        def command(number: int) -> Recall:
            return Recall(id=number, name=name, view=view, glide_seconds=glide_seconds)

        return await self._ask(Recalled, command, view)

    async def rule(self, change: RuleChange) -> Ruled | None:
        """New rules for the camera; None where no process can answer now: the next one has them.

        They are kept, unless the process says in `error` why it cannot.
        """
        reply = await self._ask(Ruled, lambda number: _rule(number, change))
        if reply is None or reply.error is None:
            self.rules = self.rules.after(change)
        if reply is not None and self.heartbeat is not None:
            now = {"camera": reply.camera, "holder": reply.camera.holder}
            self.heartbeat = self.heartbeat.model_copy(update=now)
        return reply

    def track(self, update: TrackingUpdate) -> None:
        self._tracking = (update, monotonic())
        if self._link is not None:
            self._link.send(Tracking(update=update))

    def stop(self) -> bool:
        """False where there is nobody to tell."""
        return self._link is not None and self._link.send(Stop())

    async def _meet(self) -> None:
        """One connection, where there is somebody to connect to."""
        if (link := await self._connect()) is not None:
            await self._listen(link)

    async def _connect(self) -> Link | None:
        try:
            return await Link.connect(self._paths)
        except OSError:
            return None

    async def _listen(self, link: Link) -> None:
        try:
            self._introduce(link)
            await link.listen(self._hear)
        except OSError as error:
            logger.warning("job %s: its connection broke: %s", self._paths.folder.name, error)
        finally:
            self._link = None
            self._wish.broken_off()
            self._hub.connect(None)
            for waiting in self._replies.values():
                if not waiting.done():
                    waiting.set_result(None)
            await link.close()

    def _introduce(self, link: Link) -> None:
        self._link, self._met = link, False
        if self._wish.waiting is not None:
            link.send(Ptz(id=0, view=self._wish.waiting))
            self._wish.told()
        if self._tracking is not None and monotonic() - self._tracking[1] < TRACKING_FRESH_SECONDS:
            link.send(Tracking(update=self._tracking[0]))
        self._hub.connect(link)

    def _hear(self, report: Report, payload: bytes) -> None:
        match report:
            case Heartbeat():
                if report.job_id != self._paths.folder.name:
                    raise WireError(f"this is job {report.job_id}")
                self._take(_masked(report))
            case PtzReply() | Recalled() | Ruled():
                self._take_reply(report)
            case FrameHeader():
                self._hub.deliver(report, payload)
            case Ended():
                self.last_word = _masked(report)

    def _take(self, heartbeat: Heartbeat) -> None:
        self.heartbeat = self._last_heartbeat = heartbeat
        self._last_heard = monotonic()
        # First of all: whatever goes wrong below, the process was heard.
        self._on_heartbeat(heartbeat)
        self._hub.draws(heartbeat.overlay)
        if not self._met and heartbeat.camera is not None:
            self._met = True
            change = self.rules.unlike(heartbeat.camera)
            # It was adopted, or started while the rules were changed.
            if change is not None and self._link is not None:
                self._link.send(_rule(0, change))

    def _take_reply(self, reply: Reply) -> None:
        self._wish.answered(reply.id)
        waiting = self._replies.get(reply.id)
        if waiting is not None and not waiting.done():
            waiting.set_result(reply)
        elif isinstance(reply, Ruled) and reply.error is not None:
            logger.warning("job %s: its camera goes on as before: %s", self._paths.folder.name, reply.error)

    async def _ask(
        self, kind: type[ReplyT], command: Callable[[int], Command], view: ViewValue | None = None
    ) -> ReplyT | None:
        """The process's reply; None where there is no process, or it does not answer in time.

        `view`: where the command moves the camera; kept for the next process where this one does not get it.
        """
        number = next(self._numbers)
        if self._link is None or not self._link.send(command(number)):
            if view is not None:
                self._wish.keep(view)
            return None
        if view is not None:
            self._wish.sent(number, view)
        waiting: asyncio.Future[Reply | None] = asyncio.get_running_loop().create_future()
        self._replies[number] = waiting
        try:
            reply = await asyncio.wait_for(waiting, self._timing.reply)
        except TimeoutError:
            return None
        finally:
            del self._replies[number]
        return reply if isinstance(reply, kind) else None


def view_of(spec: JobSpec) -> ViewValue:
    """Where the spec's process begins to look."""
    center_x, center_y, zoom = spec.initial_view
    return ViewValue(center_x=center_x, center_y=center_y, zoom=zoom)


def _rule(number: int, change: RuleChange) -> Rule:
    return Rule(
        id=number,
        mode=change.mode,
        policy=change.policy,
        lookahead_seconds=change.lookahead_seconds,
        limits=change.limits,
    )


SaidT = TypeVar("SaidT", Heartbeat, Ended)


def _masked(said: SaidT) -> SaidT:
    """Words of media libraries quote addresses, passwords and all."""
    match said:
        case Heartbeat():
            error = None if said.last_error is None else mask(said.last_error)
            source, publish = _masked_reason(said.source), _masked_reason(said.publish)
            return said.model_copy(update={"last_error": error, "source": source, "publish": publish})
        case Ended(error=str(error)):
            return said.model_copy(update={"error": mask(error)})
    return said


ReportT = TypeVar("ReportT", SourceReport, PublishReport)


def _masked_reason(report: ReportT | None) -> ReportT | None:
    if report is None or report.reason is None:
        return report
    return report.model_copy(update={"reason": mask(report.reason)})
