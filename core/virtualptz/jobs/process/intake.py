"""The source thread: opens the source, reads it, opens it again, and hands on what comes."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from ...backoff import Backoff
from ...errors import MediaChangedError, MediaError, MediaRefusedError
from ...model import JobSpec, MediaInfo, SourceOptions
from ...protocols import AudioPacket, MediaBackend, MediaSource, Picture
from .feed import Feed
from .opening import Opening
from .pace import Pacer, Thinning
from .progress import Progress, Pulse
from .slate import Slate
from .stillness import Stillness
from .timed import TimedItem, TimedPicture, TimedSound
from .timeline import Timeline

log = logging.getLogger(__name__)

STUCK_SECONDS = 30.0
"""A read that outlives its own time-out by this much will not come back."""
LONGEST_BACKOFF = 0.5
"""A camera that is back is to be on air again at once, and a knock at a closed port costs nothing."""
REFUSED_SECONDS = 12.0
"""A camera that refuses a login may lock it after a few of them."""


@dataclass(frozen=True)
class Delivery:
    """Where the intake's results go. All are called on the source thread."""

    connected: Callable[[MediaInfo], None]
    seen: Callable[[Picture, float], None]
    """Every decoded picture with its stream time, at once: detectors must be early."""
    item: Callable[[TimedItem], bool]
    """Picture or sound for the program; False once nobody takes it any more."""
    feed: Feed
    """Keeps the program's time, also of a job without a program."""


class Intake:
    """Reads one job's source until it ends, fails for good or is stopped. Run by its owner's thread."""

    def __init__(
        self,
        spec: JobSpec,
        backend: MediaBackend,
        progress: Progress,
        stop: threading.Event,
        to: Delivery,
        slate: Slate | None = None,
    ) -> None:
        self._spec = spec
        self._backend = backend
        self._progress = progress
        self._stop = stop
        self._to = to
        self._timeline = Timeline(begin_at=spec.begin_at)
        self._pacer = Pacer(stop)
        self._thinning = Thinning()
        self._stillness = Stillness()
        self._backoff = Backoff(longest=LONGEST_BACKOFF)
        self._refused = Backoff(first=REFUSED_SECONDS, least=REFUSED_SECONDS)
        self._tried_at = 0.0
        self._opening: Opening | None = None
        self._source: MediaSource | None = None
        self._slate = slate
        """On air until the first picture comes."""
        self._has_worked = slate is not None
        """A live source has sent a picture, to this process or to the one before."""
        self.pulse = Pulse(STUCK_SECONDS + spec.source_open_timeout)

    def run(self) -> None:
        """Returns at a file's end or when stopped. Raises MediaError where trying again cannot help.

        A live source that has worked may always work again, whatever its errors say.
        """
        try:
            self._read_until_the_end()
        finally:
            self.pulse.rest()

    def _read_until_the_end(self) -> None:
        while not self._stop.is_set():
            self._tried_at = time.monotonic()
            try:
                self.pulse.beat()
                if self._read_one_connection():
                    return
                delay = self._lost("the source ended", self._backoff)
            except MediaError as error:
                if not (error.retryable or self._has_worked):
                    raise
                delay = self._delay_after(error)
            self.pulse.rest()
            self._stop.wait(delay)
            self._progress.source_next_at = None

    def interrupt(self) -> None:
        """From another thread, after the stop event was set: ends a read that is under way."""
        opening, source = self._opening, self._source
        if opening is not None:
            opening.abandon()
        if source is not None:
            source.close()

    def _read_one_connection(self) -> bool:
        """True: the job is over (end of a file, stopped). False: a live source ended."""
        spec = self._spec
        options = SourceOptions(
            start_seconds=spec.start_seconds,
            audio=spec.output is not None,
            open_timeout=spec.source_open_timeout,
            read_timeout=spec.source_read_timeout,
        )
        opening = self._opening = Opening(lambda: self._backend.open_source(spec.source, options))
        source = None if self._stop.is_set() else opening.source()
        self._source, self._opening = source, None
        if source is None:
            return True
        try:
            self._connected(source.info)
            while not self._stop.is_set():
                self.pulse.beat()
                item = source.read()
                if item is None:
                    return self._stop.is_set() or not source.info.live
                if source.info is not self._progress.media:
                    self._described(source.info)
                if not self._take(item, source.info):
                    return True
            return True
        finally:
            self._source = None
            source.close()

    def _delay_after(self, error: MediaError) -> float:
        if isinstance(error, MediaRefusedError):
            return self._lost(str(error), self._refused)
        changed = isinstance(error, MediaChangedError) and not self._progress.source_attempts
        return self._lost(str(error), self._backoff, pause=0.0 if changed else None)

    def _connected(self, media: MediaInfo) -> None:
        self._timeline.reconnected()
        self._stillness.forget()
        self._to.feed.reconnected()
        self._described(media)
        video = media.video
        rate = float(video.frame_rate)
        log.info("source open: %s, %dx%d, %.4g fps", video.codec, video.width, video.height, rate)

    def _described(self, media: MediaInfo) -> None:
        """What the source is, or has become."""
        self._timeline.interval = float(1 / media.video.frame_rate)
        self._timeline.paced = media.paced
        self._progress.media = media
        self._to.connected(media)

    def _take(self, item: Picture | AudioPacket, media: MediaInfo) -> bool:
        # isinstance() of a protocol looks up its every member: dearer than all else that is done here.
        if hasattr(item, "render"):
            return self._take_picture(cast("Picture", item), media)
        return self._take_sound(item)

    def _take_sound(self, item: AudioPacket) -> bool:
        at = self._timeline.sound(item.pts)
        return True if at is None else self._to.item(TimedSound(item, at))

    def _take_picture(self, item: Picture, media: MediaInfo) -> bool:
        progress = self._progress
        came = time.monotonic()
        if self._slate is not None:
            # What its reader keeps to real time is due when it comes; else the look-ahead later.
            ahead = self._to.feed.lookahead if media.paced else 0.0
            self._timeline.begin_at, self._slate = self._slate.time(came) - ahead, None
        at = self._timeline.picture(item.pts, came)
        progress.picture_at = came
        progress.frames_in += 1
        progress.rate_in.count()
        if at is None:
            progress.drop()
            return True
        if progress.phase != "streaming" or progress.source_attempts:
            progress.phase, progress.source_attempts = "streaming", 0
            progress.on_news()
        self._has_worked = self._has_worked or media.live
        self._backoff.working()
        self._refused.working()
        late = self._await_time(at) if media.paced else self._to.feed.arrived(at)
        progress.pts_in = at
        begun = time.monotonic()
        if media.live:
            self._look(item, at)
        self._to.seen(item, at)
        progress.took_in.took(time.monotonic() - begun)
        if not media.paced and not self._thinning.keeps(late):
            progress.drop()
            return True
        self.pulse.rest()
        return self._to.item(TimedPicture(item, at))

    def _look(self, picture: Picture, at: float) -> None:
        """What a file shows is its own business; a live picture that stands still is a camera's trouble."""
        self._stillness.see(picture, at)
        before, now = self._progress.frozen_seconds, self._stillness.seconds
        self._progress.frozen_seconds = now
        if (before is None) != (now is None):
            log.warning("the source sends one picture again and again" if now else "the source moves again")
            self._progress.on_news()

    def _await_time(self, at: float) -> float:
        """Keep a source to real time, the look-ahead in advance; it is never late."""
        feed = self._to.feed
        self.pulse.rest()
        feed.plays_from(self._pacer.wait_for(at, ahead=feed.lookahead))
        self.pulse.beat()
        return 0.0

    def _lost(self, reason: str, backoff: Backoff, pause: float | None = None) -> float:
        """Seconds to wait before the source is tried again, counted from the last try where that was in vain:
        SRT calls for three seconds before it gives up."""
        delay = backoff.failed(reason, pause=pause)
        if self._progress.source_attempts and backoff is self._backoff:
            delay = max(0.0, delay - (time.monotonic() - self._tried_at))
        if self._stop.is_set():
            return delay
        log.warning("source lost: %s", reason)
        progress = self._progress
        progress.last_error = reason
        if progress.phase == "streaming" or self._has_worked:
            progress.phase = "reconnecting"
        progress.frozen_seconds = None
        progress.source_restarts += 1
        progress.source_attempts += 1
        progress.source_next_at = time.monotonic() + delay
        progress.on_news()
        return delay
