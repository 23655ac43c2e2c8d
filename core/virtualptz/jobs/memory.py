"""How much memory there is, and how much of it the pictures of a job may take."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

MEGABYTE = 1_000_000
SHARE = 4
"""A job's pictures never take more than one part in so many of what is available when it starts."""
CGROUP_ROOT = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")
MAX_DEPTH = 16


@dataclass(frozen=True, slots=True)
class Controller:
    """The files of a control group that tell its memory (cgroups(7))."""

    folder: str
    """Below the root of all control groups."""
    limit: str
    used: str
    reclaimable: str
    """In `memory.stat`: file pages that the kernel gives back when they are needed."""


VERSION_2 = Controller("", "memory.max", "memory.current", "inactive_file")
VERSION_1 = Controller("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def room_for_pictures(megabytes: float) -> int:
    """Bytes: what was set, or less where the machine has less to give."""
    return min(round(megabytes * MEGABYTE), available() // SHARE)


def available() -> int:
    """Bytes that can be had without swapping; a container's limit counts where there is one."""
    free = int(psutil.virtual_memory().available)
    left = left_of_limit()
    return free if left is None else min(free, left)


def left_of_limit(root: Path = CGROUP_ROOT, own: Path = OWN_CGROUP) -> int | None:
    """Bytes up to the nearest limit of this process's control groups, of version 1 or 2; None: no limit."""
    try:
        lines = own.read_text().splitlines()
    except FileNotFoundError:
        return None
    rooms = (
        _room(group, controller)
        for group, controller in _groups(root, [line.split(":", 2) for line in lines])
    )
    return min((room for room in rooms if room is not None), default=None)


def _groups(root: Path, lines: list[list[str]]) -> Iterator[tuple[Path, Controller]]:
    """The group of this process and those above it, whose limits count too.

    A container may see its own group as the root.
    """
    for number, controllers, path in lines:
        if number == "0":
            controller = VERSION_2
        elif "memory" in controllers.split(","):
            controller = VERSION_1
        else:
            continue
        top = root / controller.folder
        parts = Path(path.lstrip("/")).parts[:MAX_DEPTH]
        for depth in range(len(parts), -1, -1):
            yield top.joinpath(*parts[:depth]), controller


def _room(group: Path, controller: Controller) -> int | None:
    try:
        limit = (group / controller.limit).read_text().strip()
        if limit == "max":
            return None
        used = int((group / controller.used).read_text())
        return max(0, int(limit) - used + _reclaimable(group / "memory.stat", controller.reclaimable))
    except FileNotFoundError:
        return None


def _reclaimable(stat: Path, name: str) -> int:
    rows = (line.split() for line in stat.read_text().splitlines())
    return next((int(row[1]) for row in rows if row[0] == name), 0)
