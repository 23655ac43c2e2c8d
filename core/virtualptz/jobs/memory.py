"""How much memory the pictures of a job may take."""

from pathlib import Path

import psutil

MEGABYTE = 1_000_000
SHARE = 4
"""A job's pictures never take more than one part in so many of what is available when it starts."""
CGROUP_ROOT = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")


def room_for_pictures(megabytes: float) -> int:
    """Bytes: what was set, or less where the machine has less to give."""
    return min(round(megabytes * MEGABYTE), available() // SHARE)


def available() -> int:
    """Bytes that can be had without swapping; a container's limit counts where there is one."""
    free = int(psutil.virtual_memory().available)
    left = left_of_limit()
    return free if left is None else min(free, left)


def left_of_limit(root: Path = CGROUP_ROOT, own: Path = OWN_CGROUP) -> int | None:
    """Bytes up to the limit of this process's control group (cgroups(7), version 2); None: no limit."""
    try:
        paths = [line.removeprefix("0::") for line in own.read_text().splitlines() if line.startswith("0::")]
        group = root / paths[0].lstrip("/") if paths else root
        limit = (group / "memory.max").read_text().strip()
        if limit == "max":
            return None
        used = int((group / "memory.current").read_text())
        return max(0, int(limit) - used + _cached(group / "memory.stat"))
    except FileNotFoundError:
        return None


def _cached(stat: Path) -> int:
    """Bytes of file pages that the kernel gives back when they are needed."""
    rows = (line.split() for line in stat.read_text().splitlines())
    return next((int(row[1]) for row in rows if row[0] == "inactive_file"), 0)
