"""The agent's state folder: private, and one agent's alone."""

import fcntl
import os
import stat
from pathlib import Path

from ...errors import ConfigError


class StateDir:
    """Held by a lock from construction to `close()`; the lock goes with the process, however that ends.

    Raises ConfigError where the folder cannot be made, is not private, or another agent holds it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.jobs = folder / "jobs"
        for path in (folder, self.jobs):
            _make_private(path)
        self._lock = _take(folder / "agent.lock")

    def close(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


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
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
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
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock
