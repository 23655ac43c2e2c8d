"""A job's pictures for a tracking source, from the agent's own decode of the camera."""

import logging
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import simplejpeg  # type: ignore[import-untyped]

from ...backoff import Backoff
from ...client import FramePart, RunnerClient, RunnerError
from ...model import FrameRequest
from ...protocols import Frame
from ..shared_frames import Place, RingReader, SharedFramesError
from .newest import Newest, Offer
from .threads import thread_of

log = logging.getLogger(__name__)

LONGEST_BACKOFF = 8.0


class FrameFeed:
    """Reads in a thread of its own, so that a slow detector always gets the newest picture.

    It reconnects for as long as it is open. Iterated by one thread; `close` may come from any. On the agent's
    own machine the pictures come through shared memory where that can be had, else as JPEG.
    """

    def __init__(self, client: RunnerClient, job_id: str, request: FrameRequest) -> None:
        self._client = client
        self._job_id = job_id
        self._request = request
        self._newest = Newest(job_id)
        self._closed = threading.Event()
        self._shared = client.is_local
        """Whether shared memory is asked for."""
        self._ring: RingReader | None = None
        self._told = False
        self._backoff = Backoff(longest=LONGEST_BACKOFF)
        # A daemon: its read may last until the connection's time-out, and nobody waits for that.
        thread_of(job_id, self._read, "frames").start()

    def __iter__(self) -> Iterator[Frame]:
        return iter(self._newest)

    @property
    def busy_since(self) -> float | None:
        return self._newest.busy_since

    @property
    def skipped(self) -> int:
        return self._newest.skipped

    def close(self) -> None:
        self._closed.set()
        self._newest.close()

    def _read(self) -> None:
        while not self._closed.is_set():
            pause = self._backoff.first
            try:
                self._read_stream()
            except SharedFramesError as error:
                log.warning("%s: %s; its pictures come as JPEG from now on", self._job_id, error)
                self._shared, self._told = False, True
                continue
            except RunnerError as error:
                pause = self._backoff.failed(str(error))
                if self._backoff.attempts == 1 and not self._closed.is_set():
                    log.warning("%s: its pictures: %s; trying again", self._job_id, error)
            self._closed.wait(pause)

    def _read_stream(self) -> None:
        asked = self._request
        frames = self._client.frames(self._job_id, fps=asked.fps, width=asked.width, shared=self._shared)
        with closing(frames):
            for part in frames:
                self._newest.put(self._offer(part))
                self._backoff.working()
                if self._closed.is_set():
                    return

    def _offer(self, part: FramePart) -> Offer:
        """Raises SharedFramesError where the picture is in memory that this process cannot see."""
        if not part.place:
            if self._shared and not self._told:
                self._told = True
                log.info("%s: its pictures come as JPEG: the agent shares no memory", self._job_id)
            return JpegOffer(part.pts, part.jpeg)
        place = Place.parse(part.place)
        if self._ring is None or not self._ring.holds(place, part.width, part.height):
            self._ring = RingReader(place, part.width, part.height)
        return SharedOffer(part.pts, self._ring, place.number)


@dataclass(frozen=True, slots=True)
class JpegOffer:
    pts: float
    jpeg: bytes

    def frame(self) -> Frame | None:
        try:
            return Frame(self.pts, simplejpeg.decode_jpeg(self.jpeg, colorspace="BGR"))
        except ValueError as error:
            log.warning("a picture of %.3f s is no JPEG: %s", self.pts, error)
            return None


@dataclass(frozen=True, slots=True)
class SharedOffer:
    pts: float
    ring: RingReader
    number: int

    def frame(self) -> Frame | None:
        image = self.ring.read(self.number)
        return None if image is None else Frame(self.pts, image)
