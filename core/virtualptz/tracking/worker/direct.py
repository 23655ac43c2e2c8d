"""Pictures straight from a source, for a job whose own are not to be had in that size."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import floor
from time import monotonic
from typing import cast

from ...backoff import Backoff
from ...errors import MediaError
from ...model import FrameRequest, MediaInfo
from ...protocols import Frame, MediaSource, Picture
from ...redact import mask
from .newest import Newest
from .stream_clock import StreamClock
from .threads import thread_of

log = logging.getLogger(__name__)

CLOCK_SECONDS = 0.2
LONGEST_BACKOFF = 8.0
SLOT_TOLERANCE = 0.01

Open = Callable[[], MediaSource]


class DirectPictures:
    """One connection to a camera, opened anew for as long as this is open; the newest picture wins.

    The job's stream time of a picture cannot be known here: it is on another connection, whose time stamps
    begin anywhere. What is told is the job's stream time at the moment of the picture's arrival
    (`StreamClock`, some tens of milliseconds), which is right as far as both connections are equally late.
    Until the agent has told a stream time, no picture is handed out.
    """

    def __init__(self, job_id: str, open_source: Open, clock: StreamClock) -> None:
        self._job_id = job_id
        self._open = open_source
        self._clock = clock
        self._offset: float | None = None
        """Stream time minus monotonic time."""
        self._feed: DirectFeed | None = None
        self._media: MediaInfo | None = None
        self._known = threading.Event()
        self._closed = threading.Event()
        self._source: MediaSource | None = None
        self._backoff = Backoff(longest=LONGEST_BACKOFF)
        for name, work in (("clock", self._keep_time), ("pictures", self._read)):
            thread_of(job_id, work, name).start()

    def media(self) -> MediaInfo | None:
        self._known.wait()
        return self._media

    def open(self, request: FrameRequest) -> "DirectFeed":
        self._feed = DirectFeed(self._job_id, request)
        return self._feed

    def close(self) -> None:
        self._closed.set()
        self._known.set()
        if self._source is not None:
            self._source.close()

    def _keep_time(self) -> None:
        """In a thread of its own: an agent that hangs must not keep pictures from being read."""
        while not self._closed.wait(CLOCK_SECONDS):
            seconds = self._clock()
            self._offset = seconds - monotonic() if self._clock.is_told else None

    def _read(self) -> None:
        while not self._closed.is_set():
            pause = self._backoff.first
            try:
                self._read_connection()
            except MediaError as error:
                pause = self._failed(str(error))
            except Exception as error:  # noqa: BLE001 (the boundary to a media backend of others)
                pause = self._failed(f"{type(error).__name__}: {error}")
            self._closed.wait(pause)

    def _failed(self, reason: str) -> float:
        pause = self._backoff.failed(reason)
        if self._backoff.attempts == 1 and not self._closed.is_set():
            log.warning("%s: its source: %s; trying again", self._job_id, mask(reason))
        return pause

    def _read_connection(self) -> None:
        """Returns at the end of a file, which is then played again."""
        source = self._open()
        self._source = source
        try:
            self._media = source.info
            self._known.set()
            pace = _Pace(self._closed) if source.info.paced else None
            while not self._closed.is_set() and (item := source.read()) is not None:
                self._backoff.working()
                if hasattr(item, "render"):
                    self._take(cast("Picture", item), pace)
        finally:
            self._source = None
            source.close()

    def _take(self, picture: Picture, pace: "_Pace | None") -> None:
        if pace is not None:
            pace.wait_for(picture.pts)
        if self._offset is not None and self._feed is not None and self._media is not None:
            self._feed.offer(picture, monotonic() + self._offset, self._media.video.aspect)


class DirectFeed:
    """The pictures of one request."""

    def __init__(self, job_id: str, request: FrameRequest) -> None:
        self._request = request
        self._newest = Newest(job_id)
        self._slot = -1

    def __iter__(self) -> Iterator[Frame]:
        return iter(self._newest)

    @property
    def busy_since(self) -> float | None:
        return self._newest.busy_since

    def offer(self, picture: Picture, at: float, aspect: float) -> None:
        """A picture that came at stream time `at`, to be shown at `aspect`; left out over the asked rate."""
        slot = floor(at * self._request.fps + SLOT_TOLERANCE)
        if slot != self._slot:
            self._slot = slot
            width = max(self._request.width // 2 * 2, 2)
            height = max(round(width / aspect / 2) * 2, 2)
            self._newest.put(PictureOffer(at, picture, width, height))

    def close(self) -> None:
        self._newest.close()


@dataclass(frozen=True, slots=True)
class PictureOffer:
    pts: float
    picture: Picture
    width: int
    height: int

    def frame(self) -> Frame | None:
        try:
            return Frame(self.pts, self.picture.to_array(self.width, self.height))
        except Exception as error:  # noqa: BLE001 (the boundary to a media backend of others)
            log.warning("a picture of %.3f s: %s: %s", self.pts, type(error).__name__, error)
            return None


@dataclass
class _Pace:
    """Real time for a file, which comes as fast as it is read."""

    closed: threading.Event
    origin: float | None = None

    def wait_for(self, pts: float) -> None:
        if self.origin is None:
            self.origin = monotonic() - pts
        self.closed.wait(max(0.0, self.origin + pts - monotonic()))
