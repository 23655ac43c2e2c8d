"""The agent's side of a trial: a plug-in that crashes or hangs at its import does so elsewhere first."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

from ...errors import ConfigError
from ..children.processes import describe_exit

TRIAL_COMMAND = (sys.executable, "-P", "-m", "virtualptz.jobs.trial")
TRIAL_SECONDS = 10.0


async def try_out(
    names: Sequence[str],
    environ: Mapping[str, str],
    *,
    command: Sequence[str] = TRIAL_COMMAND,
    seconds: float = TRIAL_SECONDS,
) -> dict[str, str]:
    """What is wrong with those of the plug-ins that do not load, by name.

    Raises ConfigError where the process that loads them dies or hangs, and OSError.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=dict(environ),
        start_new_session=True,
    )
    who = f"plug-in {', '.join(names)}: loading it"
    try:
        async with asyncio.timeout(seconds):
            out, _ = await process.communicate(json.dumps(list(names)).encode())
    except TimeoutError as error:
        raise ConfigError(f"{who} takes longer than {seconds:g} s") from error
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    if process.returncode:
        raise ConfigError(describe_exit(process.returncode, f"{who} in a process of its own: that process"))
    return {name: wrong for name, wrong in json.loads(out) if wrong is not None}
