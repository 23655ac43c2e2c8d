"""What stays on air, and what goes, when a part of it dies."""

import signal
from collections.abc import Iterator
from itertools import pairwise
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


def test_stream_outlives_the_agent(nginx: Nginx, source: str, start_agent: AgentFactory) -> None:
    agent = start_agent(output=nginx.url("outlive"))
    job_id = agent.start_ingest(source, "final")
    publisher = nginx.wait_published("outlive")
    viewer = Viewer(nginx.url("outlive"))
    viewer.wait_frames(25)
    agent.wait_streaming(job_id)
    (process,) = agent.job_processes()

    agent.kill()
    viewer.wait_frames(75)
    agent.start()
    status = agent.wait_streaming(job_id)
    assert (status["state"], status["restart_count"], status["session_id"]) == ("running", 0, "final")
    assert [found.pid for found in agent.job_processes()] == [process.pid]
    assert agent.ptz(job_id, 0.6, zoom=1.5)["applied"]
    agent.wait_status(job_id, "the new view", lambda now: (now["view"] or {}).get("zoom", 0) > 1.45)
    viewer.wait_frames(25)
    assert nginx.clients("outlive").publishers == (publisher,)
    viewer.close()
    agent.stop_ingest(job_id)
    judge.assert_steady(viewer.recording)
    wait_for("the publisher to leave", lambda: not nginx.clients("outlive").publishers)


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


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_dead_or_hung_job_process_is_replaced(
    number: signal.Signals, nginx: Nginx, source: str, start_agent: AgentFactory
) -> None:
    name = f"replaced-{number}"
    agent = start_agent(output=nginx.url(name))
    job_id = agent.start_ingest(source)
    agent.wait_streaming(job_id)
    first = nginx.wait_published(name)
    (process,) = agent.job_processes()
    process.send_signal(number)
    agent.wait_status(job_id, "a restart", lambda status: status["restart_count"] == 1)
    status = agent.wait_streaming(job_id)
    assert status["state"] == "running"
    assert process.pid not in [found.pid for found in agent.job_processes()]
    wait_for("a new publisher", lambda: nginx.clients(name).publishers not in {(), (first,)})
    viewer = Viewer(nginx.url(name))
    viewer.wait_frames(30)
    viewer.close()
    judge.assert_steady(viewer.recording)


def test_source_away_and_back(
    nginx: Nginx, own_nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    agent = start_agent(output=nginx.url("held"))
    with rtmp_camera(own_nginx, loop_mp4, "camera", tmp_path / "first.log") as source:
        job_id = agent.start_ingest(source)
        publisher = nginx.wait_published("held")
        viewer = Viewer(nginx.url("held"))
        agent.wait_streaming(job_id)
        viewer.wait_frames(25)
        own_nginx.kill()
    agent.wait_status(job_id, "the loss", lambda status: status["phase"] == "reconnecting")
    viewer.wait_frames(75)
    assert {frame.count for frame in viewer.recording.frames[-20:]} == {viewer.recording.frames[-1].count}
    own_nginx.start()
    with rtmp_camera(own_nginx, loop_mp4, "camera", tmp_path / "second.log"):
        agent.wait_streaming(job_id)
        viewer.wait_frames(50)
        status = agent.status(job_id)
    seen = viewer.close()
    assert seen.errors == []
    gaps = [later - earlier for earlier, later in pairwise(seen.pts)]
    assert min(gaps) > 0, "time went back"
    assert max(gaps) < 1.0, "the program had a hole"
    assert judge.steps(seen.counts)[-25:].count(1) >= 20, "the picture does not move again"
    assert status["source_restarts"] >= 1
    assert status["frames_held"] > 0
    assert (status["restart_count"], status["publisher_restarts"]) == (0, 0)
    assert nginx.clients("held").publishers == (publisher,)


def test_publishing_server_away_and_back(own_nginx: Nginx, source: str, start_agent: AgentFactory) -> None:
    agent = start_agent(output=own_nginx.url("program"))
    job_id = agent.start_ingest(source)
    own_nginx.wait_published("program")
    before = agent.wait_streaming(job_id)
    (process,) = agent.job_processes()
    own_nginx.kill()
    agent.wait_status(job_id, "going on", lambda now: (now["frames_out"] or 0) > before["frames_out"] + 75)
    own_nginx.start()
    own_nginx.wait_published("program", timeout=60)
    viewer = Viewer(own_nginx.url("program"))
    viewer.wait(judge.enough_sync(2))
    viewer.close()
    status = agent.status(job_id)
    assert (status["state"], status["restart_count"], status["source_restarts"]) == ("running", 0, 0)
    assert [found.pid for found in agent.job_processes()] == [process.pid]
    judge.assert_unbroken(viewer.recording)
    judge.assert_in_sync(viewer.recording, least=2)


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
