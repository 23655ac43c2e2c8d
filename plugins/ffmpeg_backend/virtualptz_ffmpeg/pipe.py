"""The way to a publishing process: a pipe of the usual size, so that what waits, waits in the queue."""

import os
import select
import threading
import time

from .child import Child

STUCK_SECONDS = 4.0
"""A publisher that takes nothing from its pipe for so long is wedged: it drops rather than waits."""
POLL_SECONDS = 0.25


class PipeError(OSError):
    """The child has gone, or takes nothing any more."""


class PipeEnd:
    """The writing end of a child's stdin: never waits for longer than the child may hang."""

    def __init__(self, child: Child, hurry: threading.Event) -> None:
        assert child.process.stdin is not None  # noqa: S101 - publishers are started with a pipe
        self._file = child.process.stdin
        self._ended = child.ended
        self._hurry = hurry
        self.bytes_written = 0
        os.set_blocking(self._file.fileno(), False)

    def write(self, data: bytes) -> int:
        rest = memoryview(data)
        while rest:
            rest = rest[self._write_some(rest) :]
        self.bytes_written += len(data)
        return len(data)

    def check(self) -> None:
        """Raises PipeError where the child has ended."""
        if self._ended.is_set():
            raise PipeError("the publisher has gone")

    def close(self) -> None:
        try:
            self._file.close()
        except OSError:
            return

    def _write_some(self, data: memoryview) -> int:
        deadline = time.monotonic() + STUCK_SECONDS
        while True:
            try:
                return os.write(self._file.fileno(), data)
            except BlockingIOError:
                select.select([], [self._file], [], POLL_SECONDS)
            except OSError as error:
                raise PipeError("the publisher has gone") from error
            if time.monotonic() > deadline or self._hurry.is_set():
                raise PipeError(f"the publisher takes nothing for {STUCK_SECONDS:g} s")
