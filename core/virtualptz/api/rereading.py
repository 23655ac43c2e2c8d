"""SIGHUP: the settings are read again, for later jobs."""

import asyncio
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import VirtualPtzError
from ..settings import Settings
from .notify import tell, tell_reloading
from .services import Changes

log = logging.getLogger(__name__)

Reread = Callable[[], Settings]


async def read_again(reread: Reread, changes: Changes) -> None:
    """What is wrong is told to the log and to the service manager; then nothing is changed."""
    tell_reloading()
    try:
        late = await changes.use(await asyncio.to_thread(reread))
    except VirtualPtzError as error:
        log.error("the settings stay as they were: %s", error)  # noqa: TRY400
        tell("READY=1", "STATUS=the settings stay as they were, since the new ones cannot be used")
        return
    wait = ", ".join(late)
    log.info("the settings were read again%s", f"; these wait for a restart: {wait}" if wait else "")
    tell("READY=1", f"STATUS=these settings wait for a restart: {wait}" if wait else "STATUS=")


@contextmanager
def at_hangup(reread: Reread, changes: Changes) -> Iterator[None]:
    """Within the block, SIGHUP is that. An agent in somebody's terminal still ends with it."""
    in_terminal = sys.stdin is not None and sys.stdin.isatty()
    if threading.current_thread() is not threading.main_thread() or in_terminal:
        yield
        return
    tasks: set[asyncio.Task[None]] = set()

    def begin() -> None:
        task = asyncio.create_task(read_again(reread, changes), name="read settings again")
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, begin)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        for task in tasks:
            task.cancel()
