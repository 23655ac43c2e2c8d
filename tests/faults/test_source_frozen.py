"""The source freezes: its connection stays, and nothing comes."""

import pytest

from ..e2e.conftest import AgentFactory
from ..e2e.servers import Nginx
from .away import be_away, be_back, on_air
from .cameras import Make, Place, hls, rtmp, rtsp, srt
from .figures import Figures
from .program import now

FREEZES = [
    (rtmp, 6.0),
    pytest.param(rtmp, 30.0, marks=pytest.mark.long),
    pytest.param(rtsp, 6.0, marks=pytest.mark.long),
    *(pytest.param(srt, seconds, marks=pytest.mark.long) for seconds in (6.0, 7.3, 8.6, 9.9)),
    pytest.param(hls, 15.0, marks=pytest.mark.long),
]


@pytest.mark.fault(4)
@pytest.mark.parametrize(("make", "seconds"), FREEZES)
def test_frozen(
    make: Make, seconds: float, nginx: Nginx, place: Place, start_agent: AgentFactory, figures: Figures
) -> None:
    """New connections are taken too, and get no answer either."""
    agent = start_agent(output=nginx.url("{session_id}"))
    name = f"frozen-{make.__name__}-{seconds:.0f}"
    with make(place) as camera, on_air(agent, nginx, name, camera.url) as job:
        camera.freeze()
        be_away(job, figures, seconds, gone=now(), told=not camera.buffered)
        camera.mend()
        be_back(job, figures, returned=now())


@pytest.mark.fault(4)
@pytest.mark.long
def test_server_stopped(
    nginx: Nginx, own_nginx: Nginx, place: Place, start_agent: AgentFactory, figures: Figures
) -> None:
    """The process of the server gets no turn any more: its kernel still takes connections."""
    agent = start_agent(output=nginx.url("{session_id}"))
    with rtmp(place), on_air(agent, nginx, "server-stopped", own_nginx.url("camera")) as job:
        own_nginx.freeze()
        be_away(job, figures, 6.0, gone=now())
        own_nginx.thaw()
        be_back(job, figures, returned=now())
