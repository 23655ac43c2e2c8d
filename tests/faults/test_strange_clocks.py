"""The source's time stamps jump, wrap and begin again, while its pictures and sound go on as ever."""

import itertools
import math
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ..e2e import judge
from ..e2e.conftest import AgentFactory
from ..e2e.processes import peer
from ..e2e.servers import Nginx, push_arguments, rtsp_server
from ..media.watch import Recording, Viewer
from ..ports import free_port
from . import pieces
from .figures import Figures
from .playout import Playout
from .program import backward, longest_freeze, now
from .transport_stream import AUDIO_PID, CLOCK, WRAP, joined

HOUR = 3600.0
BASE = 2 * HOUR
"""Where the source's clock stands at first, seconds."""
WRAPS_AT = 14.5
"""Seconds of the source."""
AFTER = (1.2, 5.3)
"""Seconds after somebody watches at which its clock jumps; nothing makes it a keyframe."""
WATCHED = 9.0
"""Seconds."""
MOST_FROZEN = 1.0
"""Seconds: what a jump may cost, on a machine that is shared."""


@dataclass
class Clock:
    """How far the source's clock is off."""

    jumps: tuple[float, float] = (0.0, 0.0)
    sound_later: float = 0.0
    """By how many seconds the sound jumps after the pictures; below 0: before them."""
    base: float = BASE
    piece: str = "usual"
    to_zero: bool = False
    watched_at: float = math.inf
    """The second of the source at which somebody watches."""

    def shift(self, pid: int, at: float) -> float:
        since = at - self.watched_at - (self.sound_later if pid == AUDIO_PID else 0.0)
        if self.to_zero and since >= AFTER[0]:
            return -(self.watched_at + AFTER[0])
        return self.base + sum(jump for jump, after in zip(self.jumps, AFTER, strict=True) if since >= after)


CLOCKS = {
    "an hour on and back": Clock((HOUR, -HOUR), sound_later=0.2),
    "an hour back and on": Clock((-HOUR, HOUR), sound_later=0.2),
    "sound jumps first": Clock((HOUR, -HOUR), sound_later=-0.2),
    "B-frames around it": Clock((HOUR, -HOUR), piece="B-frames"),
    "begins at 0 again": Clock(to_zero=True),
    "wraps": Clock(base=WRAP / CLOCK - WRAPS_AT),
    "wraps, B-frames": Clock(base=WRAP / CLOCK - WRAPS_AT, piece="B-frames"),
    "some seconds": Clock((3.0, -3.0), sound_later=0.1),
    "less than a second": Clock((-0.7, 0.7)),
}
QUICK = "an hour on and back"
SLOW = [pytest.param(name, marks=pytest.mark.long) for name in CLOCKS if name != QUICK]


@pytest.mark.fault(14)
@pytest.mark.parametrize("name", [QUICK, *SLOW])
def test_transport_stream(
    nginx: Nginx, clips: Path, start_agent: AgentFactory, name: str, figures: Figures
) -> None:
    """MPEG-TS over UDP. Each picture shows another count than the one before it, each flash has its beep."""
    agent = start_agent(output=nginx.url("{session_id}"))
    clock, stream = replace(CLOCKS[name]), name.replace(" ", "-").replace(",", "")
    playout = Playout(joined(itertools.repeat(pieces.write(clips, clock.piece)), clock.shift))
    url = playout.over_udp(free_port(socket.SOCK_DGRAM))
    with playout:
        job_id = agent.start_ingest(url, stream)
        publisher = nginx.wait_published(stream)
        viewer = Viewer(nginx.url(stream))
        viewer.wait_frames(25)
        clock.watched_at = playout.at
        assert "wraps" not in name or playout.at < WRAPS_AT, "it wrapped before anybody watched"
        over = now() + WATCHED + ("wraps" in name) * (WRAPS_AT - playout.at)
        viewer.wait(lambda _seen: now() > over, timeout=60)
        status = agent.status(job_id)
        assert (status["restart_count"], status["publisher_restarts"]) == (0, 0)
        assert status["source_restarts"] == 0
        assert nginx.clients(stream).publishers == (publisher,)
        seen = viewer.close()
    assert_even(seen, figures, least=5)


def assert_even(seen: Recording, figures: Figures, least: int) -> None:
    """`least`: so many flashes must be judged."""
    figures.add("time stamps that go back", backward(seen))
    figures.add("sound off the picture", 1000 * max(map(abs, seen.av_offsets())))
    assert (seen.errors, backward(seen)) == ([], 0)
    assert len(seen.av_offsets()) >= len(seen.flashes) - 2
    judge.assert_in_sync(seen, least=least)
    assert longest_freeze(seen) < MOST_FROZEN


@contextmanager
def rtp(folder: Path, clip: Path, _server: Nginx) -> Iterator[tuple[str, float]]:
    """RTP counts 32 bits of 90 kHz, thirteen hours, from anywhere: one long match in seven sees it wrap."""
    with rtsp_server(folder, "wrap", str(clip)) as (port, _):
        yield f"rtsp://127.0.0.1:{port}/stream", 6.0


@contextmanager
def flv(folder: Path, clip: Path, server: Nginx) -> Iterator[tuple[str, float]]:
    """FLV counts 31 bits of milliseconds, 24 days, and encoders that are never switched off get there."""
    wraps_after = 9.0
    arguments = push_arguments(clip, server.url("old"), "flv")
    offset = ["-output_ts_offset", str((1 << 31) / 1000 - wraps_after)]
    with peer([*arguments[:-1], *offset, arguments[-1]], folder / "camera.log"):
        server.wait_published("old")
        yield server.url("old"), wraps_after


Wrapping = Callable[[Path, Path, Nginx], AbstractContextManager[tuple[str, float]]]


@pytest.mark.fault(14)
@pytest.mark.long
@pytest.mark.parametrize("source", [rtp, flv], ids=lambda make: make.__name__)
def test_wraps_of_other_protocols(
    nginx: Nginx,
    own_nginx: Nginx,
    camera_mp4: Path,
    tmp_path: Path,
    start_agent: AgentFactory,
    source: Wrapping,
    figures: Figures,
) -> None:
    agent = start_agent(output=nginx.url("{session_id}"))
    with source(tmp_path, camera_mp4, own_nginx) as (url, wraps_after):
        begun, name = now(), f"{source.__name__}-wraps"
        job_id = agent.start_ingest(url, name)
        nginx.wait_published(name)
        viewer = Viewer(nginx.url(name))
        viewer.wait_frames(25)
        over = begun + wraps_after + 3.0
        assert now() < begun + wraps_after, "it wrapped before anybody watched"
        viewer.wait(lambda _seen: now() > over, timeout=60)
        status = agent.status(job_id)
        assert (status["restart_count"], status["source_restarts"]) == (0, 0)
        seen = viewer.close()
    assert_even(seen, figures, least=3)
