"""Whether there is memory for one more job."""

from collections import deque
from time import monotonic

from ...errors import LimitError
from ...model import JobSpec
from ...settings import Settings
from ..memory import MEGABYTE, available

INGEST, PREVIEW = 260, 120
"""What a job takes without its look-ahead, in MB, as measured with 1080p30 (docs/benchmarks.md)."""
PICTURES_A_SECOND = 94
"""Look-ahead of 1080p30, in MB."""
STARTING_SECONDS = 15.0
"""Until a job takes what it needs."""


class Admission:
    """Counts what jobs that only just began have yet to take, so that ten at once are not one."""

    def __init__(self, settings: Settings) -> None:
        self.use(settings)
        self._promised: deque[tuple[float, float]] = deque()

    def use(self, settings: Settings) -> None:
        """Of later jobs."""
        self._least_free = settings.min_free_memory_mb

    @property
    def is_low(self) -> bool:
        """Whether there is no room for an ingest without look-ahead."""
        return self._least_free > 0 and self._free < INGEST + self._least_free

    def admit(self, spec: JobSpec) -> None:
        """Raises LimitError where the machine, or the agent's container, has not the memory for the job."""
        needs = needs_of(spec)
        if self._least_free > 0 and self._free < needs + self._least_free:
            raise LimitError(
                f"too little memory for another {spec.kind}: {self._free:.0f} MB are free, it needs about "
                f"{needs:.0f} MB, and {self._least_free:g} MB stay free (RUNNER_MIN_FREE_MEMORY_MB): "
                "stop a job, or ask for less look-ahead"
            )
        self._promised.append((monotonic() + STARTING_SECONDS, needs))

    @property
    def _free(self) -> float:
        """MB that nobody has, and that nobody is about to take."""
        while self._promised and self._promised[0][0] < monotonic():
            self._promised.popleft()
        return max(0.0, available() / MEGABYTE - sum(needs for _, needs in self._promised))


def needs_of(spec: JobSpec) -> float:
    """MB, about: what its source's pictures are like is known only when it is open."""
    if spec.kind == "preview":
        return PREVIEW
    return INGEST + min(spec.lookahead_memory_mb, spec.lookahead_seconds * PICTURES_A_SECOND)
