"""When the program's pictures and sound are due: the look-ahead after they came from the camera."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .pace import Lag

SLEW = 0.2
"""While the program runs, its clock follows a new measure of the source's by at most a fifth of the time."""


@dataclass
class Delay:
    """The program's clock. Not thread-safe: the feed that owns it has the lock.

    A live source's picture of stream time `at` is due `seconds` after the moment at which `at` would have
    come had nothing held it up, which the quickest pictures tell: a source that comes unevenly, or not at
    all for less than `seconds`, leaves no trace in the program. A source that is kept to real time by its
    reader is due by that reader's own clock, and is read `seconds` ahead of it.
    """

    seconds: float = 0.0
    clock: Callable[[], float] = time.monotonic
    shift: float = field(default=0.0, init=False)
    """Program time minus stream time: by how much the look-ahead has grown since the program began."""
    _lag: Lag = field(init=False)
    _paced: bool = field(default=False, init=False)
    origin: float | None = field(default=None, init=False)
    """The moment at which stream time 0 comes, or is played where the source is paced."""
    _followed: float | None = field(default=None, init=False)
    """The same as the program knows it: it follows smoothly."""
    _turned: float = field(default=0.0, init=False)
    _begun: bool = field(default=False, init=False)
    _running: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._lag = Lag(self.clock)

    def reconnected(self) -> None:
        """What comes next is measured by itself; what came before stays due as it is."""
        self._lag.forget()

    def arrived(self, at: float) -> float:
        """A live picture of stream time `at` has just been read; seconds that it is behind the quickest."""
        lag = self._lag.of(at)
        self._paced, self.origin = False, self._lag.origin
        return lag

    def plays_from(self, origin: float) -> None:
        """The source's reader keeps to real time: stream time 0 is played at the moment `origin`."""
        self._paced, self.origin = True, origin

    def remaining(self, at: float) -> float:
        """Seconds until what is of stream time `at` is due; below 0: for how long it has been."""
        now = self.clock()
        self._follow(now)
        if self._followed is None or self.at_once:
            return 0.0
        return self._followed + self._behind + at - now

    def begin(self) -> None:
        """Something is on air, if none of the source's pictures: a change of the look-ahead is a shift."""
        self._begun = True

    def left(self) -> None:
        """A picture leaves: from now on the program's clock may not jump."""
        self._begun = self._running = True

    def ran_dry(self) -> None:
        """The program stands, and nothing waits to be shown: its clock may be set anew."""
        self._running = False

    def change(self, seconds: float) -> None:
        """Another look-ahead; a live program pauses, or leaves out, as long as the two differ."""
        if self._begun and not self._paced:
            self.shift += seconds - self.seconds
        self.seconds = seconds

    @property
    def _behind(self) -> float:
        return 0.0 if self._paced else self.seconds

    @property
    def at_once(self) -> bool:
        """Without look-ahead, what a live source sends waits for nothing."""
        return not self._paced and not self.seconds

    def _follow(self, now: float) -> None:
        origin, followed = self.origin, self._followed
        if origin is not None and followed is not None and self._running:
            most = SLEW * (now - self._turned)
            origin = followed + min(max(origin - followed, -most), most)
        self._followed, self._turned = origin, now
