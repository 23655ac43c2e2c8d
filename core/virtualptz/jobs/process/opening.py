"""Opening a source, which may take seconds, so that a stop need not wait for it."""

import threading
from collections.abc import Callable

from ...protocols import MediaSource


class Opening:
    """One attempt. What it works on when it is abandoned is left to its own thread, which closes it."""

    def __init__(self, work: Callable[[], MediaSource]) -> None:
        self._work = work
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._abandoned = False
        self._source: MediaSource | None = None
        self._error: Exception | None = None

    def source(self) -> MediaSource | None:
        """Waits for it; None where it was abandoned. Raises what the work raises."""
        threading.Thread(target=self._run, name="source-open", daemon=True).start()
        self._over.wait()
        with self._lock:
            if self._abandoned:
                return None
        if self._error is not None:
            raise self._error
        return self._source

    def abandon(self) -> None:
        """From another thread, at any time: nobody waits any longer."""
        with self._lock:
            self._abandoned = True
            self._over.set()

    def _run(self) -> None:
        try:
            source = self._work()
        except Exception as error:  # noqa: BLE001 - handed over to the thread that waits
            self._error = error
        else:
            with self._lock:
                if not self._abandoned:
                    self._source = source
            if self._source is None:
                source.close()
        self._over.set()
