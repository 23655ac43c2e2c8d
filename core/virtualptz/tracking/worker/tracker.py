"""One job of a tracking worker: its source, its pictures and its pushes, in threads of their own."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from ...backoff import Backoff
from ...client import RunnerClient
from ...errors import VirtualPtzError
from ...logs import about_job
from ...model import TrackingUpdate
from ...protocols import TrackingSource
from .outbox import Outbox
from .pictures import Feed, Pictures
from .push import Pusher
from .threads import thread_of

log = logging.getLogger(__name__)

RESTART_SECONDS = 5.0
LONGEST_RESTART_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a tracker works with, and nobody else does."""

    client: RunnerClient
    pusher: Pusher
    pictures: Pictures | None
    """None: its source needs none."""
    build: Callable[[], TrackingSource]
    """Raises VirtualPtzError."""


class JobTracker:
    """Tracks one job until it is closed. Whatever goes wrong in it is said, tried again, and nobody else's.

    The source is asked in one thread, its updates are pushed in another: an agent that is slow does not make
    the detector wait, and the newest update wins.
    """

    def __init__(self, job_id: str, name: str, equipment: Equipment, hang_seconds: float) -> None:
        """`name`: the tracking source's."""
        self.job_id = job_id
        self._name = name
        self._with = equipment
        self._hang_seconds = hang_seconds
        self._stop = threading.Event()
        self._outbox = Outbox()
        self._source: TrackingSource | None = None
        self._feed: Feed | None = None
        self._given_at: float | None = None
        """When the source that lives now last gave an update."""
        self._lock = threading.Lock()
        # Daemons, so that a detector that hangs for good cannot keep the process.
        self._working = thread_of(job_id, self._work, "tracking")
        self._pushing = thread_of(job_id, self._push, "pushes")

    def start(self) -> None:
        self._pushing.start()
        self._working.start()

    @property
    def is_alive(self) -> bool:
        return self._working.is_alive()

    @property
    def hangs(self) -> bool:
        """Whether the source has taken a picture, and given neither an update nor taken another for too long.

        Before a source's first update it may take its time: models are loaded, or compiled for this machine.
        """
        feed, given_at = self._feed, self._given_at
        since = None if feed is None else feed.busy_since
        if since is None or given_at is None or given_at >= since:
            return False
        return monotonic() - since > self._hang_seconds

    def close(self) -> None:
        """Returns at once; the threads end soon, but for a source or a call that hangs."""
        self._stop.set()
        self._outbox.close()
        if self._with.pictures is not None:
            with about_job(self.job_id):
                self._with.pictures.close()
        # A plug-in's close may hang as its detector does.
        thread_of(self.job_id, self._end_life, "end").start()

    def _push(self) -> None:
        self._with.pusher.run(self._outbox)

    def _work(self) -> None:
        with self._with.client:
            backoff = Backoff(RESTART_SECONDS, LONGEST_RESTART_SECONDS, least=RESTART_SECONDS, draw=max)
            while not self._stop.is_set():
                backoff.working()
                self._live_once()
                self._stop.wait(backoff.failed())
            self._pushing.join()

    def _live_once(self) -> None:
        """One life of the source. Whatever ends it, the next one begins after a while."""
        problem = ""
        try:
            self._source = self._with.build()
            self._track(self._source)
        except VirtualPtzError as error:
            problem = str(error)
        except Exception as error:  # noqa: BLE001 (the boundary to a tracking source of others)
            problem = f"{type(error).__name__}: {error}"
        self._end_life()
        if problem:
            # Last: of a worker that tells nothing any more, its last words are quoted.
            self._report(problem)

    def _track(self, source: TrackingSource) -> None:
        pictures = self._with.pictures
        wanted = source.wants(None if pictures is None else pictures.media())
        if wanted is not None and pictures is not None:
            self._feed = pictures.open(wanted)
        if not self._stop.is_set():
            for update in source.updates(None if self._feed is None else iter(self._feed)):
                self._take(update)

    def _take(self, update: TrackingUpdate) -> None:
        self._given_at = monotonic()
        self._outbox.put(update)

    def _end_life(self) -> None:
        with self._lock:
            source, self._source = self._source, None
            feed, self._feed, self._given_at = self._feed, None, None
        if feed is not None:
            feed.close()
        if source is not None:
            try:
                source.close()
            except Exception as error:  # noqa: BLE001 (the boundary to a tracking source of others)
                self._report(f"{type(error).__name__}: {error}")

    def _report(self, reason: str) -> None:
        if not self._stop.is_set():
            log.warning("%s: tracking source %s: %s", self.job_id, self._name, reason)
