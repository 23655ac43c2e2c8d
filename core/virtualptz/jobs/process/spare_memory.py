"""Memory that was freed, and that the C library keeps to use again."""

import ctypes
import time

EVERY_SECONDS = 10.0


class SpareMemory:
    """Back to the machine with it, once in a while.

    What a library takes for a moment, a decoder for a picture of a size that damage made up, would stay with
    the process for good: in free pieces between others that are in use.
    """

    def __init__(self, every: float = EVERY_SECONDS) -> None:
        self._every = every
        self._due = time.monotonic() + every

    def give_back(self) -> None:
        """Where it is time; takes milliseconds, without Python's lock."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + self._every
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:  # glibc's own; others keep little
            trim(0)
