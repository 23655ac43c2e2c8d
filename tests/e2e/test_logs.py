import json
import sys
from pathlib import Path

import httpx2
import pytest

from ..core.distributions import Site
from ..ports import free_port
from .agent import Agent
from .processes import Peer, wait_for

HALF_BLIND = """
    from virtualptz import hookimpl
    from virtualptz.model import Extension, FrameRequest, Frozen, TrackingUpdate


    class Options(Frozen):
        pass


    class HalfBlind:
        def __init__(self, options):
            pass

        def wants(self, media):
            return FrameRequest(fps=10, width=160)

        def updates(self, frames):
            yield TrackingUpdate.model_construct(tracking_confidence=7.0)
            for frame in frames:
                yield TrackingUpdate(tracking_confidence=0.9, frame_pts=frame.pts)

        def close(self):
            pass


    @hookimpl
    def vptz_tracking_sources():
        return [Extension("half_blind", Options, HalfBlind)]
"""
PUSHES = "virtualptz.tracking.worker.worker.pushes"
SUPERVISION = "virtualptz.jobs.supervision"
SERVERS = {
    "serve": ["-m", "virtualptz", "serve"],
    "uvicorn": ["-m", "uvicorn", "virtualptz.main:app"],
}


@pytest.mark.parametrize("server", SERVERS)
def test_every_line_of_an_agent_for_a_journal_is_an_object(server: str, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "agent.log"
    env = {
        "RUNNER_STATE_DIR": str(tmp_path / "state"),
        "RUNNER_SPARE_PROCESS": "false",
        "JOURNAL_STREAM": "8:1",
    }
    peer = Peer([sys.executable, *SERVERS[server], "--port", str(port)], log, env=env)
    try:
        peer.wait_port(port, 60)
        answer = httpx2.get(f"http://127.0.0.1:{port}/runner/plugins", headers={"X-Request-Id": "match-7"})
        assert answer.headers["X-Request-Id"] == "match-7"
    finally:
        peer.stop()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    (asked,) = [line for line in lines if line["logger"] == "uvicorn.access" and "plugins" in line["message"]]
    assert asked["request_id"] == "match-7"
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)


def test_a_job_writes_as_its_agent_does(tmp_path: Path) -> None:
    agent = Agent(tmp_path, {"RUNNER_LOG_FORMAT": "json"})
    try:
        agent.start()
        job_id = agent.start_ingest(f"rtmp://127.0.0.1:{free_port()}/live/a-secret-key", "final")
        log = agent.state_dir / "jobs" / job_id / "job.log"
        wait_for("a line about the source", lambda: log.exists() and log.read_text().count("\n") > 0)
        line = json.loads(log.read_text().splitlines()[0])
        assert line["job_id"] == job_id
        assert "a-secret-key" not in log.read_text()
    finally:
        agent.close()


@pytest.fixture
def half_blind(tmp_path: Path) -> dict[str, str]:
    """Settings of an agent with a detector whose first update cannot be."""
    Site(tmp_path / "site").install("vptz-half-blind", HALF_BLIND)
    return {"PYTHONPATH": str(tmp_path / "site"), "RUNNER_DETECTOR": "half_blind"}


def test_every_line_about_a_job_names_it(tmp_path: Path, loop_mp4: Path, half_blind: dict[str, str]) -> None:
    """Of the agent, of the next one, of the job's processes and of its detector's, for its whole life."""
    agent = Agent(tmp_path, {"RUNNER_LOG_FORMAT": "json", "RUNNER_LOG_LEVEL": "debug", **half_blind})
    try:
        agent.start()
        job_id = agent.start_ingest(str(loop_mp4), "final")
        agent.wait_streaming(job_id)
        detected = agent.state_dir / "detectors" / "half_blind.log"
        wait_for("its detector's trouble", lambda: "cannot be so far" in detected.read_text(), 60)
        (process,) = agent.job_processes()
        process.kill()
        agent.wait_status(job_id, "another process", lambda status: status["restart_count"] == 1)
        agent.wait_streaming(job_id)
        agent.kill()
        agent.start()
        agent.wait_streaming(job_id)
        assert agent.client.get(f"/runner/job/snapshot/{job_id}").status_code == 200
        agent.stop_ingest(job_id)
    finally:
        agent.close()
    lines = [json.loads(line) for line in agent.everything_written().splitlines() if line]
    about = [line for line in lines if job_id in line["message"] + line.get("exception", "")]
    assert [line for line in about if line.get("job_id") != job_id] == []
    loggers = {line["logger"] for line in about}
    assert {"uvicorn.access", f"{SUPERVISION}.supervisor", f"{SUPERVISION}.roster", PUSHES} <= loggers


def test_a_log_for_people_has_time_and_job_too(
    tmp_path: Path, loop_mp4: Path, half_blind: dict[str, str]
) -> None:
    agent = Agent(tmp_path, half_blind)
    try:
        agent.start()
        job_id = agent.start_ingest(str(loop_mp4), "final")
        log = agent.state_dir / "detectors" / "half_blind.log"
        wait_for("its detector's trouble", lambda: log.exists() and "cannot be so far" in log.read_text(), 60)
    finally:
        agent.close()
    (line,) = [line for line in log.read_text().splitlines() if "1 updates that cannot be so far" in line]
    assert f" WARNING {PUSHES}: {job_id}: 1 updates" in line
    assert line.endswith(f" [job_id={job_id}]")
