"""A detector's pictures, from a real job to a feed on the same machine."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

import numpy as np

from virtualptz.client import RunnerClient
from virtualptz.model import FrameRequest
from virtualptz.protocols import Frame
from virtualptz.tracking.worker.feed import FrameFeed

from ..ports import free_port
from .agent import API_KEY, Agent
from .processes import wait_for

REQUEST = FrameRequest(fps=10, width=320)


@contextmanager
def feed(agent: Agent, job_id: str, *, shared: bool = True) -> Iterator[Iterator[Frame]]:
    with RunnerClient(agent.base_url, API_KEY) as client:
        client.is_local = shared
        opened = FrameFeed(client, job_id, REQUEST)
        try:
            yield iter(opened)
        finally:
            opened.close()


def rings(pid: int) -> int:
    """How many pieces of shared memory a process has open; one that has ended has none."""
    count = 0
    for path in Path(f"/proc/{pid}/fd").glob("*"):
        with suppress(FileNotFoundError):
            count += "virtualptz-frames" in str(path.readlink())
    return count


def job_pid(agent: Agent, job_id: str) -> int:
    return int((agent.state_dir / "jobs" / job_id / "pid").read_text().split()[0])


def test_shared_pictures_are_those_that_a_jpeg_shows(agent: Agent, loop_mp4: Path) -> None:
    job_id = agent.start_ingest(str(loop_mp4), str(free_port(socket.SOCK_DGRAM)))
    agent.wait_streaming(job_id)
    with feed(agent, job_id) as shared, feed(agent, job_id, shared=False) as plain:
        raw: dict[float, Frame] = {}
        coded: dict[float, Frame] = {}

        def both() -> float | None:
            raw.update((frame.pts, frame) for frame in islice(shared, 1))
            coded.update((frame.pts, frame) for frame in islice(plain, 1))
            return next(iter(raw.keys() & coded.keys()), None)

        pts = wait_for("a picture that both got", both)
        assert rings(job_pid(agent, job_id)) == 1
    assert raw[pts].image.shape == coded[pts].image.shape == (180, 320, 3)
    difference = np.abs(raw[pts].image.astype(int) - coded[pts].image.astype(int))
    assert difference.mean() < 4
    pid = job_pid(agent, job_id)
    wait_for("memory given back", lambda: rings(pid) == 0)


def test_a_job_process_that_is_killed_costs_its_feed_a_moment_and_leaves_nothing(
    agent: Agent, loop_mp4: Path
) -> None:
    job_id = agent.start_ingest(str(loop_mp4), str(free_port(socket.SOCK_DGRAM)))
    agent.wait_streaming(job_id)
    before = rings(os.getpid())
    with feed(agent, job_id) as frames:
        first = next(frames)
        pid = job_pid(agent, job_id)
        os.kill(pid, signal.SIGKILL)
        times = [first.pts]
        while job_pid(agent, job_id) == pid or times[-1] < first.pts + 1.0:
            times.append(next(frames).pts)
        assert times == sorted(set(times))
        assert rings(job_pid(agent, job_id)) == 1
        assert rings(os.getpid()) == before + 1
    pid = job_pid(agent, job_id)
    wait_for("memory given back", lambda: rings(pid) == 0)
