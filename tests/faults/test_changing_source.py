"""The source goes on as something else: another size, rate, codec, pixel format or sound."""

import socket
import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from ..e2e import judge
from ..e2e.conftest import AgentFactory
from ..e2e.servers import Nginx, camera
from ..media.watch import Recording, Viewer
from ..ports import free_port
from . import pieces, transport_stream
from .figures import Figures
from .playout import Playout
from .program import backward, longest_freeze, now

SIZE = (320, 180)
LONGEST_HOLE = 0.1
"""Seconds of sound: where silence gives way to the source's own sound, a coder still has two pieces of it."""
CHANGES = {
    "size and codec": ("usual", "small", "hevc"),
    "size": ("usual", "small", "large"),
    "shape": ("usual", "tall", "usual"),
    "rate": ("usual", "50 a second", "usual"),
    "codec": ("usual", "hevc", "usual"),
    "pixels": ("usual", "full range", "10 bit"),
    "sound goes and comes": ("usual", "silent", "usual"),
    "sound comes": ("silent", "usual", "usual"),
    "sound's rate": ("usual", "44.1 kHz mono", "usual"),
    "sound's codec": ("usual", "mp2", "usual"),
}
QUICK = "size and codec"
SLOW = [pytest.param(name, marks=pytest.mark.long) for name in CHANGES if name != QUICK]


@pytest.fixture(scope="session")
def folder(clips: Path) -> Path:
    made = clips / "pieces"
    made.mkdir(exist_ok=True)
    return made


class Camera:
    """Is what it was at first until it is told to change, and then each of the other kinds in turn."""

    def __init__(self, folder: Path, kinds: Sequence[str]) -> None:
        self._first, *self._others = [pieces.write(folder, kind) for kind in kinds]
        self._told = threading.Event()
        self._begun = 0
        """Pieces of the first kind: one is taken some packets before the one before it has been sent."""
        self.playout = Playout(transport_stream.joined(self._parts()))

    def _parts(self) -> Iterator[tuple[Path, float]]:
        while not self._told.is_set():
            self._begun += 1
            yield self._first
        yield from self._others

    def change(self) -> float:
        """Seconds until it has been all of them: the piece that was taken last is sent to its end."""
        self._told.set()
        return (self._begun + len(self._others)) * pieces.CAMERA.seconds - self.playout.at


@pytest.mark.fault(13)
@pytest.mark.parametrize("change", [QUICK, *SLOW])
def test_in_one_connection(
    nginx: Nginx, folder: Path, start_agent: AgentFactory, change: str, figures: Figures
) -> None:
    """MPEG-TS over UDP, from one picture to the next."""
    agent = start_agent(output=nginx.url("{session_id}"))
    kinds, name = CHANGES[change], change.replace(" ", "-").replace("'", "")
    source = Camera(folder, kinds)
    url = source.playout.over_udp(free_port(socket.SOCK_DGRAM))
    with source.playout:
        job_id = agent.start_ingest(url, name)
        publisher = nginx.wait_published(name)
        viewer = Viewer(nginx.url(name))
        viewer.wait_frames(25)
        over = now() + source.change() - 0.5
        seen = viewer.wait(lambda _seen: now() > over, timeout=60)
        status = agent.status(job_id)
        figures.add("longest gap between fresh pictures", longest_freeze(seen))
        figures.add("job restarts", status["restart_count"])
        assert (status["restart_count"], status["publisher_restarts"]) == (0, 0)
        assert nginx.clients(name).publishers == (publisher,)
        seen = viewer.close()
    assert_as_before(seen)


@pytest.mark.fault(13)
@pytest.mark.long
@pytest.mark.parametrize("kind", ["small", "44.1 kHz mono", "silent"])
def test_published_anew(
    nginx: Nginx,
    own_nginx: Nginx,
    folder: Path,
    tmp_path: Path,
    start_agent: AgentFactory,
    kind: str,
    figures: Figures,
) -> None:
    """RTMP: the camera leaves, and comes back at once as something else."""
    agent = start_agent(output=nginx.url("{session_id}"))
    url, name = own_nginx.url("changing"), f"anew-{kind.replace(' ', '-').replace('.', '-')}"
    log = tmp_path / "camera.log"
    with camera(pieces.write(folder, "usual", ".mp4")[0], url, "flv", log):
        own_nginx.wait_published("changing")
        job_id = agent.start_ingest(url, name)
        publisher = nginx.wait_published(name)
        viewer = Viewer(nginx.url(name))
        viewer.wait_frames(75)
    other = pieces.write(folder, kind, ".mp4")[0]
    with camera(other, url, "flv", log):
        viewer.wait_frames(200)
        status = agent.status(job_id)
        figures.add("longest gap between fresh pictures", longest_freeze(viewer.recording))
        figures.add("job restarts", status["restart_count"])
        assert (status["restart_count"], status["publisher_restarts"]) == (0, 0)
        assert nginx.clients(name).publishers == (publisher,)
        seen = viewer.close()
    assert_as_before(seen, least=2)


def assert_as_before(seen: Recording, least: int = 4) -> None:
    """No decoder complained, time only grew, size and codecs are those that were announced; sound fits."""
    assert (seen.errors, backward(seen)) == ([], 0)
    assert (seen.size, seen.video_codec, seen.audio_codec) == (SIZE, "h264", "aac")
    judge.assert_in_sync(seen, least=least)
    holes = [begin - end for (_, end), (begin, _) in pairwise(seen.sounds)]
    assert max(holes) < LONGEST_HOLE, sorted(holes)[-3:]
