"""The view that people last asked for, until the job's process is known to have it."""

from collections.abc import Callable
from time import monotonic

from ...wire.view import ViewValue

FRESH_SECONDS = 10.0
"""For so long a view that was sent and not answered is still wanted where its process goes. An older one was
most likely taken, and people have looked elsewhere since."""


class Wish:
    """One job's. A view is either under way to a process, or waits for the next one."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._under_way: tuple[int, ViewValue, float] | None = None
        """The number of the command, and when it was sent."""
        self.waiting: ViewValue | None = None
        """What the next process is to begin with."""

    def sent(self, number: int, view: ViewValue) -> None:
        self._under_way, self.waiting = (number, view, self._now()), None

    def keep(self, view: ViewValue) -> None:
        """There was nobody to send it to."""
        self._under_way, self.waiting = None, view

    def answered(self, number: int) -> None:
        """However late."""
        if self._under_way is not None and self._under_way[0] == number:
            self._under_way = None

    def told(self) -> None:
        """A process that has just connected has heard it."""
        self.waiting = None

    def broken_off(self) -> None:
        """Nobody will answer any more."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None and self._now() - under_way[2] < FRESH_SECONDS:
            self.waiting = under_way[1]
