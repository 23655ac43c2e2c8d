"""Processes by pidfd: children of this agent and strangers adopted from an earlier one, handled alike.

A pid alone may be reused; pid and start time together name one process for as long as the machine is up.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ...waiting import first_of
from ..messages import JOB_ENVIRON


@dataclass(frozen=True, slots=True)
class Stat:
    """One line of /proc/PID/stat (proc_pid_stat(5))."""

    pid: int
    state: str
    session: int
    start_time: int
    """Clock ticks since boot."""


def stat_of(pid: int) -> Stat | None:
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name, in parentheses, may hold anything, parentheses and spaces too.
    fields = line.rpartition(")")[2].split()
    return Stat(pid, fields[0], int(fields[3]), int(fields[19]))


def holder_of(path: Path) -> int | None:
    """Who holds a flock(2) of its own on this file, by proc_locks(5)."""
    try:
        file, lines = path.stat(), Path("/proc/locks").read_text().splitlines()
    except OSError:
        return None
    place = f"{os.major(file.st_dev):02x}:{os.minor(file.st_dev):02x}:{file.st_ino}"
    for words in map(str.split, lines):
        # "1: FLOCK ADVISORY WRITE 4711 00:2d:5678 0 EOF"; one who waits has an arrow after the number.
        if words[1:4] == ["FLOCK", "ADVISORY", "WRITE"] and words[5] == place and int(words[4]) > 0:
            return int(words[4])
    return None


class Process:
    """One process until it ends. Belongs to the running event loop; `close()` frees its descriptor."""

    def __init__(self, pid: int) -> None:
        """Raises ProcessLookupError where there is no such process."""
        self.pid = pid
        self._pidfd = os.pidfd_open(pid)
        self._loop = asyncio.get_running_loop()
        self.exited: asyncio.Future[int | None] = self._loop.create_future()
        """Ends with the return code (negative: the signal), None where it is not this agent's child."""
        self._loop.add_reader(self._pidfd, self._on_exit)

    def _on_exit(self) -> None:
        self._loop.remove_reader(self._pidfd)
        if not self.exited.done():
            self.exited.set_result(_reap(self._pidfd))

    def send(self, number: signal.Signals) -> None:
        """Safe at any time: a descriptor never names another process."""
        if self._pidfd >= 0 and not self.exited.done():
            try:
                signal.pidfd_send_signal(self._pidfd, number)
            except ProcessLookupError:
                return

    async def wait(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109
        """True where it has ended within the time."""
        await asyncio.wait({self.exited}, timeout=timeout)
        return self.exited.done()

    def close(self) -> None:
        if self._pidfd >= 0:
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1


def _reap(pidfd: int) -> int | None:
    try:
        result = os.waitid(os.P_PIDFD, pidfd, os.WEXITED | os.WNOHANG)
    except ChildProcessError:
        return None
    if result is None:
        return None
    return result.si_status if result.si_code == os.CLD_EXITED else -result.si_status


def describe_exit(code: int | None, who: str = "the job's process") -> str:
    if code is None:
        return f"{who} ended without a word"
    if code < 0:
        return f"{who} was killed by signal {-code} ({signal.strsignal(-code)})"
    return f"{who} ended with exit code {code}"


@dataclass(frozen=True, slots=True)
class Family:
    """The processes of one job: those that carry its name, and those of its process's own session."""

    job_id: str
    session: int | None = None
    """None where nothing tells that the session's number is still the job's."""

    def holds(self, pid: int) -> bool:
        stat = stat_of(pid)
        if stat is None or stat.state in "ZX" or pid == os.getpid():
            return False
        return stat.session == self.session or f"{JOB_ENVIRON}={self.job_id}".encode() in _environ(pid)

    def members(self) -> list[int]:
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
        return [pid for pid in pids if self.holds(pid)]


def _environ(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


async def bury(family: Family, pids: Iterable[int], grace: float, hurry: asyncio.Event | None = None) -> None:
    """Wait for members of a family to finish by themselves, then kill those that have not.

    `hurry` ends the wait.
    """
    async with _open(family, pids) as processes:
        if processes:
            waits = [_all_exited(processes), *([hurry.wait()] if hurry is not None else [])]
            await first_of(*waits, timeout=grace)
        for process in processes:
            process.send(signal.SIGKILL)
        for process in processes:
            await process.wait()


async def _all_exited(processes: Iterable[Process]) -> None:
    await asyncio.wait({process.exited for process in processes})


@asynccontextmanager
async def _open(family: Family, pids: Iterable[int]) -> AsyncIterator[list[Process]]:
    processes: list[Process] = []
    try:
        for pid in pids:
            with suppress(ProcessLookupError):
                processes.append(Process(pid))
        # Asked again now that the descriptor is held: the number cannot change hands any more.
        yield [process for process in processes if family.holds(process.pid)]
    finally:
        for process in processes:
            process.close()
