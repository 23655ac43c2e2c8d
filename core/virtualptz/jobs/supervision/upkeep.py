"""Looks after what the agent keeps on disk: tells what is wrong with it, and mends what can be mended."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic

from ...errors import ConfigError, StoreError
from ...wire.health import Check, Word
from ..records.statedir import Illness, StateDir
from ..records.store import JobRecord, Store

logger = logging.getLogger(__name__)

JOB_MEGABYTES = 1.0
"""A job's spec, pid, socket and the first of its log."""
HANGS_SECONDS = 4.0
"""A disk that has not answered for so long does not count as one."""


class Upkeep:
    """One per agent. What is wrong is logged once, and once that it is over."""

    def __init__(
        self,
        state_dir: StateDir,
        store: Store,
        *,
        every: float,
        on_found: Callable[[list[JobRecord]], Awaitable[None]],
        on_renewed: Callable[[], Awaitable[None]],
    ) -> None:
        """`on_found`: jobs that a store which could not be read at the start turned out to have.

        `on_renewed`: the state folder is new and empty.
        """
        self._state_dir = state_dir
        self._store = store
        self._every = every
        self._on_found = on_found
        self._on_renewed = on_renewed
        self._illness: Illness | None = None
        self._looked_at = monotonic()
        self._task: asyncio.Task[None] | None = None

    @property
    def troubles(self) -> dict[Check, Word]:
        found: dict[Check, Word] = {}
        if monotonic() - self._looked_at > HANGS_SECONDS + self._every:
            found["disk"] = "hangs"
        elif self._illness is not None:
            found["disk"] = self._illness.word
        if self._store.trouble is not None:
            found["store"] = "failing"
        return found

    async def check_room(self) -> None:
        """Raises StoreError where the folder of a new job could not be written."""
        illness = await asyncio.to_thread(self._state_dir.look, JOB_MEGABYTES)
        if illness is not None:
            raise StoreError(f"no new job can be put on record: {illness.detail}")

    def open(self) -> None:
        self._task = asyncio.create_task(self._run(), name="upkeep")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        told = ""
        while True:
            try:
                await self.look()
                told = ""
            except Exception as error:  # the top of a task: nobody else would hear of it
                if repr(error) != told:
                    told = repr(error)
                    logger.exception("the state folder could not be looked after; this is tried again")
            await asyncio.sleep(self._every)

    async def look(self) -> Illness | None:
        """Now, not when the time for it has come."""
        illness = await asyncio.to_thread(self._state_dir.look)
        self._looked_at = monotonic()
        self._tell(illness)
        if illness is not None and illness.word == "gone":
            await self._renew()
        elif illness is None or illness.word == "full":
            # Another one may have eaten up the room, and yet a file that is there can be written.
            found = await self._store.tend()
            if found:
                await self._on_found(found)
        return illness

    def _tell(self, illness: Illness | None) -> None:
        before, self._illness = self._illness, illness
        if illness is not None and (before is None or before.word != illness.word):
            logger.error("%s; what is on air goes on", illness.detail)
        elif illness is None and before is not None:
            logger.warning("the state folder is as it should be again")

    async def _renew(self) -> None:
        try:
            await asyncio.to_thread(self._state_dir.renew)
            await self._on_renewed()
        except (ConfigError, OSError) as error:
            logger.debug("the state folder cannot be made anew: %s", error)
            return
        logger.warning(
            "the state folder was made anew: jobs go on, but the next agent starts them again instead of "
            "taking them over"
        )
        self._tell(await asyncio.to_thread(self._state_dir.look))
        await self._store.tend()
