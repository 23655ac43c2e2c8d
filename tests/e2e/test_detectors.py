"""Detectors that the agent runs itself, in its real workers: what becomes of them when a part dies."""

import os
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

from ..core.distributions import Site
from ..media import clip as media
from .agent import Agent
from .conftest import AgentFactory
from .processes import command_lines, wait_for

EYES = """
    import os

    from virtualptz import hookimpl
    from virtualptz.model import Extension, FrameRequest, Frozen, TrackingUpdate


    class Options(Frozen):
        model: str = "there"
        name: str = "eyes"


    class Eyes:
        def __init__(self, options):
            self.name = options.name

        def wants(self, media):
            return FrameRequest(fps=10, width=160)

        def updates(self, frames):
            for frame in frames:
                yield TrackingUpdate(
                    tracking_confidence=0.9,
                    tracking_state="stable",
                    source=self.name,
                    target_x=0.7,
                    target_y=0.5,
                    target_zoom=2.0,
                    frame_pts=frame.pts,
                )

        def close(self):
            pass


    def missing(options):
        return None if options.model != "none" else "no model: put one there"


    @hookimpl
    def vptz_tracking_sources():
        return [Extension("eyes", Options, Eyes, missing), Extension("blind", Options, Eyes, missing, 40)]
"""
HANG_SECONDS = 3


@pytest.fixture(scope="module")
def long_mp4(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Longer than any test here: a file is played at its own speed."""
    clip = media.Clip(width=320, height=180, seconds=180.0, audio="", flash_every=0)
    return str(media.write(tmp_path_factory.mktemp("long") / "long.mp4", clip))


@pytest.fixture
def eyes(tmp_path: Path) -> dict[str, str]:
    """Settings of an agent with a detector, `eyes`, and one that lacks something, `blind`."""
    Site(tmp_path / "site").install("vptz-eyes", EYES)
    return {
        "PYTHONPATH": str(tmp_path / "site"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "RUNNER_PLUGIN_BLIND_MODEL": "none",
        "RUNNER_DETECTOR_HANG_SECONDS": str(HANG_SECONDS),
    }


def workers(agent: Agent) -> list[psutil.Process]:
    lines = ((process, command_lines([process])) for process in agent.family())
    return [process for process, line in lines if line and " worker --runner-base-url " in line[0]]


def detector(agent: Agent, job_id: str) -> tuple[str, str]:
    status = agent.status(job_id)
    return status["detector"], status["detector_state"]


def tracking(agent: Agent, job_id: str) -> dict[str, Any]:
    return agent.post("/runner/tracking/status", {"job_id": job_id})


def wait_running(agent: Agent, job_id: str, name: str = "eyes") -> None:
    agent.wait_status(
        job_id,
        "a detector that runs",
        lambda status: (status["detector"], status["detector_state"]) == (name, "running"),
        60,
    )


def wait_new_update(agent: Agent, job_id: str) -> dict[str, Any]:
    """The first update that comes from now on."""
    before = tracking(agent, job_id)["updated_at"]

    def newest() -> dict[str, Any] | None:
        now = tracking(agent, job_id)
        return now if now["source"] == "eyes" and now["updated_at"] > before else None

    return wait_for("a new update", newest, 60)


def test_an_ingest_is_tracked_by_the_detector_of_the_settings(
    long_mp4: str, eyes: dict[str, str], start_agent: AgentFactory
) -> None:
    agent = start_agent(eyes | {"RUNNER_DETECTOR": "eyes"})
    assert workers(agent) == [], "none without a job"
    first, second = agent.start_ingest(long_mp4, "first"), agent.start_ingest(long_mp4, "second")
    for job_id in (first, second):
        wait_running(agent, job_id)
        assert wait_new_update(agent, job_id)["frame_pts"] > 0
        agent.wait_status(job_id, "a camera that follows", lambda now: (now["view"] or {})["center_x"] > 0.6)
    (worker,) = workers(agent)
    assert os.getpgid(worker.pid) == worker.pid
    assert " ".join(worker.cmdline()).count("e2e-key") == 0
    metrics = agent.client.get("/metrics").text
    assert 'vptz_detector_up{detector="eyes"} 1.0' in metrics
    assert f'vptz_tracker_latency_seconds{{job_id="{first}"}}' in metrics
    agent.stop_ingest(first)
    wait_new_update(agent, second)
    assert [process.pid for process in workers(agent)] == [worker.pid]
    agent.stop_ingest(second)
    wait_for("the worker's end", lambda: not workers(agent))
    assert detector(agent, second) == ("eyes", "off")


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP], ids=["dies", "hangs"])
def test_a_worker_that_dies_or_hangs_is_replaced_and_the_job_goes_on(
    long_mp4: str, eyes: dict[str, str], start_agent: AgentFactory, blow: signal.Signals
) -> None:
    agent = start_agent(eyes | {"RUNNER_DETECTOR": "auto"})
    job_id = agent.start_ingest(long_mp4)
    wait_running(agent, job_id)
    (worker,) = workers(agent)
    worker.send_signal(blow)
    wait_for("the worker's end", lambda: not worker.is_running(), 60)
    wait_new_update(agent, job_id)
    wait_running(agent, job_id)
    (other,) = workers(agent)
    assert other.pid != worker.pid
    assert agent.status(job_id)["restart_count"] == 0
    reason = "died" if blow is signal.SIGKILL else "hung"
    series = f'vptz_detector_restarts_total{{detector="eyes",reason="{reason}"}} 1.0'
    assert series in agent.client.get("/metrics").text


def test_workers_die_with_their_agent_and_the_next_one_starts_its_own(
    long_mp4: str, eyes: dict[str, str], start_agent: AgentFactory
) -> None:
    agent = start_agent(eyes)
    job_id = agent.start_ingest(long_mp4)
    agent.post("/runner/tracking/start", {"job_id": job_id, "detector": "eyes"})
    wait_running(agent, job_id)
    (worker,) = workers(agent)
    (process,) = agent.job_processes()
    agent.kill()
    wait_for("the worker's end", lambda: not worker.is_running())
    agent.start()
    agent.wait_streaming(job_id)
    wait_running(agent, job_id)
    wait_new_update(agent, job_id)
    assert [found.pid for found in agent.job_processes()] == [process.pid]
    assert len(workers(agent)) == 1


def test_jobs_kept_over_an_upgrade_get_a_new_worker(
    long_mp4: str, eyes: dict[str, str], start_agent: AgentFactory
) -> None:
    agent = start_agent(eyes | {"RUNNER_DETECTOR": "eyes", "RUNNER_KEEP_JOBS_ON_SHUTDOWN": "1"})
    job_id = agent.start_ingest(long_mp4)
    wait_running(agent, job_id)
    assert agent.terminate() == 0
    assert workers(agent) == []
    agent.start()
    wait_running(agent, job_id)
    agent.stop_ingest(job_id)


def test_detectors_over_rest(long_mp4: str, eyes: dict[str, str], start_agent: AgentFactory) -> None:
    agent = start_agent(eyes)
    job_id = agent.start_ingest(long_mp4)
    agent.wait_streaming(job_id)
    assert detector(agent, job_id) == ("none", "off")
    asked = {"job_id": job_id, "detector": "eyes"}
    answer = agent.post("/runner/tracking/start", asked)
    assert (answer["detector"], answer["detector_state"]) == ("eyes", "starting")
    wait_running(agent, job_id)
    answer = agent.post("/runner/tracking/stop", {"job_id": job_id})
    assert (answer["detector"], answer["detector_state"]) == ("none", "off")
    wait_for("the worker's end", lambda: not workers(agent))
    last = tracking(agent, job_id)
    assert (last["available"], last["source"]) == (True, "eyes"), "the last update stays"
    agent.wait_status(job_id, "the wide view", lambda now: (now["view"] or {})["zoom"] < 1.05, 60)
    agent.post("/runner/tracking/start", asked)
    wait_running(agent, job_id)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nosuch", "there is no tracking source 'nosuch'; there are: blind (no model: put one there), "),
        ("blind", "blind cannot work here: no model: put one there"),
    ],
)
def test_a_detector_that_cannot_run_is_refused(
    long_mp4: str, eyes: dict[str, str], start_agent: AgentFactory, name: str, reason: str
) -> None:
    agent = start_agent(eyes)
    job_id = agent.start_ingest(long_mp4)
    answer = agent.client.post("/runner/tracking/start", json={"job_id": job_id, "detector": name})
    assert answer.status_code == 422
    assert reason in answer.json()["detail"]
    body = {"session_id": "s", "source_uri_ref": long_mp4, "profile": "fluid", "detector": name}
    assert agent.client.post("/runner/ingest/start", json=body).status_code == 422
    listed = agent.client.get("/runner/plugins").json()["plugins"]
    assert [plugin["missing"] for plugin in listed if plugin["name"] == "vptz-eyes"] == [
        {"blind": "no model: put one there"}
    ]
    assert workers(agent) == []
    with pytest.raises(AssertionError, match=r"RUNNER_DETECTOR: .*" + name):
        start_agent(eyes | {"RUNNER_DETECTOR": name})


def test_a_detector_that_lost_what_it_needs_says_so_and_is_tried_again(
    long_mp4: str, eyes: dict[str, str], start_agent: AgentFactory, tmp_path: Path
) -> None:
    agent = start_agent(eyes | {"RUNNER_DETECTOR": "eyes"})
    code = tmp_path / "site" / "vptz_eyes.py"
    whole = code.read_text()
    code.write_text(whole.replace('if options.model != "none"', "if False"))
    job_id = agent.start_ingest(long_mp4)
    status = agent.wait_status(job_id, "a failure", lambda now: now["detector_state"] == "failed", 60)
    assert "eyes cannot work here: no model: put one there" in status["detector_problem"]
    assert status["state"] == "running", "the camera goes on"
    code.write_text(whole)
    agent.post("/runner/tracking/start", {"job_id": job_id})
    wait_running(agent, job_id)
    assert agent.status(job_id)["detector_problem"] is None
