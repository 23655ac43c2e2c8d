"""Plug-ins that watch jobs, kept off the event loop."""

import logging
import queue
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Protocol

from ...logs import about_job
from ...model import AudioInfo, JobOutcome, JobRef, MediaInfo, TrackingUpdate, VideoInfo
from ...wire.job import MediaSummary

logger = logging.getLogger(__name__)

BACKLOG = 1000
CLOSE_SECONDS = 2.0


class Observers(Protocol):
    """Those whom the engine tells what happened; the plug-in host is one."""

    def job_started(self, job: JobRef, media: MediaInfo) -> None: ...

    def job_stopped(self, job: JobRef, outcome: JobOutcome) -> None: ...

    def tracking_updated(self, job: JobRef, update: TrackingUpdate) -> None: ...


class ObserverThread:
    """Calls observers in order, in a thread of its own. Where they are too slow, calls are left out."""

    def __init__(self, observers: Observers) -> None:
        self._observers = observers
        self._calls: queue.Queue[tuple[JobRef, Callable[[], None]] | None] = queue.Queue(BACKLOG)
        self._left_out = 0
        # A daemon: an observer that hangs must not keep the agent from ending.
        self._thread = threading.Thread(target=self._run, name="virtualptz-observers", daemon=True)

    def use(self, observers: Observers) -> None:
        """For all calls that are made from now on."""
        self._observers = observers

    def start(self) -> None:
        self._thread.start()

    def job_started(self, job: JobRef, media: MediaSummary) -> None:
        self._put(job, lambda: self._observers.job_started(job, media_info(media)))

    def job_stopped(self, job: JobRef, outcome: JobOutcome) -> None:
        self._put(job, lambda: self._observers.job_stopped(job, outcome))

    def tracking_updated(self, job: JobRef, update: TrackingUpdate) -> None:
        self._put(job, lambda: self._observers.tracking_updated(job, update))

    def close(self) -> None:
        """Let it finish what is due, but not for long. Blocking."""
        try:
            self._calls.put(None, timeout=CLOSE_SECONDS)
        except queue.Full:
            logger.warning("a plug-in's observer hangs: it is left behind")
            return
        self._thread.join(CLOSE_SECONDS)
        if self._thread.is_alive():
            logger.warning("a plug-in's observer hangs: it is left behind")

    def _put(self, job: JobRef, call: Callable[[], None]) -> None:
        try:
            self._calls.put_nowait((job, call))
        except queue.Full:
            self._left_out += 1
            if self._left_out.bit_count() == 1:
                logger.warning("observers are too slow: %d calls left out so far", self._left_out)

    def _run(self) -> None:
        while (due := self._calls.get()) is not None:
            job, call = due
            with about_job(job.job_id):
                call()


def media_info(summary: MediaSummary) -> MediaInfo:
    audio = None
    if summary.audio_codec is not None:
        audio = AudioInfo(summary.audio_codec, summary.sample_rate or 0, summary.channels or 0)
    video = VideoInfo(summary.codec, summary.width, summary.height, Fraction(summary.frame_rate))
    return MediaInfo(video, audio, live=summary.live)
