import json
import sys
from pathlib import Path

import httpx2
import pytest

from .agent import Agent
from .processes import Peer, free_port, wait_for

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
