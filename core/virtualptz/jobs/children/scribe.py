"""Writes down what a process says, no faster than a disk and its reader can bear."""

import fcntl
import logging
import os
import select
import struct
import termios
import threading
import time
from pathlib import Path

from .logs import trim_log

logger = logging.getLogger(__name__)

PIECE = 64 << 10
PAUSE_SECONDS = 0.02
"""After each piece: three megabytes a second. A process that says more waits, and costs nothing meanwhile."""
LOOK_SECONDS = 0.5
"""How often it is seen that nobody waits for the rest any more."""
TRIM_BYTES = 1 << 20
"""How much is written between two looks at the log's size."""
SETTLE_SECONDS = 1.0
_INT = struct.Struct("=i")


class Scribe:
    """One thread per process: from a pipe into the end of a log, until no process holds the pipe's other end.

    What cannot be written (a full disk) is lost, and that is said once. Methods block: not for an event loop.
    """

    def __init__(self, path: Path) -> None:
        """Raises OSError where the log cannot be opened."""
        self._path = path
        path.parent.mkdir(mode=0o700, exist_ok=True)
        self._log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.begin = os.fstat(self._log).st_size
        """Where the words of this process begin in the log."""
        self._pipe, self.pen = os.pipe2(os.O_CLOEXEC)
        """`pen` is for the process; whoever gives it away closes it here."""
        self._leave = threading.Event()
        self._caught_up = threading.Event()
        self._complained = False
        self._thread = threading.Thread(target=self._run, name=f"scribe-{path.stem}", daemon=True)
        self._thread.start()

    def settle(self) -> None:
        """Returns when all that was said so far is in the log, or after a second."""
        until = time.monotonic() + SETTLE_SECONDS
        while self._waiting() and time.monotonic() < until and self._thread.is_alive():
            self._leave.wait(PAUSE_SECONDS)
        self._caught_up.wait(max(0.0, until - time.monotonic()))

    def close(self) -> None:
        """When the process has gone."""
        self.settle()
        self._leave.set()
        self._thread.join()
        os.close(self._pipe)
        os.close(self._log)

    def _waiting(self) -> int:
        """Bytes in the pipe."""
        return int(_INT.unpack(fcntl.ioctl(self._pipe, termios.FIONREAD, bytes(_INT.size)))[0])

    def _run(self) -> None:
        written = 0
        while not self._leave.is_set():
            if not self._is_told(0):
                self._caught_up.set()
                if not self._is_told(LOOK_SECONDS):
                    continue
            self._caught_up.clear()
            piece = os.read(self._pipe, PIECE)
            if not piece:
                break
            self._write(piece)
            written += len(piece)
            if written > TRIM_BYTES:
                written = 0
                self._trim()
            self._leave.wait(PAUSE_SECONDS)
        self._caught_up.set()

    def _is_told(self, seconds: float) -> bool:
        return bool(select.select([self._pipe], [], [], seconds)[0])

    def _write(self, piece: bytes) -> None:
        try:
            os.write(self._log, piece)
        except OSError as error:
            self._complain(error)

    def _trim(self) -> None:
        try:
            trim_log(self._path)
        except OSError as error:
            self._complain(error)

    def _complain(self, error: OSError) -> None:
        if not self._complained:
            self._complained = True
            logger.warning("the log %s cannot be written: %s", self._path.name, error.strerror)
