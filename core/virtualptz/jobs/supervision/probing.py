"""The agent's side of a probe: a process that is killed when its time is over."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic

from pydantic import ValidationError

from ...errors import MediaError, MediaTimeoutError, StoppingError
from ...model import MediaInfo
from ...redact import mask, register_secret
from ...settings import Settings
from ..probe import ProbeAnswer, ProbeRequest

logger = logging.getLogger(__name__)

PROBE_COMMAND = (sys.executable, "-P", "-m", "virtualptz.jobs.probe")
AT_ONCE = 4


class Prober:
    """One per agent. Probes beyond a few wait their turn, within their own time."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str] = os.environ,
        command: Sequence[str] = PROBE_COMMAND,
    ) -> None:
        self._settings = settings
        self._environ = dict(environ)
        self._command = command
        self._places = asyncio.Semaphore(AT_ONCE)
        self._running: set[asyncio.Task[object]] = set()

    def use(self, settings: Settings) -> None:
        """For all probes that begin from now on."""
        self._settings = settings

    async def probe(self, source: str, timeout: float) -> MediaInfo:  # noqa: ASYNC109
        """Raises MediaTimeoutError when `timeout` seconds are over, StoppingError, else MediaError."""
        register_secret(source)
        request = ProbeRequest(
            source=source,
            deadline=monotonic() + timeout,
            media_backend=self._settings.media_backend,
            plugins_disabled=self._settings.plugins_disabled,
            plugin_options=self._settings.plugin,
        )
        task = asyncio.ensure_future(self._ask(request))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            async with asyncio.timeout(timeout):
                await asyncio.wait({task})
        except TimeoutError as error:
            raise MediaTimeoutError(f"no answer within {timeout:g} s") from error
        finally:
            task.cancel()
            await asyncio.wait({task})
        if task.cancelled():
            raise StoppingError("the agent is stopping")
        return _media(task.result(), timeout)

    async def close(self) -> None:
        """End the probes under way; each raises StoppingError."""
        for task in tuple(self._running):
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)

    async def _ask(self, request: ProbeRequest) -> ProbeAnswer:
        async with self._places:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=self._environ,
                start_new_session=True,
            )
            try:
                out, err = await process.communicate(request.model_dump_json().encode())
            finally:
                await _end(process)
        try:
            return ProbeAnswer.model_validate_json(out)
        except ValidationError:
            said = mask(err.decode(errors="replace"))[-2000:]
            logger.error("a probe ended with code %s: %s", process.returncode, said)  # noqa: TRY400
            return ProbeAnswer(error=f"the probe's process ended with code {process.returncode}")


def _media(answer: ProbeAnswer, timeout: float) -> MediaInfo:
    if answer.timed_out:
        raise MediaTimeoutError(answer.error or f"no answer within {timeout:g} s")
    if answer.media is None:
        raise MediaError(answer.error, retryable=answer.retryable)
    return answer.media


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
