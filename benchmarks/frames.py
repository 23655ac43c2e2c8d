"""What a detector's pictures cost as JPEGs and through shared memory, in all three processes."""

import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import psutil
from tests.e2e.agent import API_KEY, Agent

from virtualptz.client import RunnerClient
from virtualptz.model import FrameRequest
from virtualptz.tracking.worker.feed import FrameFeed

from .report import Result, median
from .sides import agent_for

FPS = 10
SIZES = ((640, 360), (1280, 720), (1920, 1080), (3840, 2160))
SETTLE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of processor time."""

    job: float
    agent: float
    worker: float

    @property
    def total(self) -> float:
        return self.job + self.agent + self.worker

    def without(self, other: "Cost") -> "Cost":
        return Cost(self.job - other.job, self.agent - other.agent, self.worker - other.worker)

    def each(self, count: float) -> "Cost":
        return Cost(self.job / count, self.agent / count, self.worker / count)


def measure(folder: Path, *, quick: bool) -> Result:
    seconds, pairs = (4.0, 1) if quick else (10.0, 3)
    rows = []
    for width, height in SIZES:
        clip = court(folder, width, height, seconds + SETTLE_SECONDS + 4)
        costs = compare(folder / f"frames-{width}", clip, width, seconds, pairs)
        rows.append((f"{width}x{height}", *_cells(costs["jpeg"]), *_cells(costs["shared"]), _ratio(costs)))
    return Result(
        "frames",
        "Pictures for a detector: JPEG or shared memory",
        "On the job's own machine shared memory pays at every size, so a worker there always asks for it.",
        ("picture", *(f"{way}: {who}, ms" for way in ("JPEG", "shared") for who in WHO), "JPEG / shared"),
        tuple(rows),
        f"Processor time a picture at {FPS} a second, beyond what the job takes without a detector; median "
        f"of {pairs} runs of {seconds:g} s. Of the JPEG: coding in the job, the way through the agent, "
        "reading and decoding in the worker. Of shared memory: conversion to BGR and copying in the job, the "
        "word of it through the agent, copying in the worker. Both hold the wake-ups of all threads.",
    )


WHO = ("job", "agent", "worker", "together")


def _cells(cost: Cost) -> list[str]:
    return [f"{1000 * value:.1f}" for value in (cost.job, cost.agent, cost.worker, cost.total)]


def _ratio(costs: dict[str, Cost]) -> str:
    return f"{costs['jpeg'].total / max(costs['shared'].total, 1e-5):.1f}"


def court(folder: Path, width: int, height: int, seconds: float) -> Path:
    """The simulated match in this size, as many pictures a second as the detector looks at."""
    path = folder / f"court-{width}x{height}.mp4"
    command = [sys.executable, "-m", "virtualptz", "court", "--seconds", f"{seconds:g}", "--fps", str(FPS)]
    size = ["--size", f"{width}x{height}", "--output", str(path)]
    subprocess.run([*command, *size], check=True, stdout=subprocess.DEVNULL)
    return path


def compare(folder: Path, clip: Path, width: int, seconds: float, pairs: int) -> dict[str, Cost]:
    """Of one picture each way; the ways take turns."""
    agent = agent_for(folder, "", RUNNER_OUTPUT_WIDTH="320", RUNNER_OUTPUT_HEIGHT="180")
    runs: dict[str, list[Cost]] = {"jpeg": [], "shared": []}
    try:
        for _ in range(pairs):
            bare, _none = run(agent, clip, width, seconds, "none")
            for way, costs in runs.items():
                cost, frames = run(agent, clip, width, seconds, way)
                costs.append(cost.without(bare).each(frames))
    finally:
        agent.close()
    return {way: _median(costs) for way, costs in runs.items()}


def _median(costs: list[Cost]) -> Cost:
    return Cost(*(median([getattr(cost, who) for cost in costs]) for who in WHO[:3]))


def run(agent: Agent, clip: Path, width: int, seconds: float, way: str) -> tuple[Cost, int]:
    """What a job of the clip took for so long, and how many pictures came."""
    job_id = agent.start_ingest(str(clip))
    agent.wait_streaming(job_id)
    try:
        with RunnerClient(agent.base_url, API_KEY) as client:
            client.is_local = way == "shared"
            feed = None if way == "none" else FrameFeed(client, job_id, FrameRequest(FPS, width))
            time.sleep(SETTLE_SECONDS)
            before, until = now(agent, job_id), time.monotonic() + seconds
            if feed is None:
                time.sleep(seconds)
                frames = 0
            else:
                frames = sum(1 for _ in takewhile(lambda _: time.monotonic() < until, feed))
                feed.close()
            return now(agent, job_id).without(before), frames
    finally:
        agent.stop_ingest(job_id)


def now(agent: Agent, job_id: str) -> Cost:
    job = int((agent.state_dir / "jobs" / job_id / "pid").read_text().split()[0])
    return Cost(_processor_time(job), _processor_time(agent.pid), time.process_time())


def _processor_time(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
