"""How quickly a job's tracking updates come, and how old what they tell is by then."""

from collections import deque
from collections.abc import Callable
from statistics import median
from time import monotonic

from ..status import TrackingPace

WINDOW_SECONDS = 5.0
LEAST_SECONDS = 1.0
"""Of a window that has just begun: what one update a moment ago comes to is no rate."""
UPDATES_KEPT = 512
BEATS_KEPT = 8
JUMP_SECONDS = 1.5


class PaceMeter:
    """Of the updates of the last seconds.

    Stream time now is told by the heartbeats, each of which is late by up to a picture and its own way here:
    of the last ones the least late is believed, as NTP's clock filter does (RFC 5905, section 10).
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._came: deque[tuple[float, float | None]] = deque(maxlen=UPDATES_KEPT)
        """When, and how long after its frame."""
        self._began: float | None = None
        """When the first update came."""
        self._offsets: deque[float] = deque(maxlen=BEATS_KEPT)
        """Of stream time from our clock."""

    def hear(self, pts: float) -> None:
        """A heartbeat told the stream time of the newest picture."""
        offset = pts - self._now()
        if self._offsets and abs(offset - max(self._offsets)) > JUMP_SECONDS:
            self._offsets.clear()
        self._offsets.append(offset)

    def count(self, frame_pts: float | None) -> float | None:
        """An update came, of this frame; how long after it, where that is known."""
        now, latency = self._now(), None
        if self._began is None:
            self._began = now
        if frame_pts is not None and self._offsets:
            latency = max(0.0, now + max(self._offsets) - frame_pts)
        self._came.append((now, latency))
        return latency

    @property
    def pace(self) -> TrackingPace | None:
        """None: there was no update yet."""
        if self._began is None:
            return None
        now = self._now()
        late = [(at, latency) for at, latency in self._came if at >= now - WINDOW_SECONDS]
        latencies = [latency for _, latency in late if latency is not None]
        seconds = min(max(now - self._began, LEAST_SECONDS), WINDOW_SECONDS)
        return TrackingPace(len(late) / seconds, median(latencies) if latencies else None)
