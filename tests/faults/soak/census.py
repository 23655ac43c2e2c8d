"""What each process of the agent holds, sample after sample."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from ...e2e.agent import Agent
from .slope import Slope, Stretch, rise, slope

MIB = 1 << 20
LONGEST_WARM_UP = 600.0


@dataclass(frozen=True, slots=True)
class Held:
    at: float
    memory: float
    """MiB, resident."""
    descriptors: int
    threads: int


@dataclass
class Census:
    """Lives of processes by what they are for: a job, a publisher, the worker, the agent itself."""

    agent: Agent
    jobs: Mapping[str, str]
    """Their names by id."""
    lives: dict[tuple[str, int], list[Held]] = field(default_factory=lambda: defaultdict(list))

    def take(self) -> None:
        roles = {int(path.read_text().split()[0]): path.parent.name for path in self._pid_files()}
        for process in self.agent.family():
            try:
                if role := self._role(process, roles):
                    self.lives[role, process.pid].append(_held(process))
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue  # it has gone while it was looked at

    def _pid_files(self) -> Iterator[Path]:
        return self.agent.state_dir.glob("jobs/*/pid")

    def _role(self, process: psutil.Process, jobs: Mapping[int, str]) -> str:
        """Empty: a process that nothing is asked of yet."""
        if process.pid == self.agent.pid:
            return "agent"
        if process.pid in jobs:
            return f"job {self.jobs.get(jobs[process.pid], 'preview')}"
        if (parent := process.ppid()) in jobs:
            return f"publisher {self.jobs.get(jobs[parent], 'preview')}"
        return "detector" if "worker" in process.cmdline() else ""

    def settled(self, warm_up: float) -> dict[str, list[list[Held]]]:
        """By role, the lives without their warm-up; previews come and go and say nothing.

        That is `warm_up` seconds at least, and of a long life a quarter, until all that can happen to it has
        happened once: what a library loads or takes for good when it is first used is no growth.
        """
        found: dict[str, list[list[Held]]] = defaultdict(list)
        for (role, _), life in self.lives.items():
            warm = max(warm_up, min(LONGEST_WARM_UP, (life[-1].at - life[0].at) / 4))
            later = [held for held in life if held.at >= life[0].at + warm]
            if later and not role.endswith("preview"):
                found[role].append(later)
        return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Growth:
    """Of all lives of one role."""

    role: str
    lives: int
    memory: float
    """MiB, the most."""
    slope: Slope
    """MiB an hour, of the lives that are long enough."""
    rise: float
    descriptors: float
    threads: float

    @classmethod
    def of(cls, role: str, lives: list[list[Held]], telling: float = 0.0) -> "Growth":
        """`telling`: seconds that a life must have for its slope to say more than how a process begins."""
        long = [life for life in lives if life[-1].at - life[0].at >= telling]

        def worst(what: Callable[[Held], float]) -> float:
            return max(rise(_stretch(life, what)) for life in lives)

        return cls(
            role,
            len(lives),
            max(held.memory for life in lives for held in life),
            slope([_stretch(life, lambda held: held.memory) for life in long]),
            worst(lambda held: held.memory),
            worst(lambda held: held.descriptors),
            worst(lambda held: held.threads),
        )


def _stretch(life: list[Held], what: Callable[[Held], float]) -> Stretch:
    return [(held.at, what(held)) for held in life]


def _held(process: psutil.Process) -> Held:
    with process.oneshot():
        memory = process.memory_info().rss / MIB
        return Held(time.monotonic(), memory, process.num_fds(), process.num_threads())
