"""From the source thread to the render thread: a short queue that pushes back and never hides a loss."""

import threading
from collections import deque
from dataclasses import dataclass

from ...protocols import AudioPacket, Picture


@dataclass(frozen=True, slots=True)
class TimedPicture:
    item: Picture
    time: float
    """Seconds of stream time."""


@dataclass(frozen=True, slots=True)
class TimedSound:
    item: AudioPacket
    time: float


TimedItem = TimedPicture | TimedSound


class Feed:
    """A bounded queue of pictures, with the sound between them in decoding order.

    Only pictures count against the bound (they are what memory is spent on); sound follows them.
    """

    def __init__(self, pictures: int = 8) -> None:
        self._bound = pictures
        self._items: deque[TimedItem] = deque()
        self._pictures = 0
        self._ended = False
        self._changed = threading.Condition()

    def put(self, item: TimedItem) -> bool:
        """Waits while the queue is full; False once nobody will take it any more."""
        with self._changed:
            if isinstance(item, TimedPicture):
                self._changed.wait_for(lambda: self._ended or self._pictures < self._bound)
                self._pictures += 1
            if self._ended:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def get(self, timeout: float | None) -> TimedItem | None:
        """The next item; None after `timeout` seconds without one, or at the end (`ended`)."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._items, timeout)
            if not self._items:
                return None
            item = self._items.popleft()
            if isinstance(item, TimedPicture):
                self._pictures -= 1
            self._changed.notify_all()
            return item

    def end(self) -> None:
        """No more will come; what is queued can still be taken."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def ended(self) -> bool:
        with self._changed:
            return self._ended and not self._items
