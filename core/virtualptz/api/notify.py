"""What a service manager is told: ready, alive, reading settings, about to end. See sd_notify(3)."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Mapping

log = logging.getLogger(__name__)

PARTS_OF_A_TERM = 3
"""So often within the manager's time: two words may be late."""


def tell(*words: str, environ: Mapping[str, str] = os.environ) -> None:
    """Send them, as `READY=1`; nothing where there is no service manager. Never blocks, never raises."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as manager:
        try:
            manager.sendto("\n".join(words).encode(), address.replace("@", "\0", 1))
        except OSError as error:
            log.warning("the service manager does not hear %s: %s", words[0], error.strerror)


def tell_reloading() -> None:
    """To be followed by `READY=1`, whatever came of it."""
    tell("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")


def term(environ: Mapping[str, str] = os.environ) -> float | None:
    """Seconds after which the manager takes this process for dead; None where it does not watch."""
    microseconds, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not microseconds.isdecimal() or int(microseconds) == 0 or pid not in ("", str(os.getpid())):
        return None
    return int(microseconds) / 1e6


async def keep_alive(environ: Mapping[str, str] = os.environ) -> None:
    """Say that this event loop turns, until cancelled. From nowhere else: it is what all waits for."""
    seconds = term(environ)
    while seconds is not None:
        tell("WATCHDOG=1", environ=environ)
        await asyncio.sleep(seconds / PARTS_OF_A_TERM)
