"""Starts job processes, each in a session of its own; one stands ready so that a job starts at once.

What a job needs to know is in its folder, never an argument: `ps` shows arguments, and camera URIs hold
passwords.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..messages import JOB_ENVIRON
from ..paths import JobPaths, open_log
from .processes import Process

logger = logging.getLogger(__name__)

JOB_COMMAND = (sys.executable, "-P", "-m", "virtualptz.jobs.process")
"""-P: a file beside the agent that is named like a module is not imported for it."""
DEFAULT_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGCHLD)


@dataclass(frozen=True, slots=True)
class Spare:
    """A process that has imported everything and waits for a folder on its stdin; ends with its agent."""

    process: Process
    stdin: int

    def give(self, paths: JobPaths) -> bool:
        """False where it is gone."""
        try:
            os.write(self.stdin, os.fsencode(paths.folder.absolute()) + b"\n")
        except BrokenPipeError:
            return False
        finally:
            os.close(self.stdin)
        return not self.process.exited.done()

    async def close(self) -> None:
        os.close(self.stdin)
        self.process.send(signal.SIGKILL)
        await self.process.wait()
        self.process.close()


class Spawner:
    """One per agent."""

    def __init__(
        self,
        command: Sequence[str] = JOB_COMMAND,
        environ: Mapping[str, str] = os.environ,
        spare_log: Path | None = None,
        spare_arguments: Sequence[str] = (),
    ) -> None:
        """`spare_log`: where a spare writes until it has a job; None: no spares."""
        self._command = list(command)
        self._environ = {name: value for name, value in environ.items() if name != JOB_ENVIRON}
        self._spare_log = spare_log
        self._spare_arguments = _for_spare(spare_arguments)
        self._spare: Spare | None = None
        self._preparing: asyncio.Task[None] | None = None
        self._closed = False

    async def start(self, paths: JobPaths) -> Process:
        """Start the job that `paths` describes. Raises OSError where the system refuses."""
        spare, self._spare = self._spare, None
        if spare is not None:
            if spare.give(paths):
                return spare.process
            spare.process.close()
        return Process(await asyncio.to_thread(self._start_cold, paths))

    def prepare(self, delay: float) -> None:
        """Have a spare ready after `delay` seconds, which leaves the machine to the job that starts now."""
        log = self._spare_log
        if log is not None and not self._closed and (self._preparing is None or self._preparing.done()):
            self._preparing = asyncio.create_task(self._prepare(log, delay), name="spare job process")

    async def renew(self, arguments: Sequence[str], delay: float) -> None:
        """Have a spare with other arguments, and with what is installed now, ready after `delay` seconds."""
        self._spare_arguments = _for_spare(arguments)
        spare, self._spare = self._spare, None
        if spare is not None:
            await spare.close()
        self.prepare(delay)

    async def close(self) -> None:
        """No more spares; jobs can still be started."""
        self._closed = True
        if self._preparing is not None:
            self._preparing.cancel()
            await asyncio.wait({self._preparing})
        spare, self._spare = self._spare, None
        if spare is not None:
            await spare.close()

    async def _prepare(self, log: Path, delay: float) -> None:
        await asyncio.sleep(delay)
        if self._spare is None:
            try:
                self._spare = self._start_spare(log)
            except OSError as error:
                logger.warning("no spare job process: %s", error)

    def _start_cold(self, paths: JobPaths) -> int:
        log = open_log(paths)
        try:
            environ = {**self._environ, JOB_ENVIRON: paths.folder.name}
            return start_session([*self._command, str(paths.folder.absolute())], environ, None, log)
        finally:
            os.close(log)

    def _start_spare(self, path: Path) -> Spare:
        log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        stdin, ours = os.pipe()
        try:
            pid = start_session([*self._command, *self._spare_arguments], self._environ, stdin, log)
        except OSError:
            os.close(ours)
            raise
        finally:
            os.close(stdin)
            os.close(log)
        return Spare(Process(pid), ours)


def _for_spare(arguments: Sequence[str]) -> list[str]:
    return ["--spare", *arguments]


def start_session(command: list[str], environ: Mapping[str, str], stdin: int | None, log: int) -> int:
    """The pid of a new process, which leads a session of its own and writes into `log`. Raises OSError."""
    actions: list[tuple[int, int, int] | tuple[int, int, str, int, int]] = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
        if stdin is None
        else (os.POSIX_SPAWN_DUP2, stdin, 0),
        (os.POSIX_SPAWN_DUP2, log, 1),
        (os.POSIX_SPAWN_DUP2, log, 2),
    ]
    return os.posix_spawn(
        command[0],
        command,
        environ,
        file_actions=actions,
        setsid=True,
        setsigmask=(),
        setsigdef=DEFAULT_SIGNALS,
    )
