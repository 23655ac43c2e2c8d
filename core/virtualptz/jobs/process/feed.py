"""The delay buffer, from the source thread to the render thread: pictures, and the sound beside them."""

import threading
import time
from collections import deque
from collections.abc import Callable

from .delay import Delay
from .timed import Due, TimedItem, TimedPicture, TimedSound

NO_BOUND = 1 << 62
SOUND_WAITS_SECONDS = 0.05
"""For the picture that is due next, at most."""


class Feed:
    """Holds what the source sends until it is due, in the order of its time.

    Bounded by what is held beyond the look-ahead (`slack` pictures) and by the bytes of all pictures: a
    source that is ahead of either waits. Where the bytes are what keeps it waiting, pictures leave early.
    Sound follows the pictures and is not counted.
    """

    def __init__(
        self,
        lookahead: float = 0.0,
        *,
        room: int = NO_BOUND,
        slack: int = 8,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._delay = Delay(lookahead, clock)
        self._clock = clock
        self._room = room
        self._slack = slack
        self._pictures: deque[TimedPicture] = deque()
        self._sounds: deque[TimedSound] = deque()
        self._sizes: deque[int] = deque()
        """Of the pictures, bytes."""
        self._bytes = 0
        self._crowded = False
        self._crowded_rate = 0.0
        self._ended = False
        self._changed = threading.Condition()

    # The source thread's side.

    def put(self, item: TimedItem) -> bool:
        """Waits while there is no room; False once nobody will take it any more."""
        with self._changed:
            first, pictured = self._first(), bool(self._pictures)
            if isinstance(item, TimedPicture):
                self._put_picture(item)
            elif not self._ended:
                self._sounds.append(item)
            if self._first() is not first or not pictured:
                # Else the reader waits for what was there before: it need not wake for what is behind that.
                self._changed.notify_all()
            return not self._ended

    def arrived(self, at: float) -> float:
        """A live picture of stream time `at` was read; by how many seconds the program is behind its time."""
        with self._changed:
            before = self._delay.origin
            late = self._delay.arrived(at) - self._delay.seconds
            self._tell_of_new(before)
            if len(self._pictures) >= self._slack:
                late = max(late, -self._delay.remaining(self._pictures[self._slack - 1].time))
            return late

    def plays_from(self, origin: float) -> None:
        """The source is kept to real time: stream time 0 is played at monotonic time `origin`."""
        with self._changed:
            before = self._delay.origin
            self._delay.plays_from(origin)
            self._tell_of_new(before)

    def reconnected(self) -> None:
        with self._changed:
            self._delay.reconnected()

    def end(self) -> None:
        """No more will come; what is held can still be taken when it is due."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    # The render thread's side.

    def get(self, timeout: float | None) -> Due | None:
        """What is due; None where nothing was for `timeout` seconds, or at the end (`ended`)."""
        until = None if timeout is None else self._clock() + timeout
        with self._changed:
            while (item := self._first()) is not None or not self._ended:
                due_in = None if item is None else self._due_in(item)
                if item is not None and due_in is not None and due_in <= 0:
                    return self._take(item)
                left = None if until is None else until - self._clock()
                if left is not None and left <= 0:
                    return None
                self._changed.wait(left if due_in is None else due_in if left is None else min(due_in, left))
            return None

    def begun(self) -> None:
        """The program is on air before the source's first picture is."""
        with self._changed:
            self._delay.begin()

    def ran_dry(self) -> None:
        """Nothing has been due for so long that the program stands."""
        with self._changed:
            if not self._pictures:
                self._delay.ran_dry()

    @property
    def ended(self) -> bool:
        with self._changed:
            return self._ended and self._first() is None

    # Anybody's.

    @property
    def lookahead(self) -> float:
        """Seconds."""
        with self._changed:
            return self._delay.seconds

    @property
    def shift(self) -> float:
        """Program time minus stream time."""
        with self._changed:
            return self._delay.shift

    @property
    def clock(self) -> tuple[float, float]:
        """Look-ahead and shift of one moment: a change of the one may be a change of both."""
        with self._changed:
            return self._delay.seconds, self._delay.shift

    @property
    def crowded_rate(self) -> float:
        """Pictures a second of stream time when their bytes last found no room; 0: they always did."""
        return self._crowded_rate

    def look_ahead(self, seconds: float) -> None:
        with self._changed:
            self._delay.change(seconds)
            self._changed.notify_all()

    def discard(self) -> None:
        """It ends now: nobody takes what is held."""
        with self._changed:
            self._ended = True
            self._pictures.clear()
            self._sizes.clear()
            self._sounds.clear()
            self._bytes = 0
            self._changed.notify_all()

    def _tell_of_new(self, origin_before: float | None) -> None:
        """What is held may be due earlier than the reader sleeps for."""
        if self._delay.origin != origin_before:
            self._changed.notify_all()

    def _put_picture(self, item: TimedPicture) -> None:
        size = item.item.nbytes
        self._wait_for_room(item.time, size)
        if not self._ended:
            self._pictures.append(item)
            self._sizes.append(size)
            self._bytes += size

    def _wait_for_room(self, at: float, size: int) -> None:
        while not self._ended:
            self._crowded = bool(self._pictures) and self._bytes + size > self._room
            if not self._crowded and not self._far_ahead(at):
                break
            span = self._pictures[-1].time - self._pictures[0].time
            if self._crowded and span > 0:
                self._crowded_rate = (len(self._pictures) - 1) / span
            self._changed.notify_all()
            self._changed.wait()
        self._crowded = False

    def _far_ahead(self, at: float) -> bool:
        oldest = self._slack - 1
        return len(self._pictures) > oldest and self._pictures[oldest].time <= at - self._delay.seconds

    def _first(self) -> TimedItem | None:
        if self._pictures and (not self._sounds or self._pictures[0].time <= self._sounds[0].time):
            return self._pictures[0]
        return self._sounds[0] if self._sounds else None

    def _due_in(self, item: TimedItem) -> float:
        if self._crowded:
            return 0.0
        due_in = self._delay.remaining(item.time)
        if isinstance(item, TimedPicture) or self._delay.at_once:
            return due_in
        # The reader wakes once for a picture and the sound before it: muxers want both anyway.
        patient = due_in + SOUND_WAITS_SECONDS
        return min(patient, self._delay.remaining(self._pictures[0].time)) if self._pictures else patient

    def _take(self, item: TimedItem) -> Due:
        if isinstance(item, TimedPicture):
            self._pictures.popleft()
            self._bytes -= self._sizes.popleft()
            self._delay.left()
        else:
            self._sounds.popleft()
        self._changed.notify_all()
        return Due(item, item.time + self._delay.shift)
