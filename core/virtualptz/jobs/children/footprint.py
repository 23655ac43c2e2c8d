"""How much memory processes hold, as the kernel counts it."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from .processes import Family

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


def resident_of(family: Family) -> int:
    """Bytes of all its members; pages that they share count for each of them. Blocking, but short."""
    return resident(family.members())


def resident_below(pid: int) -> int:
    """Bytes of a process and of all that it started and that has not been let go of."""
    return resident(_tree(pid))


def cpu_below(pid: int) -> float:
    """Seconds that a process, all that it started, and those of them that have ended have computed."""
    return sum(map(_computed, _tree(pid)))


def _computed(pid: int) -> float:
    try:
        # proc_pid_stat(5): utime, stime, cutime, cstime are the 14th to the 17th field, the name is the 2nd.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS
    except (OSError, ValueError):
        return 0.0


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for child in _children(pid):
        yield from _tree(child)


def _children(pid: int) -> list[int]:
    """By the threads that started them (proc_pid_task(5)); none where this kernel does not tell."""
    try:
        files = [thread / "children" for thread in Path(f"/proc/{pid}/task").iterdir()]
        return [int(word) for file in files for word in file.read_text().split()]
    except OSError:
        return []


def resident(pids: Iterable[int]) -> int:
    """Bytes; a process that has gone has none."""
    return sum(map(_resident, pids))


def _resident(pid: int) -> int:
    try:
        # proc_pid_statm(5): total size, resident size, ...
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0
