"""A server that was reached, and does not want the program."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from ..e2e.agent import Agent, Status
from ..e2e.conftest import AgentFactory
from ..e2e.servers import Nginx, rtmp_camera, rtsp_server, srt_receiver
from ..ports import free_port
from .figures import Figures
from .program import now

LONG_SECONDS = 70.0
PATIENT_SECONDS = 8.0


def wait_rejected(agent: Agent, job_id: str, figures: Figures) -> Status:
    """Until the status says so, with a reason; `told` counts from the start of the job."""
    asked = now()
    status = agent.wait_status(
        job_id, "rejection", lambda status: (status["publish"] or {}).get("state") == "rejected", 60
    )
    figures.add("told", now() - asked)
    assert status["publish"]["reason"]
    assert status["last_error"] == status["publish"]["reason"]
    return status


def wait_patience(agent: Agent, job_id: str) -> None:
    """Until the next try is put off for long; the first refusal has a second chance before that."""
    agent.wait_status(
        job_id, "patience", lambda status: (status["publish"]["next_attempt_in"] or 0) > PATIENT_SECONDS, 30
    )


def assert_goes_on(agent: Agent, job_id: str) -> None:
    before = agent.status(job_id)["frames_out"]
    status = agent.wait_status(job_id, "more pictures", lambda status: status["frames_out"] > before + 25)
    assert (status["state"], status["phase"], status["restart_count"]) == ("running", "streaming", 0)
    assert status["source"]["state"] == "streaming"


@pytest.mark.fault(8)
@pytest.mark.parametrize("application", [pytest.param("guarded", marks=pytest.mark.long), "fleeting"])
def test_rtmp(
    application: str,
    nginx: Nginx,
    own_nginx: Nginx,
    loop_mp4: Path,
    tmp_path: Path,
    start_agent: AgentFactory,
    figures: Figures,
) -> None:
    agent = start_agent(output=own_nginx.url("program", application))
    with rtmp_camera(nginx, loop_mp4, f"to-{application}", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        wait_rejected(agent, job_id, figures)
        wait_patience(agent, job_id)
        assert_goes_on(agent, job_id)


@pytest.mark.fault(8)
@pytest.mark.long
def test_for_more_than_a_minute(
    nginx: Nginx,
    own_nginx: Nginx,
    loop_mp4: Path,
    tmp_path: Path,
    start_agent: AgentFactory,
    figures: Figures,
) -> None:
    agent = start_agent(output=own_nginx.url("program", "guarded"))
    with rtmp_camera(nginx, loop_mp4, "to-guarded-long", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        asked, seen, deadline = [], 0, now() + LONG_SECONDS
        while now() < deadline:
            asked += [now()] * (own_nginx.refusals - seen)
            seen = own_nginx.refusals
            time.sleep(0.1)  # looking into the server's own log
        assert_goes_on(agent, job_id)
    figures.add(
        "tries in a minute", max(sum(first <= other < first + 60 for other in asked) for first in asked)
    )
    assert 3 <= len(asked) <= 8


@contextmanager
def closed_srt(folder: Path) -> Iterator[str]:
    """Takes those who know another passphrase."""
    port = free_port(socket.SOCK_DGRAM)
    with srt_receiver(port, folder, options="&passphrase=not-the-one-you-know"):
        yield f"srt://127.0.0.1:{port}?passphrase=what-else-could-it-be"


@contextmanager
def closed_rtsp(folder: Path) -> Iterator[str]:
    with rtsp_server(folder, "record", str(folder / "taken.mkv"), "somebody", "else") as (port, _):
        yield f"rtsp://127.0.0.1:{port}/stream"


@pytest.mark.fault(8)
@pytest.mark.long
@pytest.mark.parametrize("closed", [closed_srt, closed_rtsp])
def test_others(
    closed: Callable[[Path], AbstractContextManager[str]],
    nginx: Nginx,
    loop_mp4: Path,
    tmp_path: Path,
    start_agent: AgentFactory,
    figures: Figures,
) -> None:
    with (
        closed(tmp_path) as output,
        rtmp_camera(nginx, loop_mp4, "to-the-closed", tmp_path / "camera.log") as source,
    ):
        agent = start_agent(output=output)
        job_id = agent.start_ingest(source)
        wait_rejected(agent, job_id, figures)
        assert_goes_on(agent, job_id)
        agent.stop_ingest(job_id)
