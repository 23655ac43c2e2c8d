"""How much memory processes hold, as the kernel counts it."""

import os
from collections.abc import Iterable
from pathlib import Path

from .processes import Family

PAGE = os.sysconf("SC_PAGE_SIZE")


def resident_of(family: Family) -> int:
    """Bytes of all its members; pages that they share count for each of them. Blocking, but short."""
    return resident(family.members())


def resident(pids: Iterable[int]) -> int:
    """Bytes; a process that has gone has none."""
    return sum(map(_resident, pids))


def _resident(pid: int) -> int:
    try:
        # proc_pid_statm(5): total size, resident size, ...
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0
