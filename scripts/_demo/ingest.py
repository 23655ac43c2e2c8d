"""The ingest that is shown: of the drawn court with its tracking, or of any source with a look around."""

import math
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .agent import START_SECONDS, Agent, end
from .options import ROOT, DemoError

LAUNCHER = ROOT / "scripts" / "start_ingest_with_tracking.py"
TOUR_STEP_SECONDS = 0.4
"""Longer than the agent's own cooldown between two moves (0.35 s)."""


@contextmanager
def ingest_with_tracking(agent: Agent, source: str, log: Path) -> Iterator[str]:
    """The launcher at work: an ingest whose tracking comes from the simulated play. Gives the job's id."""
    process = subprocess.Popen(
        _launch(agent, source),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    reader = threading.Thread(target=_read_lines, args=(process, log, lines), name="launcher output")
    reader.start()
    try:
        yield _job_id(lines)
    finally:
        end(process, signal.SIGINT)
        reader.join()


@contextmanager
def ingest_with_tour(agent: Agent, source: str) -> Iterator[str]:
    """An ingest whose camera a scripted operator moves, for a source whose play nobody measures."""
    started = agent.post("/runner/ingest/start", session_id="demo", source_uri_ref=source, profile="balanced")
    job_id: str = started["job_id"]
    over = threading.Event()
    tour = threading.Thread(target=_tour, args=(agent, job_id, over), name="tour")
    tour.start()
    try:
        yield job_id
    finally:
        over.set()
        tour.join()
        agent.post("/runner/ingest/stop", job_id=job_id)


def tour_view(seconds: float) -> dict[str, float]:
    """A slow look around: from the whole picture in, from side to side, and out again, every 24 s."""
    zoom = max(1.0, 1.9 - 0.9 * math.cos(2 * math.pi * seconds / 24))
    room = 0.5 - 0.5 / zoom
    return {
        "center_x": 0.5 - 0.8 * room * math.sin(2 * math.pi * seconds / 20),
        "center_y": 0.5 + 0.3 * room * math.sin(2 * math.pi * seconds / 13),
        "zoom": zoom,
    }


def _tour(agent: Agent, job_id: str, over: threading.Event) -> None:
    start = time.monotonic()
    while not over.wait(TOUR_STEP_SECONDS):
        try:
            agent.post("/runner/ptz/update", job_id=job_id, **tour_view(time.monotonic() - start))
        except DemoError:
            return  # the job has ended: the status that is shown says why


def _launch(agent: Agent, source: str) -> list[str]:
    options = {
        "--runner-base-url": agent.base,
        "--api-key": "none",  # the demonstration's agent has no key
        "--session-id": "demo",
        "--source-uri-ref": source,
        "--profile": "balanced",
        "--tracking-mode": "sim",
        "--tracking-interval": "0.2",
    }
    return [sys.executable, str(LAUNCHER), *(word for pair in options.items() for word in pair)]


def _read_lines(process: "subprocess.Popen[str]", log: Path, lines: "queue.SimpleQueue[str]") -> None:
    if process.stdout is not None:
        with log.open("w") as out:
            for line in process.stdout:
                out.write(line)
                out.flush()
                lines.put(line)
    lines.put("")


def _job_id(lines: "queue.SimpleQueue[str]") -> str:
    deadline = time.monotonic() + START_SECONDS
    seen = ""
    while (left := deadline - time.monotonic()) > 0:
        try:
            line = lines.get(timeout=left)
        except queue.Empty:
            break
        _, found, job_id = line.partition("job_id=")
        if line.startswith("ingest started:") and found:
            return job_id.strip()
        seen += line
        if not line:
            break
    raise DemoError(f"the ingest did not start:\n{seen}")
