"""Keeps a flood of messages from filling the job's log, and from costing the pictures their time."""

import logging
import threading
import time
from collections.abc import Callable

INTERVAL_SECONDS = 10.0
MOST_BYTES = 64 << 10
"""An interval's worth: 0.4 MB a minute, the shortest account of a fault that floods."""
OVERHEAD_BYTES = 80
"""Of a line: time, level, logger."""


class Thinning(logging.Filter):
    """Lets so many bytes of messages through in each interval, and tells how many messages it left out.

    To be the first filter of its handler: what is left out costs next to nothing.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._began = clock()
        self._bytes = 0
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        with self._lock:
            left_out = self._begin_anew()
            if self._bytes > MOST_BYTES:
                self._left_out += 1
                return False
            message = record.getMessage()
            self._bytes += len(message) + OVERHEAD_BYTES
        if left_out:
            record.msg, record.args = f"[{left_out} messages left out before this] {message}", None
        return True

    def _begin_anew(self) -> int:
        """How many were left out in the interval before, where a new one begins now."""
        if self._clock() - self._began < INTERVAL_SECONDS:
            return 0
        left_out, self._left_out = self._left_out, 0
        self._began, self._bytes = self._clock(), 0
        return left_out
