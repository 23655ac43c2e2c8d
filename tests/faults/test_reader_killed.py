"""What reads the source dies: the process that SRT needs for it, or the job's own."""

import signal
from pathlib import Path

import pytest

from ..e2e.agent import Agent
from ..e2e.conftest import AgentFactory
from ..e2e.processes import command_lines, wait_for
from ..e2e.servers import Nginx, rtmp_camera
from ..media.watch import Viewer
from .away import SETTLED, on_air
from .cameras import Place, srt
from .children import srt_reader
from .figures import Figures
from .program import first_new, now


@pytest.mark.fault(2)
@pytest.mark.long
def test_srt_reader(nginx: Nginx, place: Place, start_agent: AgentFactory, figures: Figures) -> None:
    agent = start_agent(output=nginx.url("{session_id}"))
    with srt(place) as camera, on_air(agent, nginx, "reader-killed", camera.url) as job:
        reader = srt_reader(agent)
        reader.send_signal(signal.SIGKILL)
        killed = now()
        agent.wait_status(job.job_id, "another reader", lambda _: srt_reader(agent).pid != reader.pid)
        agent.wait_streaming(job.job_id)
        job.viewer.wait_frames(2 * SETTLED)
        arrived = first_new(job.viewer.recording, killed)
        assert arrived is not None
        figures.add("fresh picture", arrived - killed)
        status = job.status()
        figures.add("publisher restarts", status["publisher_restarts"])
        assert status["source_restarts"] >= 1


@pytest.mark.fault(2)
def test_job_process(
    nginx: Nginx, camera_mp4: Path, tmp_path: Path, start_agent: AgentFactory, figures: Figures
) -> None:
    """All of a job but its agent dies at once: reader, decoder, encoder, and whoever fed the publisher."""
    agent = start_agent(output=nginx.url("{session_id}"))
    with rtmp_camera(nginx, camera_mp4, "of-a-mortal-job", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source, "job-killed")
        nginx.wait_published("job-killed")
        agent.wait_streaming(job_id)
        viewer = Viewer(nginx.url("job-killed"))
        viewer.wait_frames(SETTLED)
        (process,) = agent.job_processes()
        process.send_signal(signal.SIGKILL)
        killed = now()
        most = 0

        def again() -> bool:
            nonlocal most
            most = max(most, publishers(agent))
            return (first_new(viewer.recording, killed) or 0) > killed + 1

        wait_for("a fresh picture", again, 60)
        viewer.wait_frames(SETTLED)
        arrived = first_new(viewer.close(), killed)
        assert arrived is not None
        figures.add("fresh picture after the job's process died", arrived - killed)
        figures.add("second publishers", max(0, most - 1))
        status = agent.status(job_id)
    assert (status["state"], status["restart_count"]) == ("running", 1)
    assert most == 1


def publishers(agent: Agent) -> int:
    lines = command_lines(agent.family())
    return sum("virtualptz_ffmpeg.publish" in line and " -I " not in line for line in lines)
