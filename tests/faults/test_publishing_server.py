"""The publishing server dies or hangs, and comes back."""

import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from ..e2e.agent import Agent
from ..e2e.conftest import AgentFactory
from ..e2e.processes import Peer, wait_for
from ..e2e.servers import Nginx, rtmp_camera, rtsp_server, srt_relay
from ..media import clip as media
from ..media.watch import Viewer
from ..ports import free_port
from .figures import Figures
from .program import now, wait_fresh
from .proxy import Proxy
from .taken import QUICK, current, taken

AWAY_SECONDS = 10.0


@pytest.mark.fault(6)
def test_killed_and_back(
    nginx: Nginx,
    own_nginx: Nginx,
    loop_mp4: Path,
    tmp_path: Path,
    start_agent: AgentFactory,
    figures: Figures,
) -> None:
    agent = start_agent(output=own_nginx.url("program", "kept"))
    with rtmp_camera(nginx, loop_mp4, "to-a-mortal", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        own_nginx.wait_published("program")
        joined = now()
        viewer = Viewer(own_nginx.url("program", "kept"), options=QUICK)
        figures.add("a player that joins any time", wait_fresh(viewer, joined))
        viewer.close()
        own_nginx.kill()
        killed = now()
        agent.wait_status(job_id, "attempts", lambda status: status["publish"]["attempts"] >= 2)
        time.sleep(max(0.0, killed + AWAY_SECONDS - now()))  # the fault itself: this is how long it lasts
        own_nginx.start()
        returned = now()
        with taken(own_nginx, "program", publisher=1) as server:
            viewer = Viewer(own_nginx.url("program", "kept"), options=QUICK)
            figures.add("a player that joins then", wait_fresh(viewer, returned))
            viewer.close()
            server.wait(lambda recording: current(recording) is not None)
            arrived = current(server.recording)
            assert arrived is not None
            figures.add("decoded after return", arrived.arrived - returned)
        status = agent.status(job_id)
        figures.add("job restarts", status["restart_count"])
    assert (status["restart_count"], status["publish"]["reconnects"]) == (0, 1)


SIZE = {"RUNNER_OUTPUT_WIDTH": "640", "RUNNER_OUTPUT_HEIGHT": "360"}
FROZEN_SECONDS = 12.0
MEGABITS = {3.0: 10.5, 0.8: 4.5}
"""Of a program of that size: the snow in the source's pictures that makes it so many a second."""


@pytest.mark.fault(7)
@pytest.mark.long
@pytest.mark.parametrize("megabits", [3.0, 0.8])
def test_wedged(
    nginx: Nginx,
    own_nginx: Nginx,
    megabits: float,
    tmp_path: Path,
    start_agent: AgentFactory,
    figures: Figures,
) -> None:
    agent = start_agent(SIZE, output=own_nginx.url("program", "kept"))
    snowy = media.write(
        tmp_path / "snowy.mp4",
        media.Clip(width=640, height=360, seconds=10.24, seed=5, snow=MEGABITS[megabits]),
    )
    with rtmp_camera(nginx, snowy, f"to-a-wedge-{megabits}", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        own_nginx.wait_published("program")
        with taken(own_nginx, "program") as server:
            server.wait_frames(150)
            assert bit_rate(own_nginx, server) == pytest.approx(megabits * 1e6, rel=0.3)
        own_nginx.freeze()
        frozen = now()
        before = heard(agent, job_id)
        seen = wait_for("the wedge in the status", lambda: wedged(agent, job_id), 60)
        figures.add("noticed", seen - frozen)
        reason = agent.status(job_id)["publish"]["reason"]
        assert "the server has" in reason, "its window tells, seconds before a pipe is full"
        time.sleep(max(0.0, frozen + FROZEN_SECONDS - now()))  # the fault itself: this is how long it lasts
        after = heard(agent, job_id)
        figures.add(
            "encoder's share of real time", 100 * (after[1] - before[1]) / (after[0] - before[0]) / 25
        )
        own_nginx.thaw()
        thawed = now()
        with taken(own_nginx, "program", publisher=1) as server:
            server.wait(lambda recording: current(recording) is not None)
            arrived = current(server.recording)
            assert arrived is not None
            figures.add("decoded after return", arrived.arrived - thawed)
        status = agent.status(job_id)
    assert status["restart_count"] == 0


def bit_rate(server: Nginx, viewer: Viewer) -> float:
    """Of what the first publisher has sent, a second."""
    (path,) = server.recordings("program")
    seconds = viewer.recording.pts[-1] - viewer.recording.pts[0]
    return path.stat().st_size * 8 / seconds


def heard(agent: Agent, job_id: str) -> tuple[float, int]:
    """When the job's next heartbeat was seen, and the number of pictures it told."""
    old = agent.status(job_id)["frames_out"]
    new = wait_for(
        "a heartbeat", lambda: number if (number := agent.status(job_id)["frames_out"]) != old else None
    )
    return now(), new


def wedged(agent: Agent, job_id: str) -> float | None:
    """When the status said that the server does not take the program; None: it says that it does."""
    return now() if agent.status(job_id)["publish"]["state"] != "publishing" else None


@pytest.mark.fault(7)
@pytest.mark.long
def test_slower_than_the_program(
    nginx: Nginx,
    own_nginx: Nginx,
    proxy: type[Proxy],
    tmp_path: Path,
    start_agent: AgentFactory,
    figures: Figures,
) -> None:
    """A third of it gets through: the newest pictures; the rest is counted, and the encoder goes on."""
    between = proxy(own_nginx.port)
    agent = start_agent(SIZE, output=f"rtmp://127.0.0.1:{between.port}/kept/program")
    snowy = media.write(
        tmp_path / "snowy.mp4", media.Clip(width=640, height=360, seconds=10.24, seed=5, snow=MEGABITS[3.0])
    )
    with rtmp_camera(nginx, snowy, "to-a-slow-one", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        own_nginx.wait_published("program")
        agent.wait_status(job_id, "pictures", lambda status: (status["frames_out"] or 0) > 100)
        between.slow(1e6 / 8)
        before = heard(agent, job_id)
        agent.wait_status(job_id, "drops", lambda status: status["packets_dropped"] > 300, 90)
        after = heard(agent, job_id)
        figures.add(
            "encoder's share of real time", 100 * (after[1] - before[1]) / (after[0] - before[0]) / 25
        )
        status = agent.status(job_id)
    assert (status["restart_count"], status["publisher_restarts"]) == (0, 0)
    assert status["publish"]["state"] == "publishing"


@contextmanager
def srt_taker(folder: Path) -> Iterator[tuple[str, Peer]]:
    port, inner = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
    with srt_relay(f"srt://127.0.0.1:{port}?mode=listener", f"udp://127.0.0.1:{inner}", folder) as relay:
        yield f"srt://127.0.0.1:{port}", relay


@contextmanager
def rtsp_taker(folder: Path) -> Iterator[tuple[str, Peer]]:
    with rtsp_server(folder, "record", str(folder / "taken.mkv")) as (port, server):
        yield f"rtsp://127.0.0.1:{port}/stream", server


@pytest.mark.fault(7)
@pytest.mark.long
@pytest.mark.parametrize("taker", [srt_taker, rtsp_taker])
def test_wedged_others(
    taker: Callable[[Path], AbstractContextManager[tuple[str, Peer]]],
    nginx: Nginx,
    tmp_path: Path,
    start_agent: AgentFactory,
    figures: Figures,
) -> None:
    """Noticed, and published again after the thaw: what comes after it is not looked into here."""
    snowy = media.write(
        tmp_path / "snowy.mp4", media.Clip(width=640, height=360, seconds=10.24, seed=5, snow=MEGABITS[3.0])
    )
    with (
        taker(tmp_path) as (output, server),
        rtmp_camera(nginx, snowy, f"to-{taker.__name__}", tmp_path / "camera.log") as source,
    ):
        agent = start_agent(SIZE, output=output)
        job_id = agent.start_ingest(source)
        agent.wait_status(job_id, "pictures", lambda status: (status["frames_out"] or 0) > 150)
        server.signal(signal.SIGSTOP)
        frozen = now()
        before = heard(agent, job_id)
        figures.add(
            "noticed", wait_for("the wedge in the status", lambda: wedged(agent, job_id), 60) - frozen
        )
        after = heard(agent, job_id)
        figures.add(
            "encoder's share of real time", 100 * (after[1] - before[1]) / (after[0] - before[0]) / 25
        )
        server.signal(signal.SIGCONT)
        again = agent.wait_status(
            job_id, "publishing", lambda status: (status["publish"] or {}).get("state") == "publishing", 60
        )
        agent.stop_ingest(job_id)
    assert again["restart_count"] == 0
