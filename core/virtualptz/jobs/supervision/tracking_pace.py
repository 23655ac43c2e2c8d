"""How quickly a job's tracking updates come, and how old what they tell is by then."""

from collections import deque
from collections.abc import Callable
from statistics import median
from time import monotonic

from ..status import TrackingPace

WINDOW_SECONDS = 5.0
KEPT = 512


class PaceMeter:
    """Of the updates of the last seconds."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._came: deque[tuple[float, float | None]] = deque(maxlen=KEPT)
        """When, and how long after its frame."""

    def count(self, latency: float | None) -> None:
        self._came.append((self._now(), latency))

    @property
    def pace(self) -> TrackingPace | None:
        """None: there was no update yet."""
        if not self._came:
            return None
        begin = self._now() - WINDOW_SECONDS
        late = [(at, latency) for at, latency in self._came if at >= begin]
        latencies = [latency for _, latency in late if latency is not None]
        rate = len(late) / WINDOW_SECONDS
        return TrackingPace(rate, median(latencies) if latencies else None)
