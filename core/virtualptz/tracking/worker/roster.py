"""Which jobs a worker tracks: those that are named, or those that the agent runs."""

import logging
import threading
from collections.abc import Callable, Collection

from ...client import RunnerClient, RunnerError
from ...logs import about_job
from ...wire.job import JobAnswer
from .options import ALL, ASSIGNED, WorkerOptions
from .tracker import JobTracker

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0

Track = Callable[[str], JobTracker]
"""Makes a job's tracker, not started."""


class Roster:
    """Takes jobs up as they come and drops them as they end. One thread looks; any may close.

    One job that is named by itself is tracked whatever the agent says of it: it may not know it yet, and an
    agent that is started again has it back under the same id.
    """

    def __init__(self, options: WorkerOptions, detector: str, client: RunnerClient, track: Track) -> None:
        self._options = options
        self._detector = detector
        self._client = client
        self._track = track
        self._lock = threading.Lock()
        self._trackers: dict[str, JobTracker] = {}
        self._dropped: list[JobTracker] = []
        self._closed = threading.Event()
        self._in_trouble = False
        self._thread = threading.Thread(target=self._watch, name="jobs", daemon=True)

    def start(self) -> None:
        for job_id in self._options.named_jobs:
            self._take(job_id)
        if not self._options.job_id:
            self._thread.start()

    @property
    def hanging(self) -> str | None:
        """The id of a job whose source hangs."""
        with self._lock:
            return next((job_id for job_id, tracker in self._trackers.items() if tracker.hangs), None)

    @property
    def is_alive(self) -> bool:
        """Whether anything that it started has not ended yet."""
        with self._lock:
            trackers = [*self._trackers.values(), *self._dropped]
        return self._thread.is_alive() or any(tracker.is_alive for tracker in trackers)

    def close(self) -> None:
        """Returns at once."""
        self._closed.set()
        with self._lock:
            for tracker in self._trackers.values():
                tracker.close()

    def _watch(self) -> None:
        with self._client:
            while not self._closed.is_set():
                self._look()
                self._closed.wait(LOOK_SECONDS)

    def _look(self) -> None:
        try:
            jobs = self._client.jobs().jobs
        except RunnerError as error:
            # Those that are tracked go on, and tell of the same trouble when they push.
            if not self._in_trouble and not self._closed.is_set():
                log.warning("the agent's jobs: %s; trying again", error)
            self._in_trouble = True
            return
        self._in_trouble = False
        self._follow(jobs)

    def _follow(self, jobs: Collection[JobAnswer]) -> None:
        running = {job.job_id: job for job in jobs if _is_running_ingest(job)}
        wanted = [job_id for job_id, job in running.items() if self._wants(job_id, job)]
        unknown = set(self._options.named_jobs) - {job.job_id for job in jobs}
        for job_id in self._trackers.keys() - wanted - unknown:
            self._drop(job_id)
        for job_id in wanted:
            self._take(job_id)

    def _wants(self, job_id: str, job: JobAnswer) -> bool:
        if self._options.jobs == ASSIGNED:
            return job.detector == self._detector
        return self._options.jobs == ALL or job_id in self._options.named_jobs

    def _take(self, job_id: str) -> None:
        with self._lock:
            if job_id not in self._trackers and not self._closed.is_set():
                if not self._options.job_id:
                    with about_job(job_id):
                        log.info("%s: tracked from now on", job_id)
                tracker = self._trackers[job_id] = self._track(job_id)
                tracker.start()

    def _drop(self, job_id: str) -> None:
        with about_job(job_id):
            log.info("%s: tracked no longer", job_id)
        with self._lock:
            tracker = self._trackers.pop(job_id)
            self._dropped = [old for old in self._dropped if old.is_alive] + [tracker]
        tracker.close()


def _is_running_ingest(job: JobAnswer) -> bool:
    return job.kind == "ingest" and job.state == "running"
