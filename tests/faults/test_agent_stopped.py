"""The agent is told to end, in the middle of everything."""

import signal
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from ..e2e import judge
from ..e2e.agent import Agent
from ..e2e.conftest import AgentFactory
from ..e2e.processes import command_lines, wait_for
from ..e2e.servers import Nginx, rtmp_camera, silent_listener
from ..media.watch import decode
from .figures import Figures
from .program import now
from .watchers import audience

PATIENCE = 40.0
"""Far beyond the aim: an agent that is late is a figure, one that never ends a failure."""


@dataclass(frozen=True)
class Scene:
    """Three jobs of one agent, each with a target of its own kind."""

    agent: Agent
    jobs: tuple[str, ...]
    recording: Path


@pytest.fixture
def source(nginx: Nginx, loop_mp4: Path, tmp_path: Path) -> Iterator[str]:
    with rtmp_camera(nginx, loop_mp4, f"{tmp_path.name}-source", tmp_path / "camera.log") as url:
        yield url


def set_up(start_agent: AgentFactory, source: str, target: str, folder: Path) -> Scene:
    """The target is a setting of the agent: hence one agent after the other, which adopts the jobs before."""
    recording = folder / "match.mp4"
    agent = start_agent({"RUNNER_DETECTOR": "motion"}, output=target)
    jobs = [agent.start_ingest(source, "air")]
    for output in (str(recording), ""):
        agent.wait_streaming(jobs[-1])
        agent.kill()
        agent.change({"RUNNER_INGEST_OUTPUT_URI": output})
        agent.start()
        jobs.append(agent.start_ingest(source))
    for job_id in jobs:
        agent.wait_streaming(job_id)
    agent.wait_status(jobs[0], "a detector", lambda status: status["detector_state"] == "running", 60)
    return Scene(agent, tuple(jobs), recording)


@contextmanager
def requests_under_way(agent: Agent) -> Iterator[None]:
    """A probe that nobody answers, and starts of jobs without end: each answered, or broken off."""
    with silent_listener() as port, ThreadPoolExecutor(2) as pool:
        deaf = f"rtmp://127.0.0.1:{port}/live/x"

        def ask(path: str, body: dict[str, object], times: int) -> None:
            for _ in range(times):
                try:
                    code = agent.client.post(path, json=body, timeout=30).status_code
                except httpx2.HTTPError:
                    return
                assert code in {200, 409, 502, 503, 504}, code

        probe = pool.submit(ask, "/runner/probe", {"source_uri_ref": deaf, "timeout_ms": 20000}, 1)
        start: dict[str, object] = {"session_id": "late", "source_uri_ref": deaf, "profile": "fluid"}
        starts = pool.submit(ask, "/runner/ingest/start", start, 200)
        wait_for("a probe under way", lambda: any("probe" in line for line in command_lines(agent.family())))
        yield
        probe.result(PATIENCE)
        starts.result(PATIENCE)


def end(agent: Agent, numbers: Sequence[signal.Signals], figures: Figures) -> None:
    """Signals, a moment apart; all that the row is about is asserted."""
    told = now()
    for number in numbers[:-1]:
        agent.send(number)
        time.sleep(0.2)  # two signals at once are one
    agent.send(numbers[-1])
    code = agent.wait_end(PATIENCE)
    seconds = now() - told
    left = command_lines(agent.family())
    figures.add("exit", seconds)
    figures.add("exit code", abs(code))
    figures.add("processes left", len(left))
    assert (code, left) == (0, [])
    assert "Traceback" not in agent.everything_written()


def boxes(path: Path) -> list[str]:
    """The names of an MP4 file's outermost boxes."""
    data, at, names = path.read_bytes(), 0, []
    while at < len(data):
        size, name = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8].decode()
        names.append(name)
        at += int.from_bytes(data[at + 8 : at + 16]) if size == 1 else size
    return names


@pytest.mark.fault(11)
@pytest.mark.parametrize(
    "numbers",
    [
        [signal.SIGTERM],
        pytest.param([signal.SIGINT], marks=pytest.mark.long),
        pytest.param([signal.SIGTERM, signal.SIGTERM], marks=pytest.mark.long),
        pytest.param([signal.SIGINT, signal.SIGINT], marks=pytest.mark.long),
    ],
    ids=lambda numbers: "-".join(number.name for number in numbers),
)
def test_in_the_middle_of_everything(
    numbers: list[signal.Signals],
    nginx: Nginx,
    source: str,
    tmp_path: Path,
    start_agent: AgentFactory,
    figures: Figures,
) -> None:
    scene = set_up(start_agent, source, nginx.url(f"{tmp_path.name}-air"), tmp_path)
    agent = scene.agent
    previews = [agent.start_preview(source, scale="1280:-1", fps=fps, quality=2)[1] for fps in (10, 12)]
    with audience(previews, good=6, slow=2, stalled=2) as viewers, requests_under_way(agent):
        end(agent, numbers, figures)
        for viewer in viewers:
            viewer.wait_end()
    assert boxes(scene.recording)[-1] == "moov", "an .mp4 that was not finished"
    assert "moof" not in boxes(scene.recording), "an .mp4 that was not finished"
    judge.assert_unbroken(decode(scene.recording))
    wait_for("the publisher to leave", lambda: not nginx.clients(f"{tmp_path.name}-air").publishers)


@pytest.mark.fault(11)
@pytest.mark.parametrize("wedge", ["server", pytest.param("job", marks=pytest.mark.long)])
def test_with_something_that_does_not_react(
    wedge: str,
    own_nginx: Nginx,
    source: str,
    start_agent: AgentFactory,
    figures: Figures,
) -> None:
    """A publishing server that takes nothing any more; a job's process that does nothing any more."""
    agent = start_agent(output=own_nginx.url("program-{session_id}"))
    jobs = [agent.start_ingest(source, f"match{number}") for number in range(2)]
    for job_id in jobs:
        agent.wait_streaming(job_id)
    for number in range(2):
        own_nginx.wait_published(f"program-match{number}")
    process = agent.job_processes()[0]
    if wedge == "server":
        own_nginx.freeze()
        # One more, for which the server is wedged from its first word on.
        agent.wait_streaming(agent.start_ingest(source, "match2"))
    else:
        process.suspend()
    end(agent, [signal.SIGTERM], figures)
    own_nginx.thaw()


@pytest.mark.fault(11)
@pytest.mark.parametrize(
    "delay", [0.8, *(pytest.param(seconds, marks=pytest.mark.long) for seconds in (0.2, 0.4, 0.6, 1.0, 1.5))]
)
def test_while_it_starts(delay: float, source: str, start_agent: AgentFactory, figures: Figures) -> None:
    """It takes jobs over meanwhile: either it has, and then stops them, or it has touched none."""
    agent = start_agent()
    job_id = agent.start_ingest(source)
    agent.wait_streaming(job_id)
    (process,) = agent.job_processes()
    agent.kill()
    agent.spawn()
    time.sleep(delay)  # the moment within the start, which this test is about
    told = now()
    agent.send(signal.SIGTERM)
    code = agent.wait_end(PATIENCE)
    figures.add("exit", now() - told)
    if code == -signal.SIGTERM:
        # There was no agent yet to hear it. The spare process of the killed one may still be leaving.
        wait_for("nobody but the job", lambda: process.pid in (left := pids(agent)) and len(left) <= 2)
    else:
        figures.add("exit code", code)
        figures.add("processes left", len(agent.family()))
        assert (code, command_lines(agent.family())) == (0, [])
        assert "stopped" in (agent.state_dir / "jobs" / job_id / "outcome.json").read_text()
    agent.start()
    assert agent.status(job_id)["state"] == ("running" if code else "stopped")
    agent.stop_ingest(job_id)


def pids(agent: Agent) -> list[int]:
    return [process.pid for process in agent.family()]


@pytest.mark.fault(11)
def test_an_agent_that_cannot_serve_leaves_the_jobs_alone(
    nginx: Nginx, source: str, tmp_path: Path, start_agent: AgentFactory
) -> None:
    """Its port is taken by somebody else: it ends at once, and the picture stays on air."""
    name = f"{tmp_path.name}-air"
    agent = start_agent(output=nginx.url(name))
    job_id = agent.start_ingest(source)
    agent.wait_streaming(job_id)
    publisher = nginx.wait_published(name)
    agent.kill()
    with socket.create_server(("127.0.0.1", agent.port)):
        agent.spawn()
        assert agent.wait_end() == 3
    agent.start()
    status = agent.wait_streaming(job_id)
    assert (status["state"], status["restart_count"]) == ("running", 0)
    assert nginx.clients(name).publishers == (publisher,)
    agent.stop_ingest(job_id)
