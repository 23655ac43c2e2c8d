"""An agent at rest, and what it has then: the same before and after whatever was done to it."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psutil

from ..e2e.agent import Agent
from ..e2e.processes import command_lines, wait_for

ALONE = 2
"""The agent, and the process that waits for the next job."""


@dataclass(frozen=True)
class Level:
    """Of the agent at rest."""

    threads: int
    mib: float
    open_files: tuple[str, ...]
    """What the descriptors are of: tells which one is too many."""

    @classmethod
    def of(cls, agent: Agent) -> "Level":
        process = psutil.Process(agent.pid)
        folder = Path(f"/proc/{agent.pid}/fd")
        names = tuple(sorted(str(path.readlink()).partition(":[")[0] for path in folder.iterdir()))
        return cls(process.num_threads(), process.memory_info().rss / (1 << 20), names)

    def more_files(self, before: "Level") -> list[str]:
        return list((Counter(self.open_files) - Counter(before.open_files)).elements())


def wait_rest(agent: Agent) -> None:
    """Nothing but the agent, and the process that waits for the next job; no client's connection."""
    wait_for(
        "agent and spare process alone",
        lambda: len(agent.family()) == ALONE and "--spare" in " ".join(command_lines(agent.family())),
        60,
    )
    wait_for("the end of all connections", lambda: not psutil.Process(agent.pid).net_connections("tcp")[1:])


def of_the_database(name: str) -> bool:
    """SQLite does not close a file that is locked, but keeps it for the next time: one more, not two."""
    return "sqlite3" in name
