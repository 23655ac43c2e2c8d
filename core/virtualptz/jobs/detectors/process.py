"""Starts the tracking workers that the agent runs: tied to it, in a session of their own, with a log each."""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...logs import said_in
from ...settings import Settings
from ...tracking.worker.mark import WORKER_ENVIRON
from ..children import tether
from ..children.logs import last_line
from ..children.processes import Family, Process, bury
from ..children.scribe import Scribe
from ..children.spawn import start_session
from ..messages import JOB_ENVIRON

WORKER_COMMAND = (sys.executable, "-P", "-m", "virtualptz", "worker")
TETHER = (sys.executable, "-I", "-S", tether.__file__)


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    process: Process
    mark: str
    """In its environment and in that of all that it starts; and with each of its calls to the agent."""
    log: Path
    scribe: Scribe

    @property
    def family(self) -> Family:
        """It and all that it started."""
        return Family(self.mark, self.process.pid)

    async def bury(self) -> None:
        """Kill whatever is left of it and of what it started, and see it gone."""
        family = self.family
        while members := await asyncio.to_thread(family.members):
            await bury(family, members, 0.0)
        await self.process.wait()
        self.process.close()
        await asyncio.to_thread(self.scribe.close)

    async def last_line(self) -> str:
        """Of its own words; empty where there are none."""
        await asyncio.to_thread(self.scribe.settle)
        return said_in(await asyncio.to_thread(last_line, self.log, self.scribe.begin))


class WorkerStarter:
    """One per agent."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str] = os.environ,
        command: Sequence[str] = WORKER_COMMAND,
    ) -> None:
        """The key goes into the environment, which, unlike arguments, no other user can read."""
        self.disabled: Callable[[str], Collection[str]] = lambda _: settings.plugins_disabled
        """The plug-ins that the worker of a detector is not to import."""
        self._command = [*TETHER, str(os.getpid()), *command]
        self._agent_url = settings.agent_url
        self._hang_seconds = settings.detector_hang_seconds
        self._logs = settings.state_dir / "detectors"
        # By faulthandler, one that hangs leaves its stacks in its log when it is aborted.
        self._environ = {**environ, "PYTHONFAULTHANDLER": "1"}
        if key := settings.api_key.get_secret_value().strip():
            self._environ["RUNNER_API_KEY"] = key
        elif settings.api_key_file:
            # The file and not its key, which may not be good for as long as the worker runs.
            self._environ["RUNNER_API_KEY_FILE"] = str(Path(settings.api_key_file).absolute())

    async def start(self, detector: str) -> WorkerProcess:
        """Raises OSError. The worker ends with the thread of the event loop."""
        mark = f"wk_{secrets.token_urlsafe(12)}"
        path = self._logs / f"{detector}.log"
        scribe = await asyncio.to_thread(Scribe, path)
        try:
            process = self._started(detector, mark, scribe.pen)
        except OSError:
            await asyncio.to_thread(scribe.close)
            raise
        return WorkerProcess(process, mark, path, scribe)

    def _started(self, detector: str, mark: str, pen: int) -> Process:
        environ = {
            **self._environ,
            "RUNNER_PLUGINS_DISABLED": ",".join(sorted(self.disabled(detector))),
            JOB_ENVIRON: mark,
            WORKER_ENVIRON: mark,
        }
        try:
            return _held(start_session([*self._command, *self._arguments(detector)], environ, None, pen))
        finally:
            os.close(pen)

    def _arguments(self, detector: str) -> list[str]:
        return [
            *("--runner-base-url", self._agent_url),
            *("--jobs", "assigned"),
            *("--mode", "live"),
            *("--hang-seconds", f"{self._hang_seconds:g}"),
            # Ten lines a second and job would leave no room in the log for what somebody wants to know.
            "--quiet",
            *("--detector", detector),
        ]


def _held(pid: int) -> Process:
    """The process, or none at all: without a descriptor of it, it could never be ended."""
    try:
        return Process(pid)
    except OSError:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
