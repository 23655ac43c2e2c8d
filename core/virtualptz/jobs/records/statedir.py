"""The agent's state folder: private, one agent's alone, and how it fares."""

import errno
import fcntl
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...errors import ConfigError

MEGABYTE = 1_000_000
LEAST_FILES = 16
"""A job's folder holds about half as many."""
PID_WIDTH = 16
Ill = Literal["full", "read_only", "gone"]


@dataclass(frozen=True, slots=True)
class Illness:
    """Why nothing can be kept in the folder."""

    word: Ill
    detail: str
    """For the log and for those who have the key: what is wrong, and what helps."""


class StateDir:
    """Held by a lock from construction to `close()`; the lock goes with the process, however that ends.

    Raises ConfigError where the folder cannot be made, is not private, or another agent holds it. One that
    has become read-only can be held all the same: what is on air must be looked after.
    """

    def __init__(self, folder: Path, least_free_megabytes: float = 0.0) -> None:
        """`least_free_megabytes`: with less room it counts as full."""
        self.folder = folder
        self.jobs = folder / "jobs"
        self._lock_file = folder / "agent.lock"
        self._least_free = least_free_megabytes
        self._lock = self._hold()

    def look(self, least_free_megabytes: float | None = None) -> Illness | None:
        """How it fares now. Blocking, and on a disk that hangs for as long as that hangs.

        `least_free_megabytes`: None is that of the constructor.
        """
        least = self._least_free if least_free_megabytes is None else least_free_megabytes
        try:
            there, ours = self._lock_file.stat(), os.fstat(self._lock)
            self.jobs.stat()
            room = os.statvfs(self.folder)
        except OSError as error:
            return Illness("gone", f"the state folder {self.folder} is gone ({error.strerror})")
        if (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino):
            return Illness(
                "gone", f"the state folder {self.folder} is not the one that this agent began with"
            )
        if room.f_flag & os.ST_RDONLY or not os.access(self.folder, os.W_OK | os.X_OK):
            return Illness(
                "read_only", f"the state folder {self.folder} cannot be written: mount it writable"
            )
        return self._full(room, least)

    def renew(self) -> None:
        """Begin anew where the folder is gone. Raises ConfigError as the constructor does."""
        lock = self._hold()
        self.close()
        self._lock = lock

    def close(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _hold(self) -> int:
        for path in (self.folder, self.jobs):
            _make_private(path)
        return _take(self._lock_file)

    def _full(self, room: os.statvfs_result, least: float) -> Illness | None:
        free = room.f_bavail * room.f_frsize / MEGABYTE
        if free < least:
            detail = (
                f"{free:.1f} MB are free for the state folder {self.folder}, "
                f"{least:g} MB are wanted: make room there"
            )
            return Illness("full", detail)
        # Some file systems (btrfs) make files as they are needed, and say 0.
        if room.f_files and room.f_favail < LEAST_FILES:
            return Illness(
                "full", f"no more files fit beside the state folder {self.folder}: delete some there"
            )
        return None


def require_pidfd() -> None:
    """Raises ConfigError where this system cannot watch processes safely."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError as error:
        raise ConfigError(
            f"this system offers no pidfd ({error.strerror}): the agent needs Linux 5.4 or newer, "
            "and in a container a runtime whose seccomp profile allows pidfd_open"
        ) from error


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except OSError as error:
        raise ConfigError(f"state folder {folder}: {error.strerror}; set RUNNER_STATE_DIR") from error
    if found.st_uid != os.geteuid():
        raise ConfigError(
            f"state folder {folder} belongs to uid {found.st_uid}, the agent runs as {os.geteuid()}: "
            "give it to the agent's user (chown), or set RUNNER_STATE_DIR to another"
        )
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        raise ConfigError(
            f"state folder {folder} has mode {mode:04o} and would show camera passwords to others: "
            f"chmod 700 {folder}"
        )


def _take(path: Path) -> int:
    lock = _open_lock(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(lock, 32, 0).decode(errors="replace").strip()
        os.close(lock)
        if not isinstance(error, BlockingIOError):
            raise ConfigError(f"{path} cannot be locked: {error.strerror}") from error
        raise ConfigError(
            f"another agent{f' (pid {holder})' if holder else ''} uses the state folder {path.parent}: "
            "stop it, or give this one its own RUNNER_STATE_DIR"
        ) from error
    _sign(lock)
    return lock


def _open_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno == errno.EROFS and path.exists():
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        raise ConfigError(f"{path}: {error.strerror}") from error


def _sign(lock: int) -> None:
    """Who holds it, for people. Always as long, so that it needs no room on a full disk the second time."""
    try:
        os.pwrite(lock, f"{os.getpid()}".ljust(PID_WIDTH - 1).encode() + b"\n", 0)
        os.ftruncate(lock, PID_WIDTH)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EBADF):
            os.close(lock)
            raise ConfigError(f"the state folder cannot be written: {error.strerror}") from error
