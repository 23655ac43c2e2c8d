"""Plug-ins that watch jobs, kept off the event loop."""

from typing import Protocol

from ..model import JobOutcome, JobRef, MediaInfo, TrackingUpdate


class Observers(Protocol):
    """Those whom the engine tells what happened; the plug-in host is one."""

    def job_started(self, job: JobRef, media: MediaInfo) -> None: ...

    def job_stopped(self, job: JobRef, outcome: JobOutcome) -> None: ...

    def tracking_updated(self, job: JobRef, update: TrackingUpdate) -> None: ...
