"""The program leaves a while after the camera: how long, and what viewers see and hear of it."""

import signal
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from ..media.watch import Recording, Viewer
from . import judge
from .agent import Agent
from .conftest import LOOP, AgentFactory
from .previews import PreviewViewer
from .processes import Peer, wait_for
from .servers import Nginx, camera

FPS = float(LOOP.fps)


@contextmanager
def on_air(nginx: Nginx, clip: Path, name: str, folder: Path) -> Iterator[Peer]:
    """A camera whose stream `name` can be had from the server."""
    with camera(clip, nginx.url(name), "flv", folder / "camera.log") as pusher:
        nginx.wait_published(name)
        yield pusher


def ahead(agent: Agent, job_id: str) -> float:
    """Seconds of stream time between the newest picture from the camera and the newest one published."""
    status = agent.status(job_id)
    return float((status["pts"] or 0.0) - (status["pts_out"] or 0.0))


def usual(agent: Agent, job_id: str) -> float:
    """The same, at most moments: a heartbeat may fall into any of them."""
    seen: list[float] = []
    while len(seen) < 9:
        seen.append(ahead(agent, job_id))
        time.sleep(0.25)
    return statistics.median(seen)


def test_program_is_a_second_behind_its_detectors_and_in_step(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    agent = start_agent(output=nginx.url("ahead"))
    with on_air(nginx, loop_mp4, "ahead-source", tmp_path):
        job_id = agent.start_ingest(nginx.url("ahead-source"))
        nginx.wait_published("ahead")
        viewer = Viewer(nginx.url("ahead"))
        key = {"Authorization": agent.client.headers["authorization"]}
        detector = PreviewViewer(f"{agent.base_url}/runner/job/frames/{job_id}?fps=25&width=640", key)
        program = PreviewViewer(f"{agent.base_url}/runner/preview/stream/{job_id}", key)
        viewer.wait(judge.enough_sync(4))
        behind = delays(detector, program)
        status = agent.status(job_id)
        for each in (viewer, detector, program):
            each.close()
        agent.stop_ingest(job_id)
    assert 0.8 <= statistics.median(behind) <= 1.6, behind
    assert status["lookahead_seconds"] == 1.0
    assert (status["frames_held"], status["camera_problem"]) == (0, None)
    judge.assert_steady(viewer.recording)
    judge.assert_in_sync(viewer.recording, least=4)


def delays(detector: PreviewViewer, program: PreviewViewer) -> list[float]:
    """By how many seconds of the clip the program's viewer is behind the detector, at several moments."""
    found: list[float] = []
    while len(found) < 9:
        program.wait_parts(3)
        early, late = detector.parts[-1].count, program.parts[-1].count
        if early is not None and late is not None:
            found.append((early - late) % LOOP.frames / FPS)
    return found


def test_viewers_do_not_notice_a_camera_that_freezes_for_less(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    agent = start_agent({"RUNNER_LOOKAHEAD_SECONDS": "2.5"}, output=nginx.url("unmoved"))
    with on_air(nginx, loop_mp4, "unmoved-source", tmp_path) as pusher:
        job_id = agent.start_ingest(nginx.url("unmoved-source"))
        nginx.wait_published("unmoved")
        viewer = Viewer(nginx.url("unmoved"))
        viewer.wait_frames(25)
        for _ in range(2):
            pusher.signal(signal.SIGSTOP)
            time.sleep(1.0)
            pusher.signal(signal.SIGCONT)
            viewer.wait_frames(50)
        viewer.wait(judge.enough_sync(3))
        viewer.close()
        status = agent.status(job_id)
        agent.stop_ingest(job_id)
    assert (status["frames_held"], status["frames_dropped"], status["source_restarts"]) == (0, 0, 0)
    judge.assert_steady(viewer.recording)
    judge.assert_in_sync(viewer.recording)
    assert longest(viewer.recording) < 3.5 / FPS


def longest(seen: Recording) -> float:
    """The longest that one picture stood, seconds."""
    return max(later - earlier for earlier, later in pairwise(seen.pts))


def test_without_lookahead_nothing_is_held_back(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    agent = start_agent({"RUNNER_LOOKAHEAD_SECONDS": "0"}, output=nginx.url("at-once"))
    with on_air(nginx, loop_mp4, "at-once-source", tmp_path):
        job_id = agent.start_ingest(nginx.url("at-once-source"))
        nginx.wait_published("at-once")
        viewer = Viewer(nginx.url("at-once"))
        viewer.wait(judge.enough_sync(2))
        behind = usual(agent, job_id)
        status = agent.status(job_id)
        viewer.close()
        agent.stop_ingest(job_id)
    assert behind < 0.3
    assert status["lookahead_seconds"] == 0
    judge.assert_steady(viewer.recording)
    judge.assert_in_sync(viewer.recording, least=2)


def test_lookahead_changes_on_air(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    agent = start_agent({"RUNNER_LOOKAHEAD_SECONDS": "0.5"}, output=nginx.url("changed"))
    with on_air(nginx, loop_mp4, "changed-source", tmp_path):
        job_id = agent.start_ingest(nginx.url("changed-source"))
        publisher = nginx.wait_published("changed")
        viewer = Viewer(nginx.url("changed"))
        viewer.wait(judge.enough_sync(2))
        for seconds in (2.5, 0.5):
            agent.post("/runner/ptz/mode", {"job_id": job_id, "lookahead_seconds": seconds})
            wait_for(f"{seconds} s", lambda seconds=seconds: abs(ahead(agent, job_id) - seconds) < 0.3)  # type: ignore[misc]
            viewer.wait_frames(25)
            flashes = len(viewer.recording.av_offsets())
            viewer.wait(judge.enough_sync(flashes + 2))
        status = agent.status(job_id)
        viewer.close()
        agent.stop_ingest(job_id)
    assert nginx.clients("changed").publishers in {(publisher,), ()}
    assert (status["restart_count"], status["publisher_restarts"]) == (0, 0)
    assert status["frames_held"] > 0
    assert status["frames_dropped"] > 0
    judge.assert_unbroken(viewer.recording)
    judge.assert_in_sync(viewer.recording, least=4)
    assert longest(viewer.recording) < 1.0, "the program had a hole"
    cut = max(judge.steps(viewer.recording.counts))
    assert cut / FPS == pytest.approx(2.0, abs=0.6)


def test_a_full_buffer_does_not_keep_a_job_from_stopping(loop_mp4: Path, agent: Agent) -> None:
    job_id = agent.start_ingest(str(loop_mp4), "5004")
    agent.post("/runner/ptz/mode", {"job_id": job_id, "lookahead_seconds": 5})
    wait_for("a full buffer", lambda: ahead(agent, job_id) > 4.5)
    agent.stop_ingest(job_id)
    status = agent.status(job_id)
    assert (status["state"], status["restart_count"], status["last_error"]) == ("stopped", 0, None)
    assert status["pts"] - status["pts_out"] > 3, "what was held has been played out first"


def test_what_memory_does_not_hold_is_not_promised(loop_mp4: Path, start_agent: AgentFactory) -> None:
    agent = start_agent({"RUNNER_LOOKAHEAD_SECONDS": "5", "RUNNER_LOOKAHEAD_MEMORY_MB": "10"})
    job_id = agent.start_ingest(str(loop_mp4))
    status = agent.wait_status(job_id, "the look-ahead", lambda now: (now["lookahead_seconds"] or 5) < 5)
    assert 0.5 < status["lookahead_seconds"] < 1.0
    assert "instead of the 5 s asked for" in status["camera_problem"]
    told = agent.post("/runner/ptz/status", {"job_id": job_id})
    assert told["lookahead_asked_seconds"] == 5.0
    assert told["lookahead_seconds"] == status["lookahead_seconds"]
    wait_for("a full buffer", lambda: ahead(agent, job_id) > status["lookahead_seconds"] - 0.2)
    agent.stop_ingest(job_id)
