"""The source is cut off and comes back: the program never ends, and the publishing server notices nothing."""

import time
from itertools import pairwise
from pathlib import Path

import pytest

from ..e2e.conftest import AgentFactory
from ..e2e.servers import Nginx, camera
from .away import be_away, be_back, on_air
from .cameras import Make, Place, hls, rtmp, rtsp, srt
from .figures import Figures
from .program import now

CUTS = [
    (rtmp, 6.0),
    pytest.param(rtmp, 60.0, marks=pytest.mark.long),
    pytest.param(rtsp, 6.0, marks=pytest.mark.long),
    *(pytest.param(srt, seconds, marks=pytest.mark.long) for seconds in (6.0, 7.3, 8.6, 9.9)),
    pytest.param(hls, 15.0, marks=pytest.mark.long),
]
FLAPS_SECONDS = 20.0


@pytest.mark.fault(3)
@pytest.mark.parametrize(("make", "seconds"), CUTS)
def test_cut(
    make: Make, seconds: float, nginx: Nginx, place: Place, start_agent: AgentFactory, figures: Figures
) -> None:
    """Every connection to the camera is cut, and none is had for as long."""
    agent = start_agent(output=nginx.url("{session_id}"))
    with make(place) as camera, on_air(agent, nginx, f"cut-{make.__name__}-{seconds:.0f}", camera.url) as job:
        camera.cut()
        be_away(job, figures, seconds, gone=now(), told=not camera.buffered)
        camera.mend()
        be_back(job, figures, returned=now())


@pytest.mark.fault(3)
@pytest.mark.long
def test_camera_dies(
    nginx: Nginx,
    own_nginx: Nginx,
    camera_mp4: Path,
    tmp_path: Path,
    start_agent: AgentFactory,
    figures: Figures,
) -> None:
    """The server that the source is read from stays, and has nothing to send."""
    agent = start_agent(output=nginx.url("{session_id}"))
    url = own_nginx.url("mortal")
    with camera(camera_mp4, url, "flv", tmp_path / "camera.log") as pusher:
        own_nginx.wait_published("mortal")
        with on_air(agent, nginx, "camera-dies", url) as job:
            pusher.kill()
            be_away(job, figures, 6.0, gone=now())
            with camera(camera_mp4, url, "flv", tmp_path / "camera.log"):
                own_nginx.wait_published("mortal")
                be_back(job, figures, returned=now())


@pytest.mark.fault(3)
@pytest.mark.long
def test_flapping(nginx: Nginx, place: Place, start_agent: AgentFactory, figures: Figures) -> None:
    """There for a second, away for a second."""
    agent = start_agent(output=nginx.url("{session_id}"))
    with rtmp(place) as camera, on_air(agent, nginx, "flapping", camera.url) as job:
        ends = now() + FLAPS_SECONDS
        while now() < ends:
            camera.cut()
            time.sleep(1.0)  # the fault itself
            camera.mend()
            time.sleep(1.0)
        be_back(job, figures, returned=now())
        assert job.status()["source_restarts"] >= FLAPS_SECONDS / 4


@pytest.mark.fault(3)
@pytest.mark.long
def test_the_status_says_when_it_is_tried_again(
    nginx: Nginx, place: Place, start_agent: AgentFactory
) -> None:
    """With the reason; and the tries are spread at random, so that many jobs do not come at once."""
    agent = start_agent(output=nginx.url("{session_id}"))
    with rtmp(place) as camera, on_air(agent, nginx, "waiting", camera.url) as job:
        camera.cut()
        waits: list[float] = []
        ends = now() + 6
        while now() < ends:
            source = job.status()["source"]
            if (wait := source["next_attempt_in"]) is not None:
                assert source["state"] == "reconnecting"
                assert source["reason"]
                waits.append(wait)
        camera.mend()
    assert 0 <= min(waits) <= max(waits) <= 0.5
    begun = [later for earlier, later in pairwise(waits) if later > earlier]
    assert len({round(wait, 2) for wait in begun}) > 2, begun
