"""Which parts were started again, and how many of those starts a fault explains."""

from collections import Counter
from dataclasses import dataclass, field

import httpx2

from ..wild import losses
from .stage import Stage

EXPLAINS = {
    "publisher killed": {"publisher": 1},
    "server killed": {"publisher": 1},
    "detector killed": {"detector": 1},
}
"""What a fault may cost, at most: no fault costs a job its process."""


@dataclass
class Ledger:
    stage: Stage
    told: Counter[str] = field(default_factory=Counter)
    """Starts again, by part, as the agent tells; of detectors, of all agents together."""
    explained: Counter[str] = field(default_factory=Counter)
    _earlier: int = 0
    _lost: int = 0

    def look(self) -> None:
        try:
            statuses = [self.stage.agent.status(job_id) for job_id in self.stage.jobs]
            lost = sum(losses(self.stage.agent, "motion").values())
        except (httpx2.HTTPError, AssertionError):
            return  # the agent is down, as a fault has it
        self._earlier += self._lost if lost < self._lost else 0
        self._lost = lost
        self.told["process"] = sum(status["restart_count"] for status in statuses)
        self.told["publisher"] = sum(status["publisher_restarts"] or 0 for status in statuses)
        self.told["detector"] = self._earlier + lost

    def explain(self, kind: str) -> None:
        self.explained.update(EXPLAINS.get(kind, {}))

    @property
    def unplanned(self) -> int:
        return sum(max(0, count - self.explained[part]) for part, count in self.told.items())
