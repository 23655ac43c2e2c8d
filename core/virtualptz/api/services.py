"""What the routes stand on: the engine's surface, and the values made once when the agent starts."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request

from ..jobs.engine import JobEngine
from ..jobs.readiness import Readiness
from ..jobs.rules import RuleChange
from ..jobs.status import (
    CameraRequest,
    DetectorStatus,
    FrameStreamRequest,
    JobStatus,
    Once,
    Preset,
    PtzOutcome,
    RecallOutcome,
    RuleOutcome,
    TrackingRecord,
    WorkerStatus,
)
from ..jobs.supervision.events import EventStream, Wanted
from ..keys import ApiKeys
from ..model import MediaInfo, TrackingUpdate
from ..plugins import PluginStatus
from ..settings import Settings
from ..wire.ingest import ProfileName
from ..wire.plugins import PluginDetail
from ..wire.view import ViewValue
from .delays import FailureDelays
from .in_force import InForce
from .mjpeg import Frames
from .refusals import Refusals
from .streaming import Source
from .tokens import PreviewTokens, load_secret


class Cameras(Protocol):
    """The part of the engine's `Cameras` that the routes use; what each raises is said there."""

    async def rule(self, job_id: str, change: RuleChange) -> RuleOutcome: ...

    async def presets(self, job_id: str) -> tuple[Preset, ...]: ...

    async def keep(
        self,
        job_id: str,
        name: str,
        *,
        center_x: float | None = None,
        center_y: float | None = None,
        zoom: float | None = None,
    ) -> tuple[Preset, ...]: ...

    async def drop(self, job_id: str, name: str) -> tuple[Preset, ...]: ...

    async def recall(self, job_id: str, name: str, glide_seconds: float) -> RecallOutcome: ...


class Detectors(Protocol):
    """The part of the engine's `Detectors` that the routes use; what each raises is said there."""

    @property
    def workers(self) -> tuple[WorkerStatus, ...]: ...

    async def start(self, job_id: str, asked: str | None = None) -> DetectorStatus: ...

    async def stop(self, job_id: str) -> DetectorStatus: ...


class Starts(Protocol):
    """The part of the engine's `Starts` that the routes use; what it raises is said there."""

    def claim(self, once: Once) -> AbstractContextManager[str | None]: ...


class Events(Protocol):
    """The part of the engine's `Happenings` that the routes use; what it raises is said there."""

    def open(self, wanted: Wanted, last_id: str | None = None) -> EventStream: ...


class Logs(Protocol):
    """The part of the engine's `JobLogs` that the routes use; what each raises is said there."""

    async def read(self, job_id: str, lines: int) -> str: ...

    async def follow(self, job_id: str, lines: int) -> Source[str]: ...


class Changes(Protocol):
    """The part of `InForce` that the routes use; what each raises is said there."""

    @property
    def settings(self) -> Settings: ...

    @property
    def plugins(self) -> tuple[PluginStatus, ...]: ...

    def show(self, name: str) -> PluginDetail: ...

    async def use(self, settings: Settings) -> tuple[str, ...]: ...

    async def enable(self, name: str) -> PluginStatus: ...

    async def disable(self, name: str) -> PluginStatus: ...

    async def rescan(self) -> tuple[PluginStatus, ...]: ...


class Engine(Protocol):
    """The part of `JobEngine` that the routes use; what each raises is said there."""

    @property
    def cameras(self) -> Cameras: ...

    @property
    def detectors(self) -> Detectors: ...

    @property
    def starts(self) -> Starts: ...

    @property
    def events(self) -> Events: ...

    @property
    def logs(self) -> Logs: ...

    def ask_close(self) -> None: ...

    def readiness(self) -> Readiness: ...

    async def start_ingest(
        self,
        *,
        session_id: str,
        source: str,
        profile: ProfileName,
        replica_index: int = 0,
        camera: CameraRequest = ...,
        detector: str | None = None,
        once: Once | None = None,
    ) -> JobStatus: ...

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
    ) -> JobStatus: ...

    async def stop(self, job_id: str) -> None: ...

    def status(self, job_id: str) -> JobStatus: ...

    def jobs(self) -> list[JobStatus]: ...

    def counts(self) -> tuple[int, int]: ...

    async def ptz(self, job_id: str, view: ViewValue) -> PtzOutcome: ...

    async def aim_preview(self, job_id: str, view: ViewValue) -> str: ...

    async def update_tracking(
        self, job_id: str, update: TrackingUpdate, worker: str | None = None
    ) -> TrackingRecord: ...

    async def tracking(self, job_id: str) -> TrackingRecord | None: ...

    def frames(
        self, job_id: str, request: FrameStreamRequest | None = None, *, detector: bool = False
    ) -> Frames: ...

    async def probe(self, source: str, timeout: float) -> MediaInfo: ...  # noqa: ASYNC109


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call, and who tried in vain."""

    keys: ApiKeys
    refusals: Refusals = field(default_factory=Refusals)
    delays: FailureDelays = field(default_factory=FailureDelays)


@dataclass(frozen=True, slots=True)
class Services:
    changes: Changes
    engine: Engine
    tokens: PreviewTokens
    access: Access

    @property
    def settings(self) -> Settings:
        """Those in force at this moment."""
        return self.changes.settings

    @property
    def plugins(self) -> tuple[PluginStatus, ...]:
        return self.changes.plugins


OpenServices = Callable[[Settings], AbstractAsyncContextManager[Services]]


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """The real ones: plug-ins loaded, engine running; both end with the block.

    Jobs end with it only where `ask_close` was called before: a start that fails takes nothing off the air.
    """
    access = Access(ApiKeys.of(settings))
    changes = InForce(settings)
    engine = JobEngine(changes.settings, changes.host)
    await engine.start()
    changes.attach(engine.change, engine.events.look_at_plugins)
    try:
        tokens = PreviewTokens(load_secret(settings.state_dir), settings.preview_token_seconds)
        yield Services(changes, engine, tokens, access)
    finally:
        await engine.close(keep_jobs=True)


def services_of(request: Request) -> Services:
    return cast(Services, request.app.state.services)


ServicesNow = Annotated[Services, Depends(services_of)]
