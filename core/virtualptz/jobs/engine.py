"""The agent's side of all jobs: starts, watches, adopts and stops their processes."""

from collections.abc import AsyncIterator

from ..model import MediaInfo, TrackingUpdate
from ..settings import Settings
from .messages import ViewValue
from .observers import Observers
from .status import (
    FrameStreamRequest,
    JobStatus,
    JpegFrame,
    ProfileName,
    PtzOutcome,
    TrackingRecord,
)


class JobEngine:
    """One per agent; all methods belong to the event loop that ran `start()`."""

    def __init__(self, settings: Settings, plugins: Observers) -> None:
        self._settings = settings
        self._plugins = plugins

    async def start(self) -> None:
        """Take the state folder, and bring back the jobs that are meant to run.

        Raises ConfigError where the folder cannot be used or belongs to another agent that runs.
        """
        raise NotImplementedError

    async def close(self, *, keep_jobs: bool | None = None) -> None:
        """Stop all jobs (or leave them running for the next agent); None: as the settings say."""
        raise NotImplementedError

    def end_streams(self) -> None:
        """End every open frame stream at once, and every later one."""
        raise NotImplementedError

    async def start_ingest(
        self, *, session_id: str, source: str, profile: ProfileName, replica_index: int = 0
    ) -> JobStatus:
        """Raises LimitError over `max_jobs`, JobConflictError where another job publishes to that target."""
        raise NotImplementedError

    async def start_preview(
        self,
        *,
        source: str,
        fps: float,
        scale: str,
        q: int,
        view: ViewValue | None = None,
        start_seconds: float = 0.0,
    ) -> JobStatus:
        """Raises LimitError over `max_jobs`."""
        raise NotImplementedError

    async def stop(self, job_id: str) -> None:
        """Returns when the job has ended; an unknown or ended job is left as it is."""
        raise NotImplementedError

    def status(self, job_id: str) -> JobStatus:
        raise NotImplementedError

    def jobs(self) -> list[JobStatus]:
        raise NotImplementedError

    def counts(self) -> tuple[int, int]:
        """Running previews, running ingests."""
        raise NotImplementedError

    async def ptz(self, job_id: str, view: ViewValue) -> PtzOutcome:
        """Raises UnknownJobError, JobNotRunningError."""
        raise NotImplementedError

    async def aim_preview(self, job_id: str, view: ViewValue) -> str:
        """Move a preview's view; the method's name. Raises UnknownJobError, JobNotRunningError."""
        raise NotImplementedError

    async def update_tracking(self, job_id: str, update: TrackingUpdate) -> TrackingRecord:
        """Raises UnknownJobError."""
        raise NotImplementedError

    def tracking(self, job_id: str) -> TrackingRecord | None:
        """The last update, else the built-in simulation's; None for an unknown job."""
        raise NotImplementedError

    def frames(self, job_id: str, request: FrameStreamRequest | None = None) -> AsyncIterator[JpegFrame]:
        """The newest frames, as they come, until the job ends; close it with `aclose()`.

        None: a preview's own parameters, or an ingest's program with the preview defaults. Raises, at the
        call and not at the first frame, UnknownJobError, JobNotRunningError, and LimitError over
        `max_viewers`.
        """
        raise NotImplementedError

    async def probe(self, source: str, timeout: float) -> MediaInfo:  # noqa: ASYNC109
        """Look at a source, in a process that can be killed. Raises MediaTimeoutError, else MediaError."""
        raise NotImplementedError
