"""An engine in memory, behind the routes' own protocol, and the application on top of it."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from virtualptz.api.app import create_app
from virtualptz.api.services import Access, Engine, Services
from virtualptz.api.tokens import PreviewTokens
from virtualptz.errors import JobNotRunningError, UnknownJobError, UnknownPluginError, UnknownPresetError
from virtualptz.jobs.readiness import Readiness
from virtualptz.jobs.records.starts import Start, Starts
from virtualptz.jobs.rules import CameraRules, RuleChange
from virtualptz.jobs.status import (
    CameraRequest,
    DetectorStatus,
    FrameStreamRequest,
    JobStatus,
    JpegFrame,
    Once,
    Preset,
    PtzOutcome,
    RecallOutcome,
    RuleOutcome,
    TrackingRecord,
    WorkerStatus,
)
from virtualptz.jobs.supervision.events import EventLog, EventStream, Wanted
from virtualptz.keys import ApiKeys
from virtualptz.model import JobKind, MediaInfo, TrackingUpdate, VideoInfo
from virtualptz.plugins import PluginState, PluginStatus
from virtualptz.settings import Settings
from virtualptz.wire.events import EventBody, EventType, JobEvent
from virtualptz.wire.health import Check, Word
from virtualptz.wire.ingest import ProfileName
from virtualptz.wire.plugins import PluginDetail, PluginOption
from virtualptz.wire.view import ViewValue

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
KEY = "key-0123456789"
SIMULATED = TrackingUpdate(tracking_confidence=0.9, tracking_state="stable", source="runner-sim")
MEDIA = MediaInfo(VideoInfo("h264", 1920, 1080, Fraction(30000, 1001)))
PLUGIN = PluginStatus("broken", "failed", reason="ImportError: torch", offers={"media_backends": ()})
OPTION = PluginOption(
    extension="broken",
    name="speed",
    type="number",
    allowed="number",
    default=1.0,
    unit="seconds",
    value=1.0,
    origin="default",
    variable="RUNNER_PLUGIN_BROKEN_SPEED",
    key="plugin.broken.speed",
)


@dataclass
class MemoryEngine:
    """Keeps what it is told. `fails` is raised by whatever is asked next."""

    known: dict[str, JobStatus] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    updates: dict[str, TrackingUpdate] = field(default_factory=dict)
    fails: Exception | None = None
    outcome: tuple[bool, bool, str] = (True, False, "applied")
    answers: bool = True
    """Whether the job's process does."""
    presets: dict[str, Preset] = field(default_factory=dict)
    marks: list[str | None] = field(default_factory=list)
    """Of the workers whose updates came."""
    workers: tuple[WorkerStatus, ...] = ()
    pictures: tuple[JpegFrame, ...] = (JpegFrame(1.5, 4, 2, b"\xff\xd8one\xff\xd9"),)
    ended: bool = False
    by_key: dict[str, Start] = field(default_factory=dict)
    troubles: dict[Check, Word] = field(default_factory=dict)
    log_text: str = "one\ntwo \N{WHITE HEAVY CHECK MARK}\n"

    def __post_init__(self) -> None:
        self.starts = Starts(self)
        self.log = EventLog()
        self.events = MemoryEvents(self)

    def ask_close(self) -> None:
        self.ended = True
        self.log.end()

    def readiness(self) -> Readiness:
        return Readiness(self.troubles)

    @property
    def logs(self) -> "MemoryLogs":
        return MemoryLogs(self)

    @property
    def cameras(self) -> "MemoryCameras":
        return MemoryCameras(self)

    @property
    def detectors(self) -> "MemoryDetectors":
        return MemoryDetectors(self)

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
        asked: dict[str, Any] = {} if camera == CameraRequest() else {"camera": camera}
        asked |= {} if detector is None else {"detector": detector}
        self._ask(session_id=session_id, source=source, profile=profile, replica_index=replica_index, **asked)
        return self._begun(self.add("ingest", session_id), once)

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
        self._ask(source=source, fps=fps, scale=scale, q=q, view=view, start_seconds=start_seconds)
        return self._begun(self.add("preview"), once)

    async def stop(self, job_id: str) -> None:
        if job_id in self.known:
            self.known[job_id] = replace(self.known[job_id], state="stopped")

    def status(self, job_id: str) -> JobStatus:
        return self.known.get(job_id, JobStatus(job_id))

    def jobs(self) -> list[JobStatus]:
        return list(self.known.values())

    def counts(self) -> tuple[int, int]:
        running = [job.kind for job in self.known.values() if job.state == "running"]
        return running.count("preview"), running.count("ingest")

    async def ptz(self, job_id: str, view: ViewValue) -> PtzOutcome:
        self._running(job_id)
        self._ask(view=view)
        return PtzOutcome(view, *self.outcome)

    async def aim_preview(self, job_id: str, view: ViewValue) -> str:
        self._running(job_id)
        self._ask(view=view)
        return "subpixel_crop"

    async def update_tracking(
        self, job_id: str, update: TrackingUpdate, worker: str | None = None
    ) -> TrackingRecord:
        self._running(job_id)
        self.updates[job_id] = update
        self.marks.append(worker)
        return TrackingRecord(update, NOW)

    async def tracking(self, job_id: str) -> TrackingRecord | None:
        if job_id not in self.known:
            return None
        return TrackingRecord(self.updates.get(job_id, SIMULATED), NOW)

    def frames(
        self, job_id: str, request: FrameStreamRequest | None = None, *, detector: bool = False
    ) -> AsyncGenerator[JpegFrame, None]:
        self._running(job_id)
        self._ask(frames=request)
        return self._frames()

    async def probe(self, source: str, timeout: float) -> MediaInfo:  # noqa: ASYNC109
        self._ask(source=source, timeout=timeout)
        return MEDIA

    def add(self, kind: JobKind, session_id: str = "") -> JobStatus:
        job_id = f"{kind}-{len(self.known) + 1}"
        job = JobStatus(job_id, kind, "running", phase="connecting", session_id=session_id, created_at=NOW)
        if kind == "ingest":
            job = replace(job, rules=CameraRules(), view=ViewValue())
        self.known[job_id] = job
        return self.known[job_id]

    def started(self, key: str) -> Start | None:
        return self.by_key.get(key)

    def _begun(self, job: JobStatus, once: Once | None) -> JobStatus:
        if once is not None:
            self.by_key[once.key] = Start(once, job.job_id, NOW)
        return job

    async def _frames(self) -> AsyncGenerator[JpegFrame, None]:
        for picture in self.pictures:
            yield picture

    def _ask(self, **what: Any) -> None:
        if self.fails is not None:
            raise self.fails
        self.asked.append(what)

    def _known(self, job_id: str) -> None:
        if job_id not in self.known:
            raise UnknownJobError("no job has this id")

    def _running(self, job_id: str) -> None:
        self._known(job_id)
        if self.known[job_id].state != "running":
            raise JobNotRunningError("the job has stopped")


@dataclass
class MemoryEvents:
    engine: MemoryEngine

    def open(self, wanted: Wanted, last_id: str | None = None) -> EventStream:
        self.engine._ask(events=wanted, last_id=last_id)
        if wanted.job_id not in (None, *self.engine.known):
            raise UnknownJobError("no job has this id")
        return self.engine.log.open(wanted, last_id, self._whole)

    def _whole(self) -> Iterator[tuple[EventType, EventBody]]:
        for job_id in self.engine.known:
            yield "job", job_event(job_id)


def job_event(job_id: str, **more: Any) -> JobEvent:
    usual: dict[str, Any] = {"kind": "ingest", "session_id": "", "state": "running", "phase": "connecting"}
    usual |= {"at": NOW, "restart_count": 0, "last_error": None, "publish_state": None}
    return JobEvent(**usual | more, job_id=job_id)


@dataclass
class MemoryLogs:
    """Of each job the same; it is followed to its end at once."""

    engine: MemoryEngine

    async def read(self, job_id: str, lines: int) -> str:
        self.engine._known(job_id)
        self.engine._ask(lines=lines)
        return self.engine.log_text

    async def follow(self, job_id: str, lines: int) -> AsyncGenerator[str, None]:
        self.engine._known(job_id)
        self.engine._ask(follow=lines)
        return self._lines()

    async def _lines(self) -> AsyncGenerator[str, None]:
        for line in self.engine.log_text.splitlines(keepends=True):
            yield line


@dataclass
class MemoryChanges:
    """One plug-in, which can be switched on and off, and is broken at first."""

    settings: Settings
    plugins: tuple[PluginStatus, ...] = (PLUGIN,)

    def show(self, name: str) -> PluginDetail:
        if name != PLUGIN.name:
            raise UnknownPluginError(f"no plug-in {name!r} is installed; there are: {PLUGIN.name}")
        return PluginDetail.model_validate({**self.plugins[0].as_json(), "options": [OPTION]})

    async def use(self, settings: Settings) -> tuple[str, ...]:
        self.settings = settings
        return ()

    async def enable(self, name: str) -> PluginStatus:
        return self._put(name, "loaded")

    async def disable(self, name: str) -> PluginStatus:
        return self._put(name, "disabled")

    async def rescan(self) -> tuple[PluginStatus, ...]:
        self.plugins = (*self.plugins, replace(PLUGIN, name="new"))
        return self.plugins

    def _put(self, name: str, state: PluginState) -> PluginStatus:
        if name != PLUGIN.name:
            raise UnknownPluginError(f"no plug-in {name!r} is installed; there are: {PLUGIN.name}")
        self.plugins = (replace(PLUGIN, state=state, reason=None),)
        return self.plugins[0]


@dataclass
class MemoryDetectors:
    engine: MemoryEngine

    @property
    def workers(self) -> tuple[WorkerStatus, ...]:
        return self.engine.workers

    async def start(self, job_id: str, asked: str | None = None) -> DetectorStatus:
        return self._assign(job_id, DetectorStatus(asked or "motion", "starting"))

    async def stop(self, job_id: str) -> DetectorStatus:
        return self._assign(job_id, DetectorStatus())

    def _assign(self, job_id: str, status: DetectorStatus) -> DetectorStatus:
        self.engine._running(job_id)
        self.engine._ask(run=status.name)
        self.engine.known[job_id] = replace(self.engine.known[job_id], detector=status)
        return status


@dataclass
class MemoryCameras:
    """All cameras see the same, so their presets are the same."""

    engine: MemoryEngine

    async def rule(self, job_id: str, change: RuleChange) -> RuleOutcome:
        job = self._running(job_id)
        self.engine._ask(rule=change)
        rules = (job.rules or CameraRules()).after(change)
        self.engine.known[job_id] = replace(job, rules=rules)
        return RuleOutcome(self.engine.known[job_id], applied=self.engine.answers)

    async def presets(self, job_id: str) -> tuple[Preset, ...]:
        self._running(job_id)
        return tuple(self.engine.presets.values())

    async def keep(self, job_id: str, name: str, **view: float | None) -> tuple[Preset, ...]:
        now = self._running(job_id).view or ViewValue()
        self.engine._ask(keep=name)
        given = {axis: value for axis, value in view.items() if value is not None}
        self.engine.presets[name] = Preset(name, now.model_copy(update=given), NOW)
        return await self.presets(job_id)

    async def drop(self, job_id: str, name: str) -> tuple[Preset, ...]:
        self._find(job_id, name)
        del self.engine.presets[name]
        return await self.presets(job_id)

    async def recall(self, job_id: str, name: str, glide_seconds: float) -> RecallOutcome:
        preset = self._find(job_id, name)
        self.engine._ask(recall=name, glide_seconds=glide_seconds)
        answers = self.engine.answers
        return RecallOutcome(preset, answers, max(glide_seconds, 0.8) if answers else 0.0)

    def _running(self, job_id: str) -> JobStatus:
        self.engine._running(job_id)
        return self.engine.known[job_id]

    def _find(self, job_id: str, name: str) -> Preset:
        self._running(job_id)
        if name not in self.engine.presets:
            raise UnknownPresetError(f"this camera has no preset {name!r}; there are: none")
        return self.engine.presets[name]


def settings_for(state_dir: Path, **values: Any) -> Settings:
    return Settings(**{"state_dir": state_dir, "api_key": KEY, **values})


def app_on(engine: Engine, settings: Settings, secret: bytes = b"s" * 32) -> FastAPI:
    @asynccontextmanager
    async def services(given: Settings) -> AsyncIterator[Services]:
        tokens = PreviewTokens(secret, given.preview_token_seconds)
        yield Services(MemoryChanges(given), engine, tokens, Access(ApiKeys.of(given)))

    return create_app(settings, services=services)


BEARER = {"Authorization": f"Bearer {KEY}"}


@contextmanager
def client_of(app: FastAPI, *, host: str = "127.0.0.1", key: bool = True) -> Iterator[TestClient]:
    """A client that comes from `host`, with the key unless told otherwise; a 500 is an answer."""
    headers = BEARER if key else None
    with TestClient(
        app,
        base_url="http://127.0.0.1:9001",
        client=(host, 50000),
        headers=headers,
        raise_server_exceptions=False,
    ) as client:
        yield client
