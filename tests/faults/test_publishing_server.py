"""The publishing server dies or hangs, and comes back."""

import time
from pathlib import Path

import pytest

from ..e2e.conftest import AgentFactory
from ..e2e.servers import Nginx, rtmp_camera
from ..media.watch import Viewer
from .figures import Figures
from .program import now, wait_fresh

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
    agent = start_agent(output=own_nginx.url("program"))
    with rtmp_camera(nginx, loop_mp4, "to-a-mortal", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        own_nginx.wait_published("program")
        own_nginx.kill()
        killed = now()
        agent.wait_status(job_id, "attempts", lambda status: status["publish"]["attempts"] >= 2)
        time.sleep(max(0.0, killed + AWAY_SECONDS - now()))  # the fault itself: this is how long it lasts
        own_nginx.start()
        returned = now()
        own_nginx.wait_published("program")
        viewer = Viewer(own_nginx.url("program"))
        figures.add("decoded after return", wait_fresh(viewer, returned))
        viewer.close()
        status = agent.status(job_id)
        figures.add("job restarts", status["restart_count"])
    assert (status["restart_count"], status["publish"]["reconnects"]) == (0, 1)
