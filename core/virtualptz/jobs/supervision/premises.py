"""What an agent has on disk: taken at its start with the jobs on record there, looked after till its end."""

import asyncio

from ...settings import Settings
from ...wire.health import Check, Word
from ..records.statedir import StateDir
from ..records.store import JobRecord, Store
from . import adoption
from .cameras import Cameras
from .roster import Roster
from .timing import Timing
from .upkeep import Upkeep


class Premises:
    def __init__(
        self, settings: Settings, store: Store, roster: Roster, cameras: Cameras, timing: Timing
    ) -> None:
        self._settings = settings
        self._store = store
        self._roster = roster
        self._cameras = cameras
        self._timing = timing
        self._state_dir: StateDir | None = None
        self._upkeep: Upkeep | None = None

    async def open(self) -> list[JobRecord]:
        """Take the state folder; the jobs of earlier agents. Raises ConfigError."""
        settings = self._settings
        state_dir = await asyncio.to_thread(StateDir, settings.state_dir, settings.min_free_disk_mb)
        try:
            await self._cameras.open()
            records = await self._store.open()
            lost = await asyncio.to_thread(adoption.restore, records, settings.state_dir)
        except BaseException:
            await self._store.close()
            state_dir.close()
            raise
        await self._store.note(*lost)
        self._state_dir = state_dir
        self._upkeep = Upkeep(
            state_dir,
            self._store,
            every=self._timing.upkeep,
            on_found=self._take_up,
            on_renewed=self._rebuild,
        )
        return records + lost

    async def begin(self, records: list[JobRecord]) -> None:
        """Bring back the jobs that `open` told."""
        await self._take_up(records)
        if self._upkeep is not None:
            self._upkeep.open()

    @property
    def troubles(self) -> dict[Check, Word]:
        return {} if self._upkeep is None else self._upkeep.troubles

    async def check_room(self) -> None:
        """Raises StoreError where the folder of a new job could not be written."""
        if self._upkeep is not None:
            await self._upkeep.check_room()

    async def _take_up(self, records: list[JobRecord]) -> None:
        """Jobs of earlier agents. What the folders tell of them counts more than what the store does."""
        settled = await asyncio.to_thread(adoption.settle, records, self._settings.state_dir)
        await self._roster.resume(settled)
        await self._store.note(*(new for new, old in zip(settled, records, strict=True) if new != old))

    async def close(self) -> None:
        if self._upkeep is not None:
            await self._upkeep.close()
            self._upkeep = None
        await self._store.close()
        if self._state_dir is not None:
            self._state_dir.close()
            self._state_dir = None

    async def _rebuild(self) -> None:
        await self._cameras.keep_key()
        await self._roster.rebuild_folders()
