"""Who sends wrong keys waits for the answer, longer each time.

It slows guessing by programs that wait, and nothing more: a right key is answered at once from wherever it
comes, so silence tells a patient guesser as much as the answer. What keeps guessers out is a long key.
"""

import asyncio
import ipaddress
import random
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable

FREE_FAILURES = 3
"""Typing errors: answered at once."""
FIRST_SECONDS = 0.25
LONGEST_SECONDS = 4.0
FORGET_SECONDS = 60.0
"""After so long without a failure a client begins anew."""
MAX_CLIENTS = 1024
"""How many clients are remembered; the one that failed least lately is forgotten first."""
MAX_WAITING = 64
MAX_WAITING_EACH = 8
"""Requests that wait at a time, in all and of one client; what is more is answered at once."""

Sleep = Callable[[float], Awaitable[None]]


class FailureDelays:
    """One event loop uses it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, sleep: Sleep = asyncio.sleep) -> None:
        self._clock = clock
        self._sleep = sleep
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._waiting: Counter[str] = Counter()

    async def after_failure(self, client: str) -> None:
        """Count a failure, and return when it may be answered."""
        who = _network_of(client)
        seconds = _jittered(_delay(self._count(who)))
        full = self._waiting.total() >= MAX_WAITING or self._waiting[who] >= MAX_WAITING_EACH
        if not seconds or full:
            return
        self._waiting[who] += 1
        try:
            await self._sleep(seconds)
        finally:
            self._waiting[who] -= 1
            self._waiting += Counter()  # drops who no longer waits

    def _count(self, who: str) -> int:
        now = self._clock()
        count, last = self._failures.pop(who, (0, now))
        count = 1 if now - last > FORGET_SECONDS else count + 1
        self._failures[who] = (count, now)
        if len(self._failures) > MAX_CLIENTS:
            self._failures.popitem(last=False)
        return count


def _delay(failures: int) -> float:
    over = failures - FREE_FAILURES
    return 0.0 if over < 1 else min(FIRST_SECONDS * 2.0 ** min(over - 1, 16), LONGEST_SECONDS)


def _jittered(seconds: float) -> float:
    """Three quarters of it at least, so that many who failed together do not come back together."""
    return seconds * random.uniform(0.75, 1.0)  # noqa: S311 - nothing depends on nobody knowing it


def _network_of(client: str) -> str:
    """Of IPv6 the /64: who has one address there has them all."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv4Address):
        return client
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
