"""Processes that hear no signal (SIGSTOP), while the operator stops the job."""

import signal
import socket
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from ..e2e.agent import Agent
from ..e2e.conftest import AgentFactory
from ..e2e.processes import command_lines, wait_for
from ..e2e.servers import Nginx, camera, rtmp_camera
from ..media.watch import decode
from ..ports import free_port
from .children import publisher, srt_reader
from .figures import Figures
from .program import now

STREAMED = 130
"""Pictures before anything is harmed: of a file, the first fragment is written with the second key frame."""


def job_process(agent: Agent) -> psutil.Process:
    (process,) = agent.job_processes()
    return process


def stop_deaf(agent: Agent, job_id: str, which: Callable[[Agent], psutil.Process], figures: Figures) -> None:
    """Harm it, stop the job, and wait until nothing of it is left."""
    agent.wait_status(job_id, "pictures", lambda status: (status["frames_out"] or 0) > STREAMED)
    deaf = which(agent)
    deaf.send_signal(signal.SIGSTOP)
    wait_for("its standstill", lambda: deaf.status() == psutil.STATUS_STOPPED)
    asked = now()
    agent.stop_ingest(job_id)
    gone = wait_for("the end of all of it", lambda: _gone(agent, job_id), 60)
    figures.add("gone", gone - asked)
    assert not deaf.is_running(), command_lines([deaf])
    assert agent.status(job_id)["state"] == "stopped"


def _gone(agent: Agent, job_id: str) -> float | None:
    moment = now()
    return None if agent.job_processes() or _carriers(job_id) else moment


def _carriers(job_id: str) -> list[int]:
    """By the environment, whoever their parents are now."""
    mark = f"VIRTUALPTZ_JOB_ID={job_id}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


@pytest.mark.fault(9)
@pytest.mark.parametrize("which", [pytest.param(publisher, marks=pytest.mark.long), job_process])
def test_of_an_rtmp_program(
    which: Callable[[Agent], psutil.Process],
    nginx: Nginx,
    loop_mp4: Path,
    tmp_path: Path,
    start_agent: AgentFactory,
    figures: Figures,
) -> None:
    name = which.__name__.replace("_", "-")
    agent = start_agent(output=nginx.url(f"deaf-{name}"))
    with rtmp_camera(nginx, loop_mp4, f"deaf-source-{name}", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        stop_deaf(agent, job_id, which, figures)


@pytest.mark.fault(9)
@pytest.mark.long
def test_srt_reader(loop_ts: Path, tmp_path: Path, start_agent: AgentFactory, figures: Figures) -> None:
    port = free_port(socket.SOCK_DGRAM)
    agent = start_agent()
    with camera(loop_ts, f"srt://127.0.0.1:{port}?mode=listener", "mpegts", tmp_path / "camera.log"):
        job_id = agent.start_ingest(f"srt://127.0.0.1:{port}")
        stop_deaf(agent, job_id, srt_reader, figures)


@pytest.mark.fault(9)
@pytest.mark.long
@pytest.mark.parametrize("which", [publisher, job_process])
def test_of_a_file(
    which: Callable[[Agent], psutil.Process],
    nginx: Nginx,
    loop_mp4: Path,
    tmp_path: Path,
    start_agent: AgentFactory,
    figures: Figures,
) -> None:
    """What was written stays playable."""
    name = which.__name__.replace("_", "-")
    agent = start_agent(output=str(tmp_path / "program.mp4"))
    with rtmp_camera(nginx, loop_mp4, f"deaf-file-source-{name}", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        stop_deaf(agent, job_id, which, figures)
    assert len(decode(tmp_path / "program.mp4").frames) > 10
