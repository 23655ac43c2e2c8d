"""Reads logs that other processes append to, from their end and onwards. Blocking: for threads.

Files are opened anew each time, so that nothing is held of a job that may be cleared away meanwhile.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...redact import mask
from .logs import LOG_KEPT

BLOCK = 64 << 10
MOST = 1 << 20
"""Bytes of an answer, however long its lines are."""
STEP = 256 << 10
"""Bytes that are read onwards at a time; a line that is longer is left out."""
BEHIND = 512
LEFT_OUT = b"(something is left out here)\n"
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader is in a log that may be cut meanwhile: `logs.trim_log` moves what it keeps."""

    offset: int = 0
    behind: bytes = b""
    """The last bytes before that."""
    inside: bool = False
    """Within a line that is left out."""


def newest(path: Path, lines: int) -> bytes:
    """The last lines of a log, of at most `MOST` bytes; nothing, where there is none. Raises OSError."""
    with _opened(path) as log:
        while log is not None:
            end = _size(log)
            rows = _last(log, end, lines)
            if _size(log) >= end:
                return _joined(rows)
    return b""


def begin(path: Path, lines: int, *, ended: bool = False) -> tuple[bytes, Place]:
    """The same, and where to go on.

    A line that is still being written comes later, as a whole, unless the log has `ended`. Raises OSError.
    """
    with _opened(path) as log:
        while log is not None:
            size = _size(log)
            start = max(0, size - STEP)
            last = os.pread(log, size - start, start)
            end = size if ended else start + last.rfind(b"\n") + 1
            inside = end == start > 0
            if inside:
                end = size
            rows = [] if inside else _last(log, end, lines)
            place = Place(end, _behind(log, end), inside)
            if _size(log) >= size:
                return _joined(rows), place
    return b"", Place()


def go_on(path: Path, place: Place, *, ended: bool = False) -> tuple[bytes, Place]:
    """Whole lines that came since, and where to go on; where the log has `ended`, also one without its end.

    An unchanged place: there was nothing new. Raises OSError.
    """
    with _opened(path) as log:
        if log is None:
            return b"", place
        at, lost = _found(log, place)
        data = os.pread(log, STEP, at)
        lines, done, inside = _whole(data, inside=place.inside and not lost, ended=ended)
        end = at + done
        return (LEFT_OUT if lost else b"") + lines, Place(end, _behind(log, end), inside)


def shown(data: bytes) -> str:
    """As whoever asks may see it: masked, readable, each line with its end."""
    text = mask(data.decode(errors="replace")).replace("\r\n", "\n")
    text = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
    return text if not text or text.endswith("\n") else text + "\n"


def _whole(data: bytes, *, inside: bool, ended: bool) -> tuple[bytes, int, bool]:
    """The lines in it, how far it is done with, and whether that is within a line that is left out."""
    first = data.find(b"\n") + 1
    if first:
        end = data.rfind(b"\n") + 1
        return data[first if inside else 0 : end], end, False
    if inside:
        return b"", len(data), True
    if len(data) == STEP:
        return LEFT_OUT, STEP, True
    return (data, len(data), False) if ended else (b"", 0, False)


def _last(log: int, end: int, lines: int) -> list[bytes]:
    """Those before `end`, without their ends; the first of them is whole."""
    blocks: list[bytes] = []
    begin, found = end, 0
    while begin > max(0, end - MOST) and found <= lines:
        size = min(BLOCK, begin)
        begin -= size
        blocks.append(os.pread(log, size, begin))
        found += blocks[-1].count(b"\n")
    data = b"".join(reversed(blocks))
    if not data:
        return []
    rows = data.removesuffix(b"\n").split(b"\n")
    return (rows[1:] if begin > 0 else rows)[-lines:]


def _joined(rows: list[bytes]) -> bytes:
    return b"".join(row + b"\n" for row in rows)


def _found(log: int, place: Place) -> tuple[int, bool]:
    """Where that place is now, and whether something before it was lost."""
    size, behind = _size(log), place.behind
    if place.offset <= size and os.pread(log, len(behind), place.offset - len(behind)) == behind:
        return place.offset, False
    kept = os.pread(log, LOG_KEPT + BEHIND, 0)
    # The log of a job that has ended was masked as a whole.
    for known in (behind, shown(behind[behind.find(b"\n") + 1 :]).encode()):
        if known and (at := kept.find(known)) >= 0:
            return at + len(known), False
    return 0, True


def _size(log: int) -> int:
    return os.fstat(log).st_size


def _behind(log: int, end: int) -> bytes:
    size = min(BEHIND, end)
    return os.pread(log, size, end - size)


@contextmanager
def _opened(path: Path) -> Iterator[int | None]:
    """None: there is no such file. Raises OSError."""
    try:
        log = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        log = None
    try:
        yield log
    finally:
        if log is not None:
            os.close(log)
