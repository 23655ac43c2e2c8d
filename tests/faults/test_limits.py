"""There is too little memory, or a job takes too much of it."""

from pathlib import Path

import pytest

from ..e2e.conftest import AgentFactory
from ..e2e.servers import Nginx, rtmp_camera


def test_too_little_memory_for_another_job(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    agent = start_agent(output=nginx.url("limits-{session_id}"))
    with rtmp_camera(nginx, loop_mp4, "to-little-memory", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        agent.wait_streaming(job_id)
        agent.kill()
        agent.change({"RUNNER_MIN_FREE_MEMORY_MB": "1e9"})
        agent.start()
        for path, body in (
            ("ingest", {"session_id": "b", "source_uri_ref": source, "profile": "balanced"}),
            ("preview", {"source_uri_ref": str(loop_mp4)}),
        ):
            answer = agent.client.post(f"/runner/{path}/start", json=body)
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert f"too little memory for another {path}" in answer.json()["detail"]
            assert "RUNNER_MIN_FREE_MEMORY_MB" in answer.json()["detail"]
        assert agent.client.get("/readyz").json()["checks"]["memory"] == "low"
        guest, _ = agent.start_preview(source)  # which needs no process of its own
        assert agent.wait_streaming(guest)["restart_count"] == 0
        assert agent.wait_streaming(job_id)["restart_count"] == 0


@pytest.mark.long
def test_a_job_that_takes_too_much_is_started_anew(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    agent = start_agent({"RUNNER_JOB_MEMORY_MB": "50"}, output=nginx.url("greedy"))
    with rtmp_camera(nginx, loop_mp4, "to-a-greedy-one", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        status = agent.wait_status(job_id, "another start", lambda status: status["restart_count"] >= 1)
        assert "MB of memory, of 50 MB (RUNNER_JOB_MEMORY_MB)" in str(status["last_error"])
        assert 'vptz_job_restarts_total{job_id="' in agent.client.get("/metrics").text
        agent.change({"RUNNER_JOB_MEMORY_MB": "4000"})
        agent.kill()
        agent.start()
        agent.wait_streaming(job_id)
        measured = agent.wait_status(job_id, "its memory", lambda status: status["memory_bytes"] is not None)
        assert measured["memory_bytes"] > 50_000_000
        assert f'vptz_job_memory_bytes{{job_id="{job_id}"}}' in agent.client.get("/metrics").text
