"""Which turns of jobs and plug-ins are events: a state is told where it is not as it was told last."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Protocol
from weakref import WeakKeyDictionary

from ...redact import mask
from ...settings import Settings
from ...wire.events import (
    CameraEvent,
    EventBody,
    EventType,
    JobEvent,
    PluginEvent,
    PublishState,
    TrackingEvent,
)
from ..status import JobStatus
from .events import EventLog, EventStream, Wanted
from .job import Job
from .roster import Roster

Make = Callable[[Job], tuple[object, EventBody] | None]
"""What an event of this type is told for, and its body; None: there is nothing to tell."""


class Plugin(Protocol):
    """The part of a plug-in's status that is told."""

    @property
    def name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def version(self) -> str: ...


class Happenings:
    """One per agent. `look` costs little where nothing is new."""

    def __init__(self, roster: Roster, settings: Settings) -> None:
        self._log = EventLog()
        self._roster = roster
        self._most = settings.max_viewers
        self._told: WeakKeyDictionary[Job, dict[EventType, object]] = WeakKeyDictionary()
        self._plugins: dict[str, PluginEvent] | None = None
        roster.readers.append(lambda: self._log.readers)

    def use(self, settings: Settings) -> None:
        self._most = settings.max_viewers

    def open(self, wanted: Wanted, last_id: str | None = None) -> EventStream:
        """What happens from now on, until the agent ends; close it with `aclose()`.

        `last_id`: also what happened after the event of this id; where that is no longer known, a `gap` and
        how each job is. Raises UnknownJobError, LimitError over `max_viewers`.
        """
        jobs = tuple(self._roster) if wanted.job_id is None else (self._roster.find(wanted.job_id),)
        self._roster.check_viewers(self._most)
        return self._log.open(wanted, last_id, lambda: _whole(jobs))

    def end(self) -> None:
        """End all streams, and every later one."""
        self._log.end()

    def look(self, job: Job, *kinds: EventType) -> None:
        """Something of it may be new; no kind: anything."""
        if not job.begun:
            return
        told = self._told.setdefault(job, {})
        for kind in kinds or tuple(OF_JOBS):
            made = OF_JOBS[kind](job)
            if made is not None and told.get(kind) != made[0]:
                told[kind] = made[0]
                self._log.tell(kind, made[1], job.job_id)

    def look_at_plugins(self, plugins: Collection[Plugin]) -> None:
        """All that there are now. The first look tells nothing: all would be new."""
        now = {plugin.name: _plugin(plugin) for plugin in plugins}
        before, self._plugins = self._plugins, now
        if before is None:
            return
        for name, event in now.items():
            if name not in before or _key(before[name]) != _key(event):
                self._log.tell("plugin", event)
        for name in before.keys() - now.keys():
            gone = {"state": "removed", "reason": None, "at": datetime.now(UTC)}
            self._log.tell("plugin", before[name].model_copy(update=gone))


def _whole(jobs: Collection[Job]) -> Iterator[tuple[EventType, EventBody]]:
    """How each of them is now."""
    for job in jobs:
        for kind, make in OF_JOBS.items():
            made = make(job)
            if made is not None:
                yield kind, made[1]


def _job(job: Job) -> tuple[object, EventBody] | None:
    now = job.status()
    event = JobEvent(
        at=datetime.now(UTC),
        job_id=job.job_id,
        kind=job.spec.kind,
        session_id=now.session_id,
        state=now.state,
        phase=now.phase,
        restart_count=now.restart_count,
        last_error=None if now.last_error is None else mask(now.last_error),
        publish_state=_publish_state(now) if job.spec.kind == "ingest" else None,
    )
    return event.model_dump(exclude={"at"}), event


def _publish_state(now: JobStatus) -> PublishState | None:
    report = None if now.heartbeat is None or now.state != "running" else now.heartbeat.publish
    return None if report is None else report.state


def _tracking(job: Job) -> tuple[object, EventBody] | None:
    if job.tracking is None:
        return None
    update = job.tracking.update
    event = TrackingEvent(
        at=job.tracking.updated_at,
        job_id=job.job_id,
        tracking_state=update.tracking_state,
        fallback_active=update.fallback_active,
        tracking_confidence=update.tracking_confidence,
        source=update.source,
    )
    return (update.tracking_state, update.fallback_active), event


def _camera(job: Job) -> tuple[object, EventBody] | None:
    heartbeat = job.heartbeat if job.spec.kind == "ingest" else None
    camera = None if heartbeat is None else heartbeat.camera
    if camera is None:
        return None
    event = CameraEvent(
        at=datetime.now(UTC),
        job_id=job.job_id,
        mode=camera.mode,
        reason=camera.reason,
        holder=camera.holder,
        policy=camera.policy,
        problem=None if camera.problem is None else mask(camera.problem),
    )
    return (camera.mode, camera.reason, camera.holder), event


def _plugin(plugin: Plugin) -> PluginEvent:
    return PluginEvent.model_validate(
        {
            "at": datetime.now(UTC),
            "name": plugin.name,
            "state": plugin.state,
            "reason": plugin.reason,
            "version": plugin.version,
        }
    )


def _key(event: PluginEvent) -> tuple[str, str, str | None]:
    return event.state, event.version, event.reason


OF_JOBS: Mapping[EventType, Make] = {"job": _job, "tracking": _tracking, "camera": _camera}
