"""Where a job keeps its files, and how its socket is reached.

`sun_path` holds 108 bytes; a state folder may be deeper. So a socket is bound and reached through a
directory descriptor: /proc/self/fd/N/sock is always short.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class JobPaths:
    folder: Path

    @classmethod
    def of(cls, state_dir: Path, job_id: str) -> "JobPaths":
        return cls(state_dir / "jobs" / job_id)

    @property
    def spec(self) -> Path:
        return self.folder / "spec.json"

    @property
    def lock(self) -> Path:
        """Held by the job's process for its whole life: a second process of the same job gives up at once."""
        return self.folder / "lock"

    @property
    def pid(self) -> Path:
        """`<pid> <start time in clock ticks>`, so that a reused pid is not taken for the job."""
        return self.folder / "pid"

    @property
    def outcome(self) -> Path:
        return self.folder / "outcome.json"

    @property
    def aired(self) -> Path:
        """There once the job's program of a live source has been on air."""
        return self.folder / "aired"

    @property
    def slate(self) -> Path:
        """The program's last picture, for a process that begins while the camera is away."""
        return self.folder / "slate"

    @property
    def slate_part(self) -> Path:
        """The same while it is being written."""
        return self.folder / "slate.part"

    @property
    def log(self) -> Path:
        return self.folder / "job.log"

    @property
    def decisions(self) -> Path:
        """What the camera saw and decided; older parts beside it as `.1`, `.2`, ..."""
        return self.folder / "decisions.jsonl"

    @property
    def socket(self) -> Path:
        return self.folder / "sock"


@contextmanager
def short_path(path: Path) -> Iterator[str]:
    """A name for `path` that fits a socket address, valid within the block."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


async def listen_at(
    path: Path, serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None] | None]
) -> asyncio.Server:
    """Listen on a socket of this name, for which there is no file yet."""
    with short_path(path) as address:
        if sys.version_info >= (3, 13):
            # Left alone, it looks for the socket at its end by this name, which is no more then.
            return await asyncio.start_unix_server(serve, address, cleanup_socket=False)
        return await asyncio.start_unix_server(serve, address)


def open_log(paths: JobPaths) -> int:
    return os.open(paths.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
