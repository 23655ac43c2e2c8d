"""What stays on air, and what goes, when a part of it dies."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..media.watch import Viewer
from . import judge
from .conftest import AgentFactory
from .previews import PreviewViewer
from .processes import wait_for
from .servers import Nginx, rtmp_camera


@pytest.fixture
def source(nginx: Nginx, loop_mp4: Path, tmp_path: Path) -> Iterator[str]:
    """A camera that goes on for the whole test."""
    with rtmp_camera(nginx, loop_mp4, f"{tmp_path.name}-source", tmp_path / "camera.log") as url:
        yield url


def test_terminated_agent_leaves_nothing(nginx: Nginx, source: str, start_agent: AgentFactory) -> None:
    agent = start_agent(output=nginx.url("terminated-{replica_index}"))
    agent.wait_streaming(agent.start_ingest(source))
    job_id, url = agent.start_preview(source)
    viewer = PreviewViewer(url)
    viewer.wait_parts(3)
    assert agent.terminate() == 0
    assert agent.family() == []
    viewer.wait_end()
    viewer.close()
    wait_for("the publisher to leave", lambda: not nginx.clients("terminated-0").publishers)

    agent.start()
    assert agent.status(job_id)["state"] == "stopped"
    assert agent.job_processes() == []


def test_jobs_kept_over_an_upgrade(nginx: Nginx, source: str, start_agent: AgentFactory) -> None:
    agent = start_agent({"RUNNER_KEEP_JOBS_ON_SHUTDOWN": "1"}, output=nginx.url("kept"))
    job_id = agent.start_ingest(source)
    publisher = nginx.wait_published("kept")
    agent.wait_streaming(job_id)
    viewer = Viewer(nginx.url("kept"))
    viewer.wait_frames(10)
    assert agent.terminate() == 0
    viewer.wait_frames(25)
    agent.start()
    assert agent.wait_streaming(job_id)["restart_count"] == 0
    assert agent.ptz(job_id, 0.6, zoom=1.5)["applied"]
    agent.wait_status(job_id, "the new view", lambda now: (now["view"] or {}).get("zoom", 0) > 1.45)
    assert nginx.clients("kept").publishers == (publisher,)
    viewer.wait_frames(10)
    viewer.close()
    agent.stop_ingest(job_id)
    judge.assert_steady(viewer.recording)


def test_orphan_ends_itself(source: str, start_agent: AgentFactory) -> None:
    agent = start_agent({"RUNNER_ORPHAN_SECONDS": "2"})
    agent.wait_streaming(agent.start_ingest(source))
    agent.kill()
    wait_for("the orphan's end", lambda: not agent.family())


def test_hung_job_process_is_replaced(nginx: Nginx, source: str, start_agent: AgentFactory) -> None:
    name = "replaced"
    agent = start_agent(output=nginx.url(name))
    job_id = agent.start_ingest(source)
    agent.wait_streaming(job_id)
    first = nginx.wait_published(name)
    (process,) = agent.job_processes()
    process.send_signal(signal.SIGSTOP)
    agent.wait_status(job_id, "a restart", lambda status: status["restart_count"] == 1)
    status = agent.wait_streaming(job_id)
    assert status["state"] == "running"
    assert process.pid not in [found.pid for found in agent.job_processes()]
    wait_for("a new publisher", lambda: nginx.clients(name).publishers not in {(), (first,)})
    viewer = Viewer(nginx.url(name))
    viewer.wait_frames(30)
    viewer.close()
    judge.assert_steady(viewer.recording)


def test_server_that_is_not_there_yet(own_nginx: Nginx, source: str, start_agent: AgentFactory) -> None:
    own_nginx.stop()
    agent = start_agent(output=own_nginx.url("early"))
    job_id = agent.start_ingest(source)
    status = agent.wait_status(job_id, "pictures", lambda now: (now["frames_out"] or 0) > 50)
    assert status["state"] == "running"
    own_nginx.start()
    own_nginx.wait_published("early", timeout=60)
    viewer = Viewer(own_nginx.url("early"))
    viewer.wait_frames(25)
    viewer.close()
    judge.assert_steady(viewer.recording)


def test_source_that_is_not_there_yet(
    own_nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    own_nginx.stop()
    agent = start_agent()
    job_id = agent.start_ingest(own_nginx.url("late"))
    agent.wait_status(job_id, "an error", lambda status: bool(status["last_error"]))
    assert agent.status(job_id)["state"] == "running"
    own_nginx.start()
    with rtmp_camera(own_nginx, loop_mp4, "late", tmp_path / "camera.log"):
        agent.wait_streaming(job_id)
        agent.stop_ingest(job_id)
    assert agent.status(job_id)["state"] == "stopped"


def test_second_agent_on_the_same_folder_is_refused(start_agent: AgentFactory) -> None:
    agent = start_agent()
    other = agent.twin()
    assert other.process.wait(60) != 0
    assert str(agent.state_dir) in other.log.read_text()
    assert agent.client.get("/health").status_code == 200
