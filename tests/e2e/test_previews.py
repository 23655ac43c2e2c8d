"""Previews: many viewers, one decode."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from ..media import clip as media
from ..media import counter, motion
from ..ports import free_port
from . import judge
from .agent import Agent
from .conftest import LOOP
from .previews import Part, PreviewViewer, parts
from .servers import Nginx, rtmp_camera

VIEWERS = 10


def counts(parts: list[Part]) -> list[int]:
    read = [part.count for part in parts]
    assert all(count is not None for count in read), "a picture without its counter"
    return counter.unwrap([count for count in read if count is not None])


def assert_runs_on(taken: list[Part]) -> None:
    """Never an older picture after a newer one, and the picture moves."""
    seen = counts(taken)
    assert min(judge.steps(seen)) >= 0
    assert seen[-1] > seen[0]


def test_ten_viewers_of_one_preview(nginx: Nginx, loop_mp4: Path, tmp_path: Path, agent: Agent) -> None:
    with rtmp_camera(nginx, loop_mp4, "ten", tmp_path / "camera.log") as source:
        job_id, url = agent.start_preview(source, fps=10, scale="320:-1")
        viewers = [PreviewViewer(url) for _ in range(VIEWERS)]
        seen = [viewer.wait_parts(20, first=True) for viewer in viewers]
        assert len(agent.job_processes()) == 1
        assert len(nginx.clients("ten").players) == 1
        health = agent.client.get("/health").json()
        agent.post("/runner/preview/stop", {"job_id": job_id})
        for viewer in viewers:
            viewer.wait_end()
            viewer.close()
    assert (health["preview_jobs"], health["ingest_jobs"]) == (1, 0)
    for taken in seen:
        assert_runs_on(taken)
        assert taken[0].bgr().shape[:2] == (180, 320)
        assert taken[0].headers["content-type"] == "image/jpeg"
    shared = set.intersection(*({part.jpeg for part in taken} for taken in seen))
    assert len(shared) >= 5, "viewers at the same time did not get the same encoded pictures"


def test_ten_previews_of_an_ingest_share_its_decode(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, agent: Agent
) -> None:
    with rtmp_camera(nginx, loop_mp4, "shared", tmp_path / "camera.log") as source:
        ingest = agent.start_ingest(source, str(free_port(socket.SOCK_DGRAM)))
        agent.wait_streaming(ingest)
        started = [agent.start_preview(source, fps=5, scale="320:-1") for _ in range(VIEWERS)]
        assert len({job_id for job_id, _ in started}) == VIEWERS
        viewers = [PreviewViewer(url) for _, url in started]
        for viewer in viewers:
            assert_runs_on(viewer.wait_parts(5, first=True))
        assert len(agent.job_processes()) == 1
        assert len(nginx.clients("shared").players) == 1
        for job_id, _ in started[1:]:
            agent.post("/runner/preview/stop", {"job_id": job_id})
        agent.stop_ingest(ingest)
        # The one that is left opens the source itself, under the same job, for the same viewer.
        assert counts(viewers[0].wait_parts(10))
        assert agent.status(started[0][0])["state"] == "running"
        for viewer in viewers:
            viewer.close()


def test_preview_ptz_moves_the_running_preview(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, agent: Agent
) -> None:
    with rtmp_camera(nginx, loop_mp4, "aimed", tmp_path / "camera.log") as source:
        start = {"center_x": 0.4, "center_y": 0.5, "zoom": 2.0}
        job_id, url = agent.start_preview(source, fps=20, scale="320:-1", ptz=start)
        viewer = PreviewViewer(url)
        viewer.wait_parts(3)
        (process,) = agent.job_processes()
        assert_shows(viewer, motion.Placement(0.4, 0.5, 2.0))
        body = {"job_id": job_id, "center_x": 0.6, "center_y": 0.45, "zoom": 1.6}
        answer = agent.post("/runner/preview/ptz/update", body)
        assert answer["ptz"] == {"center_x": 0.6, "center_y": 0.45, "zoom": 1.6}
        assert (answer["state"], answer["applied"]) == ("running", True)
        viewer.wait_parts(5)
        assert_shows(viewer, motion.Placement(0.6, 0.45, 1.6))
        assert [other.pid for other in agent.job_processes()] == [process.pid]
        assert agent.status(job_id)["restart_count"] == 0
        viewer.close()


def assert_shows(viewer: PreviewViewer, target: motion.Placement) -> None:
    dark = next(luma for luma in (part.luma() for part in viewer.wait_parts(6)) if luma.mean() < 200)
    found = motion.place(dark, media.luma(LOOP), target)
    assert found.center_x == pytest.approx(target.center_x, abs=0.005)
    assert found.center_y == pytest.approx(target.center_y, abs=0.005)
    assert found.zoom == pytest.approx(target.zoom, abs=0.02)


def test_file_preview_starts_where_it_was_asked(loop_mp4: Path, agent: Agent) -> None:
    _, url = agent.start_preview(str(loop_mp4), start_seconds=4.5, fps=25)
    viewer = PreviewViewer(url)
    taken = viewer.wait_parts(10)
    viewer.close()
    assert_runs_on(taken)
    seen = counts(taken)
    first = 4.5 * float(LOOP.fps)
    assert first - 1 <= seen[0] <= first + 100


def test_preview_url_is_signed(loop_mp4: Path, agent: Agent) -> None:
    job_id, url = agent.start_preview(str(loop_mp4))
    bare = f"{agent.base_url}/runner/preview/stream/{job_id}"
    assert url.startswith(bare)
    assert httpx2.get(bare).status_code == 401
    assert httpx2.get(url[:-3] + "abc").status_code in {401, 403}
    assert httpx2.get(f"{bare}x", headers=dict(agent.client.headers)).status_code == 404
    viewer = PreviewViewer(bare, headers=dict(agent.client.headers))
    viewer.wait_parts(1)
    viewer.close()


def test_slow_viewer_gets_the_newest_picture_not_a_queue(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, agent: Agent
) -> None:
    with rtmp_camera(nginx, loop_mp4, "slow", tmp_path / "camera.log") as source:
        _, url = agent.start_preview(source, fps=25, scale="640:-1", q_v=2)
        with lazy_reader(url) as chunks:
            stream = parts(chunks, "frame")
            first = next(stream)
            brisk = PreviewViewer(url)
            latest = counts([first, *brisk.wait_parts(45)])[-1]
            brisk.close()
            late = [first]
            while counts(late)[-1] < latest:
                late.append(next(stream))
    assert max(judge.steps(counts(late))) > 20, "what it could not take was kept for it"


@contextmanager
def lazy_reader(url: str) -> Iterator[Iterator[bytes]]:
    """The body of an answer over a connection that buffers little."""
    address = urlsplit(url)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        connection.settimeout(30)
        connection.connect((address.hostname, address.port))
        connection.sendall(f"GET {address.path}?{address.query} HTTP/1.0\r\nHost: agent\r\n\r\n".encode())
        stream = connection.makefile("rb", buffering=0)
        while stream.readline().strip():
            pass
        yield iter(lambda: stream.read(16384), b"")
