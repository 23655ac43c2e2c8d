"""Whether a process and all that it started take more memory than they may."""

import asyncio
from collections.abc import Callable

import psutil

MEGABYTE = 1_000_000
MOST_OF_MACHINE = 0.75


class Appetite:
    """Looks now and then. No limit of the kernel would do: an address space (RLIMIT_AS) holds gigabytes that
    a network's library never touches, and a control group is not the agent's to make."""

    def __init__(self, setting: str, limit_megabytes: float, every: float) -> None:
        """`setting`: where the limit comes from; `every`: seconds between two looks."""
        self._setting = setting
        self.limit = min(limit_megabytes * MEGABYTE, MOST_OF_MACHINE * psutil.virtual_memory().total)
        """Bytes."""
        self.taken: int | None = None
        """Bytes, at the last look; None: there is nothing to look at."""
        self._every = every

    @property
    def is_over(self) -> bool:
        return self.taken is not None and self.taken > self.limit

    async def exceeded(self, measure: Callable[[], int]) -> None:
        """Returns when they take too much. `measure`: bytes; blocking, but short."""
        self.taken = None
        while not self.is_over:
            await asyncio.sleep(self._every)
            self.taken = await asyncio.to_thread(measure)

    def forget(self) -> None:
        """They have gone."""
        self.taken = None

    def __str__(self) -> str:
        taken = (self.taken or 0) / MEGABYTE
        return f"{taken:.0f} MB of memory, of {self.limit / MEGABYTE:.0f} MB ({self._setting})"
