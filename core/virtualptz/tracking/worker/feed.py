"""A job's pictures for a tracking source: multipart JPEG from the agent, the newest one only."""

import logging
import threading
from collections.abc import Iterator

import simplejpeg  # type: ignore[import-untyped]

from ...model import FrameRequest
from ...protocols import Frame
from .backoff import paused
from .multipart import JpegPart, parts
from .runner_client import RunnerClient, RunnerError

log = logging.getLogger(__name__)

LONGEST_PAUSE = 8.0


class FrameFeed:
    """Reads in a thread of its own, so that a slow detector always gets the newest picture.

    It reconnects for as long as it is open. Iterated by one thread; `close` may come from any.
    """

    def __init__(self, client: RunnerClient, job_id: str, request: FrameRequest) -> None:
        self._client = client
        self._job_id = job_id
        self._request = request
        self._newest: JpegPart | None = None
        self._changed = threading.Condition()
        self._closed = threading.Event()
        # A daemon: its read may last until the connection's time-out, and nobody waits for that.
        threading.Thread(target=self._read, name="frame-feed", daemon=True).start()

    def __iter__(self) -> Iterator[Frame]:
        """Each picture at most once, until closed."""
        while (part := self._take()) is not None:
            yield Frame(part.pts, simplejpeg.decode_jpeg(part.jpeg, colorspace="BGR"))

    def close(self) -> None:
        self._closed.set()
        with self._changed:
            self._changed.notify_all()

    def _take(self) -> JpegPart | None:
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._closed.is_set())
            part, self._newest = self._newest, None
            return None if self._closed.is_set() else part

    def _read(self) -> None:
        failures = 0
        while not self._closed.is_set():
            try:
                self._read_stream()
                failures = 0
            except (RunnerError, RuntimeError) as error:  # RuntimeError: the client was closed meanwhile
                failures += 1
                if failures == 1 and not self._closed.is_set():
                    log.warning("frames of the job: %s; trying again", error)
            self._closed.wait(paused(0.5, failures, LONGEST_PAUSE))

    def _read_stream(self) -> None:
        with self._client.frames(self._job_id, self._request) as chunks:
            for part in parts(chunks):
                with self._changed:
                    self._newest = part
                    self._changed.notify_all()
                if self._closed.is_set():
                    return
