"""The stand-in workers of a test: what they are to do, what they did, and their reports handed on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from virtualptz.jobs.children.processes import stat_of
from virtualptz.jobs.engine import JobEngine
from virtualptz.model import TrackingUpdate

SEEN = TrackingUpdate(tracking_confidence=0.9, source="stand-in")


def is_gone(pid: int) -> bool:
    stat = stat_of(pid)
    return stat is None or stat.state in "ZX"


@dataclass(frozen=True)
class Workers:
    folder: Path

    def behave(self, *behaviours: str) -> None:
        (self.folder / "behaviours").write_text("\n".join(behaviours))

    @property
    def journal(self) -> list[list[str]]:
        """What they noted, each with its pid."""
        try:
            lines = (self.folder / "journal").read_text().splitlines(keepends=True)
        except FileNotFoundError:
            return []
        return [line.split() for line in lines if line.endswith("\n")]

    def noted(self, what: str) -> list[list[str]]:
        return [[words[0], *words[2:]] for words in self.journal if words[1] == what]

    @property
    def started(self) -> list[int]:
        return [int(words[0]) for words in self.noted("started")]

    @property
    def living(self) -> list[int]:
        return [pid for pid in self.started if not is_gone(pid)]

    @asynccontextmanager
    async def reporting(self, engine: JobEngine) -> AsyncIterator[None]:
        """Hand on each report, for every ingest that has a detector."""
        task = asyncio.create_task(self._hand_on(engine))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _hand_on(self, engine: JobEngine) -> None:
        done = 0
        while True:
            reports = self.noted("report")
            for _, mark in reports[done:]:
                for job in engine.jobs():
                    if job.state == "running" and job.detector is not None and job.detector.state != "off":
                        await engine.update_tracking(job.job_id, SEEN, mark)
            done = len(reports)
            await asyncio.sleep(0.02)
