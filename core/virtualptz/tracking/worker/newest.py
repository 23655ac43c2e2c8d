"""The newest picture, for a detector that takes its time: it skips pictures, and never lags."""

import logging
import threading
from collections.abc import Iterator
from time import monotonic
from typing import Protocol

from ...protocols import Frame

log = logging.getLogger(__name__)

TOLD_SECONDS = 30.0
BEGUN_ANEW_SECONDS = 2.0
"""Stream time this far behind the last picture is another stream's, not an old picture's."""


class Offer(Protocol):
    """A picture that can be had."""

    @property
    def pts(self) -> float: ...

    def frame(self) -> Frame | None:
        """Decode or copy it; None where that can no longer be done. May cost milliseconds; does not raise."""


class Newest:
    """Holds one picture. One thread puts, one iterates, any may close.

    The work of decoding is done by whoever takes: pictures that are skipped cost nothing, and a detector that
    waits for its next picture has nothing better to do.
    """

    def __init__(self, what: str) -> None:
        """`what`: whose pictures they are, for the log."""
        self.looked_at = 0
        self.skipped = 0
        self._what = what
        self._offer: Offer | None = None
        self._changed = threading.Condition()
        self._closed = False
        self._last = float("-inf")
        self._busy_since: float | None = None
        self._told: tuple[float, int, int] | None = None
        """When something was last told, and what had come to be until then; None before the first picture."""

    def __iter__(self) -> Iterator[Frame]:
        """Each picture at most once and in the order of time, until closed."""
        while (frame := self._take()) is not None:
            self._busy_since = monotonic()
            yield frame
            self._busy_since = None

    @property
    def busy_since(self) -> float | None:
        """The monotonic time at which the last picture was taken; None while the next one is waited for."""
        return self._busy_since

    def put(self, offer: Offer) -> None:
        with self._changed:
            if self._is_old(offer.pts) or self._closed:
                return
            self.skipped += self._offer is not None
            self._offer = offer
            self._changed.notify_all()
        if self._told is None:
            # Not before: a source that takes long to come up is no slow detector.
            self._told = (monotonic(), 0, 0)
        if monotonic() - self._told[0] >= TOLD_SECONDS:
            self._tell()

    def close(self) -> None:
        """End the iteration. Safe to call twice."""
        with self._changed:
            if self._closed:
                return
            self._closed, self._offer = True, None
            self._changed.notify_all()
        self._tell()

    def _take(self) -> Frame | None:
        """The next picture that can be had; None once closed."""
        while (offer := self._wait()) is not None:
            frame = offer.frame()
            if frame is not None:
                self.looked_at += 1
                return frame
            self.skipped += 1
        return None

    def _wait(self) -> Offer | None:
        with self._changed:
            self._changed.wait_for(lambda: self._offer is not None or self._closed)
            offer, self._offer = self._offer, None
            if offer is not None:
                self._last = offer.pts
            return offer

    def _is_old(self, pts: float) -> bool:
        newest = self._last if self._offer is None else self._offer.pts
        return newest - BEGUN_ANEW_SECONDS < pts <= newest

    def _tell(self) -> None:
        if self._told is None:
            return
        now, (before, looked_at, skipped) = monotonic(), self._told
        self._told = (now, self.looked_at, self.skipped)
        looked, left = self.looked_at - looked_at, self.skipped - skipped
        if looked or left:
            rate = looked / max(now - before, 1e-3)
            line = "%s: looked at %d pictures, %.1f a second, and skipped %d"
            log.info(line, self._what, looked, rate, left)
