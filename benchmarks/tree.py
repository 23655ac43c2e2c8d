"""What a tree of processes costs."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes."""

    rss: int
    pss: int
    """Each shared page counted in equal parts to those who share it."""


def cpu_seconds(processes: Sequence[psutil.Process]) -> float:
    """User and system time of living processes and of the children that they have waited for."""
    total = 0.0
    for process in processes:
        times = process.cpu_times()
        total += times.user + times.system + times.children_user + times.children_system
    return total


def with_children(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def memory(processes: Sequence[psutil.Process]) -> Memory:
    rss = sum(process.memory_info().rss for process in processes)
    return Memory(rss, sum(_pss(process.pid) for process in processes))


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"no Pss of process {pid}")


def next_change(counter: Callable[[], int], timeout: float = 10.0) -> int:
    """Returns right after `counter` has moved: what is told twice a second is then as good as at once."""
    before, deadline = counter(), time.monotonic() + timeout
    while (now := counter()) == before:
        assert time.monotonic() < deadline, "nothing is counted any more"
        time.sleep(0.05)  # rarely enough that the answers cost the agent nothing to speak of
    return now


class Ticks:
    """CPU seconds and frames between two looks."""

    def __init__(self, processes: Sequence[psutil.Process], frames: Callable[[], int]) -> None:
        self._processes, self._frames = processes, frames
        self._samples: list[tuple[float, float, int]] = []

    def look(self) -> None:
        frames = next_change(self._frames)
        self._samples.append((time.monotonic(), cpu_seconds(self._processes), frames))

    @property
    def milliseconds_per_frame(self) -> float:
        (_, cpu_before, frames_before), (_, cpu_after, frames_after) = self._samples[0], self._samples[-1]
        return 1000 * (cpu_after - cpu_before) / (frames_after - frames_before)
