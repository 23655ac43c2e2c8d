"""A file of lines that grows to a bound, and its predecessors `.1`, `.2`, ...: the highest is the oldest."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

Heading = Callable[[], bytes]
"""The line that a file begins with."""


def sibling(path: Path, number: int) -> Path:
    """The file that was `path` so many rotations ago."""
    return path.with_name(f"{path.name}.{number}") if number else path


class RotatingFile:
    """Appends whole lines. Belongs to one thread.

    Whatever fails raises OSError and leaves no half line behind; the next line begins anew, with a heading.
    """

    def __init__(self, path: Path, max_bytes: int, files: int) -> None:
        """Up to `files` files of about `max_bytes` each, `path` among them."""
        self._path = path
        self._max_bytes = max_bytes
        self._files = files
        self._descriptor: int | None = None
        self._size = 0
        self._unwritten = bytearray()

    def append(self, line: bytes, heading: Heading) -> None:
        """Takes a line, with its newline; `flush` makes sure of it."""
        if self._descriptor is None:
            self._open(heading)
        if self._length > 0 and self._length + len(line) > self._max_bytes:
            self._write()
            self._rotate()
            self._open(heading)
        self._unwritten += line

    def flush(self, heading: Heading) -> None:
        """Writes what was taken; to a new file where ours has been removed."""
        if self._descriptor is not None and self._is_gone(self._descriptor):
            lines = bytes(self._unwritten)
            self._close()
            self._open(heading)
            self._unwritten += lines
        self._write()

    def close(self) -> None:
        self._close()

    @property
    def _length(self) -> int:
        return self._size + len(self._unwritten)

    def _open(self, heading: Heading) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, 0o600)
        self._descriptor, self._size = descriptor, os.fstat(descriptor).st_size
        if self._size > 0 and os.pread(descriptor, 1, self._size - 1) != b"\n":
            self._unwritten += b"\n"
        self._unwritten += heading()

    def _write(self) -> None:
        if self._descriptor is None:
            return
        before = self._size
        try:
            while self._unwritten:
                written = os.write(self._descriptor, self._unwritten)
                del self._unwritten[:written]
                self._size += written
        except OSError:
            self._cut(self._descriptor, before)
            self._close()
            raise

    def _cut(self, descriptor: int, size: int) -> None:
        """Take back what was written of lines that count as lost."""
        try:
            os.ftruncate(descriptor, size)
        except OSError as error:
            # The next opening begins a new line, so that only this half one cannot be read.
            log.warning("%s ends with half a line: %s", self._path, error)

    def _is_gone(self, descriptor: int) -> bool:
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return True
        ours = os.fstat(descriptor)
        return (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino)

    def _rotate(self) -> None:
        self._close()
        if self._files == 1:
            self._path.unlink(missing_ok=True)
        for number in range(self._files - 1, 0, -1):
            younger = sibling(self._path, number - 1)
            if younger.exists():
                younger.replace(sibling(self._path, number))

    def _close(self) -> None:
        self._unwritten.clear()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
