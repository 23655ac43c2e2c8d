"""What the job's threads have done, for the heartbeat to tell."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from ...model import MediaInfo
from ...model.histogram import STAGE_BOUNDS, Stopwatch
from ...wire.job import Phase

RATE_SECONDS = 3.0


@dataclass
class Rate:
    """Events a second over the last few seconds."""

    clock: Callable[[], float] = time.monotonic
    _times: deque[float] = field(default_factory=deque, init=False)

    def count(self) -> None:
        now = self.clock()
        self._times.append(now)
        while self._times[0] < now - RATE_SECONDS:
            self._times.popleft()

    def per_second(self) -> float:
        now = self.clock()
        recent = [moment for moment in list(self._times) if moment >= now - RATE_SECONDS]
        if len(recent) < 2:
            return 0.0
        return (len(recent) - 1) / max(now - recent[0], 1e-6)


@dataclass
class Progress:
    """Counters with one writing thread each; reading them from another is safe, if a moment old."""

    phase: Phase = "connecting"
    media: MediaInfo | None = None
    pts_in: float | None = None
    pts_out: float | None = None
    program_at: float | None = None
    """Program time of the same: it is ahead of stream time by what the look-ahead has grown."""
    frames_in: int = 0
    frames_out: int = 0
    frames_held: int = 0
    frames_dropped: int = 0
    source_restarts: int = 0
    last_error: str | None = None
    source_attempts: int = 0
    """Failures since the last picture."""
    source_next_at: float | None = None
    """While the source is away: when it is tried again, monotonic; None while it is being tried."""
    frozen_seconds: float | None = None
    """For how long the source has sent the same picture; None: it moves, or it is away."""
    picture_at: float | None = None
    """When the newest picture was decoded, monotonic."""
    took_in: Stopwatch = field(default_factory=lambda: Stopwatch(STAGE_BOUNDS))
    """Of the source thread with each picture, without its decoding: taps, and what sees it stand still."""
    took_encode: Stopwatch = field(default_factory=lambda: Stopwatch(STAGE_BOUNDS))
    """Of the render thread with each picture: camera, crop, encoder."""
    rate_in: Rate = field(default_factory=Rate)
    rate_out: Rate = field(default_factory=Rate)
    on_news: Callable[[], None] = lambda: None
    """Called on any thread with what the agent is to hear at once, not with the next heartbeat."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def picture_age(self) -> float | None:
        """Seconds."""
        return None if self.picture_at is None else max(0.0, time.monotonic() - self.picture_at)

    def drop(self) -> None:
        """A decoded picture was left out; both threads count here."""
        with self._lock:
            self.frames_dropped += 1


@dataclass
class Pulse:
    """Proof of life of one thread: it stamps every turn, and says so before it may wait for long."""

    allowed: float
    """Seconds that a turn may take."""
    clock: Callable[[], float] = time.monotonic
    _beat: float = field(init=False)
    _resting: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        self._beat = self.clock()

    def beat(self) -> None:
        self._beat, self._resting = self.clock(), False

    def rest(self) -> None:
        """Waiting for work, for as long as it takes, is no sign of trouble."""
        self._resting = True

    @property
    def alive(self) -> bool:
        return self._resting or self.clock() - self._beat < self.allowed
