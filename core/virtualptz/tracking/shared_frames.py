"""Pictures from a job's process to a tracking worker on the same machine, through memory that both can see.

A ring of a few slots lies in a `memfd` of the job's process, which the worker opens through `/proc`. So only
the same user can open it, it has no name that could be left behind, and the kernel frees it when the last of
the two has closed it or died. It is read and written by calls (`preadv`, `pwritev`), not mapped: a ring that
is gone or too short is an error, never a SIGBUS.

No slot is locked. The writer marks a slot as unfinished, fills it, and numbers it; the reader copies it and
then looks whether it still has the number that was promised.
"""

import os
import re
import secrets
import stat
import struct
import weakref
from dataclasses import dataclass
from threading import Lock

import numpy as np

from ..errors import VirtualPtzError
from ..protocols import BgrArray

SLOTS = 3
"""At 10 pictures a second a reader has 0.2 s for its copy, which takes milliseconds."""
PAGE = 4096
_HEAD = struct.Struct("=8s8sQII")
"""Magic, the ring's token, the picture's number (0: unfinished), width, height."""
_MAGIC = b"vptz\x00bgr"
_PLACE = re.compile(r"([0-9]{1,10})/([0-9]{1,7})/([0-9a-f]{16})/([0-9]{1,19})")


class SharedFramesError(VirtualPtzError):
    """This memory cannot be made, or cannot be seen from here."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture lies; as text, it travels beside the frames."""

    pid: int
    descriptor: int
    token: str
    """Random: a process of another container may have the same pid."""
    number: int
    """From 1, one more for each picture of the ring."""

    def __str__(self) -> str:
        return f"{self.pid}/{self.descriptor}/{self.token}/{self.number}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Raises SharedFramesError."""
        parts = _PLACE.fullmatch(text)
        if parts is None:
            raise SharedFramesError("not the place of a shared picture")
        return cls(int(parts[1]), int(parts[2]), parts[3], int(parts[4]))

    def same_ring(self, other: "Place") -> bool:
        return (self.pid, self.descriptor, self.token) == (other.pid, other.descriptor, other.token)


class FrameRing:
    """The writer's side: pictures of one size. One thread writes; any may close."""

    def __init__(self, width: int, height: int) -> None:
        """Raises SharedFramesError where the machine has no room for it."""
        self.size = (width, height)
        self._token = secrets.token_bytes(8)
        self._number = 0
        self._lock = Lock()
        try:
            self._descriptor = os.memfd_create("virtualptz-frames", os.MFD_CLOEXEC)
        except OSError as error:
            raise SharedFramesError(f"no shared memory: {error.strerror}") from error
        self._close = weakref.finalize(self, os.close, self._descriptor)
        try:
            # Now, not at the first picture: memory that is short then would be a signal, not an error.
            os.posix_fallocate(self._descriptor, 0, SLOTS * _slot_bytes(width, height))
        except OSError as error:
            self._close()
            raise SharedFramesError(f"no shared memory: {error.strerror}") from error

    def write(self, image: BgrArray) -> Place:
        """Put a height x width x 3 picture into the oldest slot. Raises SharedFramesError once closed."""
        width, height = self.size
        if image.shape != (height, width, 3):
            raise ValueError(f"a picture of shape {image.shape} in a ring of {width} x {height}")
        with self._lock:
            if not self._close.alive:
                raise SharedFramesError("the ring is closed")
            self._number += 1
            offset = self._number % SLOTS * _slot_bytes(width, height)
            self._put(offset, self._head(0))
            _write_all(self._descriptor, image, offset + PAGE)
            self._put(offset, self._head(self._number))
            return Place(os.getpid(), self._descriptor, self._token.hex(), self._number)

    def close(self) -> None:
        """Readers that have it open keep what is in it until they close it too. Safe to call twice."""
        with self._lock:
            self._close()

    def _head(self, number: int) -> bytes:
        return _HEAD.pack(_MAGIC, self._token, number, *self.size)

    def _put(self, offset: int, head: bytes) -> None:
        os.pwrite(self._descriptor, head, offset)


class RingReader:
    """The reader's side of one ring. Any thread may read; closed with its last reference."""

    def __init__(self, place: Place, width: int, height: int) -> None:
        """Raises SharedFramesError where that ring cannot be opened from here."""
        self._size = (width, height)
        self._place = place
        try:
            # Another process of that pid may have anything open under that number, a pipe for one.
            flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
            self._descriptor = os.open(f"/proc/{place.pid}/fd/{place.descriptor}", flags)
        except OSError as error:
            raise SharedFramesError(f"the job's memory cannot be opened: {error.strerror}") from error
        weakref.finalize(self, os.close, self._descriptor)
        if not (width > 0 and height > 0 and self._is_it(place)):
            raise SharedFramesError("the job's memory cannot be opened: that is another process's")

    def holds(self, place: Place, width: int, height: int) -> bool:
        return self._place.same_ring(place) and self._size == (width, height)

    def read(self, number: int) -> BgrArray | None:
        """A copy of that picture; None where a newer one has taken its slot, wholly or in part."""
        width, height = self._size
        image = np.empty((height, width, 3), np.uint8)
        offset = number % SLOTS * _slot_bytes(width, height)
        whole = _read_all(self._descriptor, image, offset + PAGE)
        return image if whole and self._number_at(offset) == number else None

    def _is_it(self, place: Place) -> bool:
        slot_bytes = _slot_bytes(*self._size)
        found = os.fstat(self._descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size < SLOTS * slot_bytes:
            return False
        head = os.pread(self._descriptor, _HEAD.size, place.number % SLOTS * slot_bytes)
        magic, token, _, *size = _HEAD.unpack(head)
        return (magic, token.hex(), tuple(size)) == (_MAGIC, place.token, self._size)

    def _number_at(self, offset: int) -> int:
        head = os.pread(self._descriptor, _HEAD.size, offset)
        return int(_HEAD.unpack(head)[2]) if len(head) == _HEAD.size else 0


def _slot_bytes(width: int, height: int) -> int:
    """A page for the head, and whole pages for the picture."""
    return PAGE + -(-width * height * 3 // PAGE) * PAGE


def _write_all(descriptor: int, image: BgrArray, offset: int) -> None:
    left = np.ascontiguousarray(image).data.cast("B")
    while left:
        written = os.pwrite(descriptor, left, offset)
        left, offset = left[written:], offset + written


def _read_all(descriptor: int, image: BgrArray, offset: int) -> bool:
    left = image.data.cast("B")
    while left:
        count = os.preadv(descriptor, [left], offset)
        if count == 0:
            return False
        left, offset = left[count:], offset + count
    return True
