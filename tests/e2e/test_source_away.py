"""A source that goes away and comes back leaves no seam in what viewers and the publishing server get."""

import socket
from contextlib import ExitStack
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal

from ..media import clip as media
from ..media.watch import Viewer
from ..ports import free_port
from . import judge
from .conftest import AgentFactory
from .servers import Nginx, camera

Codec = Literal["aac", "mp2"]
CODECS: tuple[Codec, ...] = ("aac", "mp2")
"""AAC is copied, with silence of the same kind between; mp2 is coded anew all the time."""


def written(folder: Path, codec: Codec) -> Path:
    clip = media.Clip(width=320, height=180, fps=Fraction(25), seconds=10.24, flash_every=1.28, audio=codec)
    return media.write(folder / f"{codec}.ts", clip)


def test_silence_is_sent_beside_the_held_picture(
    nginx: Nginx, tmp_path: Path, start_agent: AgentFactory
) -> None:
    sources = {"aac": nginx.url("away-source"), "mp2": f"udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}"}
    clips = {codec: written(tmp_path, codec) for codec in CODECS}
    agent = start_agent(output=nginx.url("away-{session_id}"))

    def cameras(stack: ExitStack) -> None:
        for codec in CODECS:
            container, log = "flv" if codec == "aac" else "mpegts", tmp_path / f"{codec}.log"
            stack.enter_context(camera(clips[codec], sources[codec], container, log))

    with ExitStack() as stack:
        cameras(stack)
        jobs = {codec: agent.start_ingest(sources[codec], codec) for codec in CODECS}
        publishers = {codec: nginx.wait_published(f"away-{codec}") for codec in CODECS}
        viewers = {codec: Viewer(nginx.url(f"away-{codec}")) for codec in CODECS}
        for viewer in viewers.values():
            viewer.wait(judge.enough_sync(1))
    for job_id in jobs.values():
        status = agent.wait_status(
            job_id, "attempts", lambda now: bool(now["source"]) and now["source"]["attempts"] >= 2
        )
        assert status["source"]["state"] == "reconnecting"
        assert status["source"]["reason"] == status["last_error"]
    before = {codec: len(viewers[codec].recording.av_offsets()) for codec in CODECS}
    with ExitStack() as stack:
        cameras(stack)
        for codec in CODECS:
            viewers[codec].wait(judge.enough_sync(before[codec] + 2))
        for codec in CODECS:
            status = agent.status(jobs[codec])
            assert (status["restart_count"], status["publish"]["reconnects"]) == (0, 0)
            assert status["source"]["attempts"] == 0
            assert nginx.clients(f"away-{codec}").publishers == (publishers[codec],)
        recordings = [viewers[codec].close() for codec in CODECS]
    agent.stop_all()
    for seen in recordings:
        assert seen.errors == []
        assert all(later > earlier for earlier, later in pairwise(seen.pts))
        judge.assert_sound_unbroken(seen)
        judge.assert_in_sync(seen, least=3)
