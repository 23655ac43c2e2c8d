"""Log files that other processes append to, kept from growing for ever. Blocking, but short."""

import os
from pathlib import Path

from ...redact import mask

LOG_LIMIT = 4 << 20
LOG_KEPT = 256 << 10
LAST_LINE_BYTES = 4096


def trim_log(path: Path) -> None:
    """Keep the newest part of a log that has grown too long. Its writers append, so they go on unharmed.

    Written over its beginning before the rest is cut off: at no moment is a reader shown an empty log, and a
    full disk has room for it.
    """
    try:
        if path.stat().st_size <= LOG_LIMIT:
            return
        with path.open("r+b") as log:
            log.seek(-LOG_KEPT, os.SEEK_END)
            newest = log.read()
            log.seek(0)
            log.write(newest[newest.find(b"\n") + 1 :])
            log.truncate()
    except FileNotFoundError:
        return


def mask_log(path: Path) -> None:
    """Leave nothing secret in a log that nobody writes any more, while it is known what is secret.

    What a native library wrote has gone through no filter. Raises OSError.
    """
    trim_log(path)
    try:
        text = path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return
    if (masked := mask(text)) != text:
        with path.open("r+b") as log:
            log.write(masked.encode())
            log.truncate()


def last_line(path: Path, since: int = 0) -> str:
    """The last line that says anything, of what was written from byte `since` on; empty where none was."""
    try:
        with path.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(since if since <= end else 0, end - LAST_LINE_BYTES))
            lines = log.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
