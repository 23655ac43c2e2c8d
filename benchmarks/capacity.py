"""How many jobs the machine holds at full rate, against bare ffmpeg commands."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from .clips import FPS, court
from .report import Result
from .sides import agent_for, bare_command, bare_jobs, frames_done, frames_out, served_job, sink
from .tree import next_change

FULL = 0.97
WARM_UP = 6.0
MOST = 64
Trial = Callable[[int], list[float]]


def measure(folder: Path, *, quick: bool) -> Result:
    seconds = 6.0 if quick else 20.0
    clip = court(folder, seconds + (20 if quick else 40))
    jobs = climb(lambda count: of_jobs(clip, folder / f"capacity{count}", count, seconds))
    bare = climb(lambda count: of_bare(clip, folder, count, seconds))
    rows = [("served jobs of the agent", jobs), ("bare `ffmpeg` commands", bare)]
    return Result(
        "capacity",
        "How many jobs at once",
        f"The machine holds **{held(jobs)}** served jobs at full rate, and {held(bare)} bare commands.",
        ("side", "held", "slowest one's rate at 1, 2, ... at once, fps"),
        tuple((name, str(held(rates)), ", ".join(f"{rate:.1f}" for rate in rates)) for name, rates in rows),
        f"1080p30 to 720p30 balanced; full rate: the slowest one still does {FULL:.0%} of {FPS} fps over "
        f"{seconds:g} s. A served job has a moving crop, a preview viewer and detector frames at 10 fps. "
        "The load and its measuring share the machine.",
    )


def climb(trial: Trial) -> list[float]:
    """The slowest rate with 1, 2, ... at once, up to the first that is not full."""
    slowest: list[float] = []
    while len(slowest) < MOST:
        slowest.append(min(trial(len(slowest) + 1)))
        if slowest[-1] < FULL * FPS:
            break
    return slowest


def held(slowest: list[float]) -> int:
    return sum(rate >= FULL * FPS for rate in slowest)


def of_jobs(clip: Path, folder: Path, count: int, seconds: float) -> list[float]:
    """Frames a second that each of `count` jobs made."""
    with ExitStack() as stack:
        ports = [stack.enter_context(sink()) for _ in range(count)]
        agent = agent_for(folder, "udp://127.0.0.1:{session_id}?pkt_size=1316")
        stack.callback(agent.close)
        jobs = [stack.enter_context(served_job(agent, clip, str(port))) for port in ports]
        time.sleep(WARM_UP)
        return rates([partial(frames_out, agent, job) for job in jobs], seconds)


def of_bare(clip: Path, folder: Path, count: int, seconds: float) -> list[float]:
    progress = [folder / f"progress-{time.monotonic_ns()}-{index}" for index in range(count)]
    with sink() as port:
        commands = [bare_command(clip, port, path) for path in progress]
        with bare_jobs(commands, folder):
            time.sleep(WARM_UP)
            return rates([partial(frames_done, path) for path in progress], seconds)


def rates(counters: list[Callable[[], int]], seconds: float) -> list[float]:
    """What each counts a second."""
    before = [(next_change(counter), time.monotonic()) for counter in counters]
    time.sleep(seconds)
    after = [(next_change(counter), time.monotonic()) for counter in counters]
    return [(n2 - n1) / (t2 - t1) for (n1, t1), (n2, t2) in zip(before, after, strict=True)]
