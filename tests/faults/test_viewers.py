"""Many viewers of one preview, and viewers who take nothing."""

from pathlib import Path

import httpx2
import psutil
import pytest

from ..e2e.agent import Agent
from ..e2e.conftest import AgentFactory
from ..e2e.processes import wait_for
from ..e2e.servers import Nginx, rtmp_camera
from ..media.watch import Recording, Viewer
from .crowd import crowd
from .deaf import Way, deaf_viewers, wait_gone
from .figures import Figures
from .program import fresh, now

FPS = 10
PREVIEW = {"fps": FPS, "scale": "640:-1", "q_v": 2}
"""Pictures of some 55 KB."""
QUICK, MANY = 20, 100
WAYS: tuple[Way, ...] = ("never reads", "never reads", "a byte a second", "half closed") * 10
STOPPED = 10
"""Beside those, in a process that is frozen."""


def rate(recording: Recording, begin: float, end: float) -> float:
    """Fresh pictures a second of the program, of those that came within the span."""
    pts = [frame.pts for frame in fresh(recording) if begin <= frame.arrived <= end]
    return (len(pts) - 1) / (pts[-1] - pts[0])


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@pytest.mark.fault(18)
@pytest.mark.parametrize("viewers", [QUICK, pytest.param(MANY, marks=pytest.mark.long)])
def test_previews_of_one_job(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory, figures: Figures, viewers: int
) -> None:
    whole = viewers == MANY
    agent = start_agent({} if whole else {"RUNNER_MAX_VIEWERS": str(QUICK)}, output=nginx.url("{session_id}"))
    with rtmp_camera(nginx, loop_mp4, "crowded", tmp_path / "camera.log") as source:
        agent.wait_streaming(agent.start_ingest(source, "crowded-program"))
        nginx.wait_published("crowded-program")
        program = Viewer(nginx.url("crowded-program"))
        program.wait_frames(50)
        alone = now()
        program.wait_frames(300 if whole else 50)
        _, url = agent.start_preview(source, **PREVIEW)
        with crowd(url, viewers) as watching:
            first = watching.wait_pictures(5)
            begun, used = now(), cpu_seconds(psutil.Process(agent.pid))
            program.wait_frames(300 if whole else 75)
            ended, used = now(), cpu_seconds(psutil.Process(agent.pid)) - used
            last = watching.wait_pictures(max(first.pictures) + 1)
            one_more = agent.client.get(url)
            assert len(agent.job_processes()) == 1
            assert len(nginx.clients("crowded").players) == 1
        recording = program.close()
    slowest = last.slowest_since(first)
    kept = 100 * rate(recording, begun, ended) / rate(recording, alone, begun)
    if whole:
        figures.add("pictures a second, slowest of them", slowest)
        figures.add("pictures a second of the program, of what it had alone", kept)
        figures.add("agent's share of a core", 100 * used / (ended - begun))
    assert (one_more.status_code, one_more.json()["detail"]) == (
        503,
        f"{viewers} viewers are there already (RUNNER_MAX_VIEWERS)",
    )
    assert last.gone == ()
    assert slowest > FPS / 2
    assert kept > 90


@pytest.mark.fault(19)
def test_viewers_who_do_not_read(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory, figures: Figures
) -> None:
    good = 2
    agent = start_agent({"RUNNER_MAX_VIEWERS": str(len(WAYS) + STOPPED + good)})
    process, memory = psutil.Process(agent.pid), [0]
    with rtmp_camera(nginx, loop_mp4, "deaf", tmp_path / "camera.log") as source:
        _, url = agent.start_preview(source, **PREVIEW)
        with crowd(url, good) as watching, crowd(url, STOPPED) as stopped:
            first = watching.wait_pictures(5)
            stopped.wait_pictures(1)
            before, descriptors = process.memory_info().rss, process.num_fds()
            stopped.freeze()
            stopped_at = now()
            with deaf_viewers(url, WAYS) as viewers:
                with httpx2.stream("GET", url) as one_more:
                    assert one_more.status_code == 503
                wait_gone(viewers, lambda: memory.append(process.memory_info().rss - before))
            wait_for("the end of those that are stopped", lambda: connections(agent) == good)
            longest = max(now() - stopped_at, *(viewer.seconds for viewer in viewers))
            assert process.num_fds() <= descriptors - STOPPED
            last = watching.wait_pictures(max(watching.last.pictures) + 1)
        with crowd(url, len(WAYS) + STOPPED) as others:
            others.wait_pictures(1)
    figures.add("gone", longest)
    figures.add("agent's memory", max(memory) / 2**20)
    assert last.gone == ()
    assert last.slowest_since(first) > FPS / 2


def connections(agent: Agent) -> int:
    """Viewers that the agent's own process is still connected to."""
    here = psutil.Process(agent.pid).net_connections("tcp4")
    theirs = {each.laddr.port for each in psutil.Process().net_connections("tcp4")}
    return sum(
        each.laddr.port == agent.port and each.status == "ESTABLISHED" and each.raddr.port not in theirs
        for each in here
        if each.raddr
    )
