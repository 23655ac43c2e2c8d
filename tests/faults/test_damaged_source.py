"""The source's bytes come wrong, or do not come: the program goes on, and decodes without a complaint."""

import itertools
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..e2e.agent import Agent, Status
from ..e2e.conftest import AgentFactory
from ..e2e.servers import Nginx, rtmp_camera
from ..media.watch import Recording, Viewer
from ..ports import free_port
from . import pieces, transport_stream
from .figures import Figures
from .playout import Harm, Playout, lost_datagrams, wrong_bytes
from .program import backward, fresh, now
from .proxy import Proxy

SHARE = 0.001
LOST = 0.01
CASES = [
    ("udp", "wrong", 8.0),
    *(
        pytest.param(*case, marks=pytest.mark.long)
        for case in (
            ("http", "wrong", 8.0),
            ("udp", "lost", 8.0),
            ("http", "lost", 8.0),
            ("udp", "wrong", 600.0),
        )
    ),
]
"""Protocol, harm, and for how many seconds."""
WARM_UP = 60.0
"""Seconds of a long run before its memory is looked at: allocators fill their pools."""
MEMORY_EVERY = 5.0
FRAME_RATE = 25
PLAIN = "pictures out"
OVER_RTMP = "pictures out over RTMP, whose protocol breaks"


def memory(agent: Agent) -> float:
    """Of the job's process, bytes."""
    return float(sum(process.memory_info().rss for process in agent.job_processes()))


def _new_pictures(status: Status) -> int:
    """Published ones: a damaged picture counts, one that is only shown again does not."""
    return int(status["frames_out"]) - int(status["frames_held"])


def _watch(viewer: Viewer, seconds: float) -> None:
    until = now() + seconds
    viewer.wait(lambda _seen: now() > until, timeout=60)


@contextmanager
def damaged_program(
    agent: Agent, nginx: Nginx, name: str, source: str, figures: Figures, out_name: str = PLAIN
) -> Iterator[Callable[[float], None]]:
    """Watches the program `name` of `source`; the function that is yielded lets so many seconds pass."""
    job_id = agent.start_ingest(source, name)
    publisher = nginx.wait_published(name)
    viewer = Viewer(nginx.url(name))
    viewer.wait_frames(25)
    marks: list[float] = []

    def pass_time(seconds: float) -> None:
        before, begun, out = agent.status(job_id), now(), len(viewer.recording.frames)
        while (left := begun + seconds - now()) > 0:
            _watch(viewer, min(left, MEMORY_EVERY))
            if now() - begun > min(WARM_UP, seconds / 4):
                marks.append(memory(agent))
        harmed = Recording(frames=viewer.recording.frames[out:])
        seconds_shown = harmed.pts[-1] - harmed.pts[0]
        # Neither pictures that are held nor what the viewer had still to catch up with count as new ones.
        told = 100 * (len(fresh(harmed)) - 1) / (seconds_shown * FRAME_RATE)
        if out_name == PLAIN:
            figures.add("pictures that tell their count", told)
        status = agent.status(job_id)
        new = _new_pictures(status) - _new_pictures(before)
        figures.add(out_name, 100 * new / ((now() - begun) * FRAME_RATE))

    yield pass_time
    viewer.wait_frames(50)
    status = agent.status(job_id)
    figures.add("restarts", status["restart_count"])
    if len(marks) > 20:
        tenth = len(marks) // 10
        before, after = sum(marks[:tenth]) / tenth, sum(marks[-tenth:]) / tenth
        figures.add("memory growth", 100 * (after - before) / before)
    assert (status["restart_count"], status["publisher_restarts"]) == (0, 0)
    assert status["publish"]["reconnects"] == 0
    assert nginx.clients(name).publishers == (publisher,)
    seen = viewer.close()
    assert (seen.errors, backward(seen)) == ([], 0)


HARMS = {"wrong": lambda: wrong_bytes(SHARE), "lost": lambda: lost_datagrams(LOST)}


@pytest.mark.fault(12)
@pytest.mark.parametrize(("protocol", "harm", "seconds"), CASES)
def test_transport_stream(
    nginx: Nginx,
    clips: Path,
    start_agent: AgentFactory,
    protocol: str,
    harm: str,
    seconds: float,
    figures: Figures,
) -> None:
    agent = start_agent(output=nginx.url("{session_id}"))
    playout = Playout(transport_stream.joined(itertools.repeat(pieces.write(clips, "usual"))))
    url = playout.over_udp(free_port(socket.SOCK_DGRAM)) if protocol == "udp" else playout.over_http()
    harmful: Harm = HARMS[harm]()
    name = f"{protocol}-{harm}-{seconds:.0f}"
    with playout, damaged_program(agent, nginx, name, url, figures) as pass_time:
        playout.harm = harmful
        pass_time(seconds)
        playout.harm = None


@pytest.mark.fault(12)
@pytest.mark.long
def test_rtmp(
    nginx: Nginx,
    own_nginx: Nginx,
    loop_mp4: Path,
    tmp_path: Path,
    start_agent: AgentFactory,
    proxy: type[Proxy],
    figures: Figures,
) -> None:
    """Its protocol breaks with the bytes: the source is opened again, as often as it takes."""
    agent = start_agent(output=nginx.url("{session_id}"))
    with rtmp_camera(own_nginx, loop_mp4, "damaged", tmp_path / "camera.log") as url:
        harmful = proxy(own_nginx.port)
        source = url.replace(f":{own_nginx.port}/", f":{harmful.port}/")
        with damaged_program(agent, nginx, "rtmp-wrong", source, figures, OVER_RTMP) as pass_time:
            harmful.damage(SHARE)
            pass_time(30.0)
            harmful.mend()
