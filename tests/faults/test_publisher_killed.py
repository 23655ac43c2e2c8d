"""The publishing process dies: the next one goes on with the same program."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..e2e.agent import Agent
from ..e2e.conftest import AgentFactory
from ..e2e.processes import wait_for
from ..e2e.servers import Nginx, rtmp_camera, srt_receiver
from ..media.watch import Viewer
from ..ports import free_port
from .children import publisher
from .figures import Figures
from .program import first_new, now
from .taken import QUICK, QUICK_TS, Growing, Piped

SETTLED = 140
"""Pictures that have been published before anything is harmed: a connection that ends sooner is suspect."""


def kill_publisher(agent: Agent) -> float:
    """When it was killed."""
    publisher(agent).send_signal(signal.SIGKILL)
    return now()


def assert_untouched(agent: Agent, job_id: str, figures: Figures) -> None:
    status = agent.wait_status(
        job_id, "publishing", lambda now: (now["publish"] or {}).get("state") == "publishing"
    )
    figures.add("job restarts", status["restart_count"])
    assert (status["restart_count"], status["publisher_restarts"]) == (0, 1)
    assert status["frames_out"] > SETTLED


@pytest.mark.fault(1)
def test_rtmp(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory, figures: Figures
) -> None:
    """The viewer stays: the server keeps it through the change of publishers."""
    agent = start_agent(output=nginx.url("killed-program"))
    with rtmp_camera(nginx, loop_mp4, "killed-source", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        old = nginx.wait_published("killed-program")
        viewer = Viewer(nginx.url("killed-program"), options=QUICK)
        viewer.wait_frames(SETTLED)
        killed = kill_publisher(agent)
        wait_for("another publisher", lambda: set(nginx.clients("killed-program").publishers) - {old})
        viewer.wait_frames(50)
        viewer.close()
        arrived = first_new(viewer.recording, killed)
        assert arrived is not None
        figures.add("decoded again", arrived - killed)
        assert_untouched(agent, job_id, figures)


@contextmanager
def srt_viewer(port: int, folder: Path) -> Iterator[Viewer]:
    with srt_receiver(port, folder) as receiver:
        viewer = Viewer(Piped(receiver.process), options=QUICK_TS, timeout=60)  # type: ignore[arg-type]
        yield viewer
        receiver.kill()
        viewer.close()


@contextmanager
def rtsp_viewer(port: int, folder: Path) -> Iterator[Viewer]:
    options = {"rtsp_flags": "listen", "listen_timeout": "60", **QUICK}
    viewer = Viewer(f"rtsp://127.0.0.1:{port}/program", options=options, timeout=60)
    yield viewer
    viewer.close()


@pytest.mark.fault(1)
@pytest.mark.long
@pytest.mark.parametrize("protocol", ["srt", "rtsp"])
def test_of_a_listener(
    protocol: str,
    nginx: Nginx,
    loop_mp4: Path,
    tmp_path: Path,
    start_agent: AgentFactory,
    figures: Figures,
) -> None:
    """Whoever takes the program hears one caller only: another one listens as soon as that is gone."""
    viewers = {"srt": srt_viewer, "rtsp": rtsp_viewer}[protocol]
    port = free_port(socket.SOCK_DGRAM if protocol == "srt" else socket.SOCK_STREAM)
    agent = start_agent(output=f"{protocol}://127.0.0.1:{port}/program")
    with rtmp_camera(nginx, loop_mp4, f"killed-{protocol}-source", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        with viewers(port, tmp_path) as viewer:
            viewer.wait_frames(SETTLED, 60)
            killed = kill_publisher(agent)
        with viewers(port, tmp_path) as viewer:
            viewer.wait_frames(1, 60)
            figures.add("decoded again", viewer.recording.frames[0].arrived - killed)
            viewer.wait_frames(50)
        assert_untouched(agent, job_id, figures)


@pytest.mark.fault(1)
@pytest.mark.long
def test_file(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory, figures: Figures
) -> None:
    """It goes on in another file: what is there is never written over."""
    agent = start_agent(output=str(tmp_path / "program.ts"))
    with rtmp_camera(nginx, loop_mp4, "killed-file-source", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        agent.wait_status(job_id, "pictures", lambda status: (status["frames_out"] or 0) > SETTLED)
        killed = kill_publisher(agent)
        again = tmp_path / "program-1.ts"
        wait_for("another file", again.exists)
        growing = Growing(again)
        viewer = Viewer(growing, options=QUICK_TS, timeout=60)  # type: ignore[arg-type]
        viewer.wait_frames(50)
        figures.add("decoded again", viewer.recording.frames[0].arrived - killed)
        growing.end()
        viewer.close()
        growing.close()
        assert_untouched(agent, job_id, figures)
