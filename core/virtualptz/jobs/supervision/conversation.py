"""What the agent and one job say to each other, across all of the job's processes."""

import asyncio
import itertools
import logging
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from ...model import JobSpec, TrackingUpdate
from ...redact import mask
from ..messages import (
    Ended,
    FrameHeader,
    Heartbeat,
    Ptz,
    PtzReply,
    Recalled,
    Report,
    Ruled,
    Stop,
    Tracking,
    ViewValue,
)
from ..paths import JobPaths
from ..status import PtzOutcome
from ..wire import WireError
from .hub import Hub
from .link import Link
from .timing import Timing

logger = logging.getLogger(__name__)

TRACKING_FRESH_SECONDS = 5.0
"""A tracking update older than this says nothing to a process that has just started."""


class Conversation:
    """Connects, listens and asks. What was asked while no process was there is told to the next one."""

    def __init__(
        self, paths: JobPaths, hub: Hub, timing: Timing, on_heartbeat: Callable[[Heartbeat], None]
    ) -> None:
        self._paths = paths
        self._hub = hub
        self._timing = timing
        self._on_heartbeat = on_heartbeat
        self._link: Link | None = None
        self._numbers = itertools.count(1)
        self._replies: dict[int, asyncio.Future[PtzReply | None]] = {}
        self._waiting_view: ViewValue | None = None
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

    def resume(self, spec: JobSpec) -> JobSpec:
        """The spec of the next process, which goes on from where the last one was."""
        last, self._last_heartbeat = self._last_heartbeat, None
        view = self._waiting_view or (last.view if last else None)
        changes: dict[str, object] = {}
        if view is not None:
            changes["initial_view"] = (view.center_x, view.center_y, view.zoom)
        if last and last.pts_in is not None:
            changes["begin_at"] = max(last.pts_in, last.pts_out or 0.0) + monotonic() - self._last_heard
        if last and last.media and not last.media.live and last.pts_in:
            changes["start_seconds"] = spec.start_seconds + last.pts_in - spec.begin_at
        return spec.model_copy(update=changes)

    def leave(self) -> None:
        """Listen to what is still to come, and connect no more."""
        self._leaving = True

    async def talk(self) -> None:
        """With one process, from its first connection until `leave()` or cancellation."""
        self._leaving, self.last_word = False, None
        try:
            while not self._leaving:
                if (link := await self._connect()) is not None:
                    await self._listen(link)
                if not self._leaving:
                    await asyncio.sleep(self._timing.connect)
        finally:
            self.heartbeat = None

    async def ptz(self, view: ViewValue) -> PtzOutcome:
        """Move the camera; where no process can answer now, the next one begins there."""
        reply = await self._ask(view)
        if reply is None:
            self._waiting_view = view
            return PtzOutcome(view, applied=False, queued=True, reason="job_starting")
        self._waiting_view = None
        return PtzOutcome(view, reply.applied, reply.queued, reply.reason)

    def track(self, update: TrackingUpdate) -> None:
        self._tracking = (update, monotonic())
        if self._link is not None:
            self._link.send(Tracking(update=update))

    def stop(self) -> bool:
        """False where there is nobody to tell."""
        return self._link is not None and self._link.send(Stop())

    async def _connect(self) -> Link | None:
        try:
            return await Link.connect(self._paths)
        except OSError:
            return None

    async def _listen(self, link: Link) -> None:
        try:
            self._introduce(link)
            async for report, payload in link.reports():
                self._hear(report, payload)
        except ConnectionError as error:
            logger.warning("job %s: its connection broke: %s", self._paths.folder.name, error)
        finally:
            self._link = None
            self._hub.connect(None)
            for waiting in self._replies.values():
                if not waiting.done():
                    waiting.set_result(None)
            await link.close()

    def _introduce(self, link: Link) -> None:
        self._link = link
        if self._waiting_view is not None:
            link.send(Ptz(id=0, view=self._waiting_view))
            self._waiting_view = None
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
                waiting = self._replies.get(report.id)
                if waiting is not None and not waiting.done() and isinstance(report, PtzReply):
                    waiting.set_result(report)
            case FrameHeader():
                self._hub.deliver(report, payload)
            case Ended():
                self.last_word = _masked(report)

    def _take(self, heartbeat: Heartbeat) -> None:
        self.heartbeat = self._last_heartbeat = heartbeat
        self._last_heard = monotonic()
        self._on_heartbeat(heartbeat)

    async def _ask(self, view: ViewValue) -> PtzReply | None:
        number = next(self._numbers)
        if self._link is None or not self._link.send(Ptz(id=number, view=view)):
            return None
        waiting: asyncio.Future[PtzReply | None] = asyncio.get_running_loop().create_future()
        self._replies[number] = waiting
        try:
            return await asyncio.wait_for(waiting, self._timing.reply)
        except TimeoutError:
            return None
        finally:
            del self._replies[number]


SaidT = TypeVar("SaidT", Heartbeat, Ended)


def _masked(said: SaidT) -> SaidT:
    """Words of media libraries quote addresses, passwords and all."""
    match said:
        case Heartbeat(last_error=str(error)):
            return said.model_copy(update={"last_error": mask(error)})
        case Ended(error=str(error)):
            return said.model_copy(update={"error": mask(error)})
    return said
