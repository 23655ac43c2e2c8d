"""Stream time: one clock for the whole job, monotonic across reconnects and broken time stamps."""

from dataclasses import dataclass, field

JUMP_SECONDS = 2.0
"""A step of the source's clock that the wall clock does not explain by this much is a new epoch."""
LATE_SECONDS = 1.0
"""A picture up to this much behind the last one is late, not a new epoch, and is left out."""
AUDIO_APART_SECONDS = 5.0
"""Sound this far from the pictures belongs to another epoch than they do, and is left out."""


@dataclass
class Timeline:
    """Places what a source delivers in stream time: seconds since the job's first picture.

    The source's own steps are kept as they are. Where its clock breaks (a reconnect, a jump, a wrap, a start
    from zero) stream time goes on as the wall clock did meanwhile. Not thread-safe: the source thread's own.
    """

    interval: float = 1 / 30
    """Seconds between two pictures; the least step across a break."""
    begin_at: float = 0.0
    """Where the first picture stands."""
    breaks: int = field(default=0, init=False)
    _offset: float | None = field(default=None, init=False)
    _last_pts: float = field(default=0.0, init=False)
    _last_time: float | None = field(default=None, init=False)
    _last_arrival: float = field(default=0.0, init=False)
    _last_audio: float | None = field(default=None, init=False)

    def reconnected(self) -> None:
        """The next picture comes from a new connection, whose clock may be any."""
        self._offset = None

    def picture(self, pts: float, arrival: float) -> float | None:
        """Stream time of a picture with source time `pts` read at monotonic time `arrival`; None: late."""
        if self._offset is None:
            self._offset = self._anchor(pts, arrival)
        else:
            step, elapsed = pts - self._last_pts, arrival - self._last_arrival
            if -LATE_SECONDS < step <= 0:
                return None
            if step <= 0 or step - max(elapsed, 0.0) > JUMP_SECONDS:
                self.breaks += 1
                self._offset = self._anchor(pts, arrival)
        time = pts + self._offset
        if self._last_time is not None and time <= self._last_time:
            return None
        self._last_pts, self._last_time, self._last_arrival = pts, time, arrival
        return time

    def sound(self, pts: float) -> float | None:
        """Stream time of a piece of sound; None where it has no place beside the pictures."""
        if self._offset is None or self._last_time is None:
            return None
        time = pts + self._offset
        if time < self.begin_at or abs(time - self._last_time) > AUDIO_APART_SECONDS:
            return None
        if self._last_audio is not None and time <= self._last_audio:
            return None
        self._last_audio = time
        return time

    def _anchor(self, pts: float, arrival: float) -> float:
        if self._last_time is None:
            return self.begin_at - pts
        return self._last_time + max(self.interval, arrival - self._last_arrival) - pts
