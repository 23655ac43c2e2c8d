"""The newest update on its way to the agent."""

import threading
from collections.abc import Iterator

from ...model import TrackingUpdate


class Outbox:
    """Holds one update: whoever pushes gets the newest, so an agent that is slow makes no detector wait.

    What a newer one overtakes is not sent at all: it would only arrive later than what makes it obsolete.
    """

    def __init__(self) -> None:
        self.overtaken = 0
        self._update: TrackingUpdate | None = None
        self._changed = threading.Condition()
        self._closed = False

    def put(self, update: TrackingUpdate) -> None:
        with self._changed:
            self.overtaken += self._update is not None
            self._update = update
            self._changed.notify_all()

    def __iter__(self) -> Iterator[TrackingUpdate]:
        """In their order, until closed."""
        while (update := self._take()) is not None:
            yield update

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _take(self) -> TrackingUpdate | None:
        with self._changed:
            self._changed.wait_for(lambda: self._update is not None or self._closed)
            update, self._update = self._update, None
            return None if self._closed else update
