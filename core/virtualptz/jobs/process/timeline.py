"""Stream time: one clock for the whole job, monotonic across reconnects and broken time stamps."""

import math
from dataclasses import dataclass, field

JUMP_SECONDS = 2.0
"""A step of a file's clock that the wall clock does not explain by this much is a new epoch."""
LIVE_JUMP_SECONDS = 0.5
"""The same of a live source, which cannot be early."""
LATE_SECONDS = 1.0
"""A picture up to this much behind the last one is late, not a new epoch, and is left out."""
LATE_IN_A_ROW = 5
"""So many late ones, each after the one before, are a new epoch all the same."""
AUDIO_APART_SECONDS = 5.0
"""Sound this far from the pictures belongs to another epoch than they do, and is left out."""
AUDIO_HOLE_SECONDS = 0.5
"""Sound that leaves a longer hole is believed when more comes behind it: its time stamp may be damaged."""
EPOCHS = 3
"""Clocks that are remembered: pictures and sound do not jump at the same moment, and damage comes alone."""


@dataclass
class _Epoch:
    """A stretch of time stamps that belong together."""

    offset: float
    """Stream time minus source time."""
    pts: float
    """Of its last picture."""
    arrival: float
    pts_before: float = -math.inf
    """Of the picture before that."""

    def took(self, pts: float, arrival: float) -> None:
        self.pts_before, self.pts, self.arrival = self.pts, pts, arrival

    def goes_on(self, pts: float, arrival: float, jump: float) -> bool:
        return 0 < pts - self.pts <= max(arrival - self.arrival, 0.0) + jump


@dataclass
class _Wall:
    """Keeps a live source's stream time near the wall clock, whatever the source's own clock does.

    Pictures may come early against the first one: what was buffered while it was opened comes at once.
    They may come late while a connection catches up. Neither goes on for ever, or the clock is wrong.
    """

    MOST_AHEAD = 6.0
    MOST_BEHIND = 3.0
    PATIENCE = 5.0
    """Seconds for which it must have been behind, and not have caught up."""
    FOLLOWS = 0.001
    """Of the time: clocks of cameras drift, but no more than that."""

    base: float
    """Stream time minus the wall clock's, as it should be."""
    arrival: float
    behind_since: float | None = None
    behind_by: float = 0.0

    def ceiling(self, arrival: float) -> float:
        return arrival + self.base + self.MOST_AHEAD

    def passed(self, time: float, arrival: float) -> bool:
        """A picture of stream time `time` came; True: the clock has fallen behind for good."""
        ahead, most = time - arrival - self.base, self.FOLLOWS * max(arrival - self.arrival, 0.0)
        self.base += min(max(ahead, -most), most)
        self.arrival = arrival
        if ahead > -self.MOST_BEHIND:
            self.behind_since = None
        elif self.behind_since is None:
            self.behind_since, self.behind_by = arrival, ahead
        elif arrival - self.behind_since > self.PATIENCE:
            caught_up = ahead - self.behind_by > self.PATIENCE / 10
            self.behind_since, self.behind_by = arrival, ahead
            return not caught_up
        return False


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
    paced: bool = False
    """Its reader keeps to real time by stream time: the wall clock says nothing about the source's."""
    breaks: int = field(default=0, init=False)
    _epochs: list[_Epoch] = field(default_factory=list, init=False)
    """The one in use comes first."""
    _wall: _Wall | None = field(default=None, init=False)
    _last_time: float | None = field(default=None, init=False)
    _last_arrival: float = field(default=0.0, init=False)
    _late: int = field(default=0, init=False)
    _late_pts: float = field(default=0.0, init=False)
    _last_audio: float | None = field(default=None, init=False)
    _doubtful_audio: float | None = field(default=None, init=False)
    _sound_begins: bool = field(default=True, init=False)
    """None has come over this connection: the hole before it is no wonder."""

    def reconnected(self) -> None:
        """The next picture comes from a new connection, whose clock may be any."""
        self._epochs.clear()
        self._late, self._sound_begins = 0, True

    def picture(self, pts: float, arrival: float) -> float | None:
        """Stream time of a picture with source time `pts` read at monotonic time `arrival`; None: late."""
        epoch = self._epoch_of(pts, arrival)
        if epoch is None:
            return None
        time = pts + epoch.offset
        too_early = self._beyond_ceiling(time, arrival)
        epoch.offset -= too_early  # its sound goes with it
        time -= too_early
        late = self._last_time is not None and time <= self._last_time
        if late and not too_early:
            return None
        epoch.took(pts, arrival)
        self._use(epoch)
        if late:
            return None
        self._last_time, self._last_arrival = time, arrival
        self._watch(time, arrival)
        return time

    def sound(self, pts: float) -> float | None:
        """Stream time of a piece of sound; None where it has no place beside the pictures."""
        last = self._last_time
        if last is None:
            return None
        times = [pts + epoch.offset for epoch in self._epochs]
        near = [time for time in times if time >= self.begin_at and abs(time - last) <= AUDIO_APART_SECONDS]
        if not near:
            return None
        before = self._last_audio
        time = near[0] if before is None else min(near, key=lambda time: abs(time - before))
        if before is not None and (time <= before or self._is_doubtful(time, before)):
            return None
        self._last_audio, self._doubtful_audio, self._sound_begins = time, None, False
        return time

    def _beyond_ceiling(self, time: float, arrival: float) -> float:
        """Seconds by which that is earlier than a live source's picture can be."""
        if self._wall is None or self.paced:
            return 0.0
        return max(0.0, time - self._wall.ceiling(arrival))

    def _epoch_of(self, pts: float, arrival: float) -> _Epoch | None:
        """A new one where it goes on in none; None: the picture is late."""
        if not self._epochs:
            return self._begin(pts, arrival)
        jump = JUMP_SECONDS if self.paced else max(LIVE_JUMP_SECONDS, 2 * self.interval)
        least = (self._last_time or 0.0) - LATE_SECONDS
        epochs = (epoch for epoch in self._epochs if pts + epoch.offset > least)
        going_on = next((epoch for epoch in epochs if epoch.goes_on(pts, arrival, jump)), None)
        if going_on is None and self._is_due(pts, arrival):
            going_on = self._epochs[0]
        if going_on is not None:
            self._late = 0
            return going_on
        if -LATE_SECONDS < pts - self._epochs[0].pts <= 0 and not self._are_late_for_good(pts):
            return None
        self.breaks += 1
        self._late = 0
        return self._begin(pts, arrival)

    def _is_due(self, pts: float, arrival: float) -> bool:
        """After a hole of the source's own: not before the time at which it would have come."""
        time = pts + self._epochs[0].offset
        wall = self._wall
        return wall is not None and not self.paced and (self._last_time or 0.0) < time <= arrival + wall.base

    def _are_late_for_good(self, pts: float) -> bool:
        """If they come after the last but one, it was the last that came too early."""
        self._late = self._late + 1 if not self._late or pts > self._late_pts else 1
        self._late_pts = pts
        return self._late >= LATE_IN_A_ROW and pts <= self._epochs[0].pts_before

    def _begin(self, pts: float, arrival: float) -> _Epoch:
        """At the time that it is by the wall clock, which has gone on since the last picture.

        Not later than the wall clock says by itself: what comes first over a connection is old, and more
        comes at once behind it. With each connection the stream would get ahead by that.
        """
        last = self._last_time
        if last is None:
            return _Epoch(self.begin_at - pts, -math.inf, arrival)
        time = last + max(self.interval, arrival - self._last_arrival)
        if self._wall is not None and not self.paced:
            time = min(time, max(last + self.interval, arrival + self._wall.base))
        return _Epoch(time - pts, -math.inf, arrival)

    def _use(self, epoch: _Epoch) -> None:
        self._epochs = [epoch, *(other for other in self._epochs if other is not epoch)][:EPOCHS]

    def _watch(self, time: float, arrival: float) -> None:
        if self._wall is None:
            self._wall = _Wall(time - arrival, arrival)
        if self._wall.passed(time, arrival) and not self.paced:
            self.breaks += 1
            self._epochs[0].offset += arrival + self._wall.base - time

    def _is_doubtful(self, time: float, before: float) -> bool:
        """The first piece behind a hole waits for a second one."""
        if self._sound_begins or time - before <= AUDIO_HOLE_SECONDS:
            return False
        doubtful, self._doubtful_audio = self._doubtful_audio, time
        return doubtful is None or not 0 < time - doubtful <= AUDIO_HOLE_SECONDS
