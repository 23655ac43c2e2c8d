"""What the agent makes of a server that does not take its program, and how it says so."""

from pathlib import Path

from ..media.watch import Viewer
from . import judge
from .agent import Agent, Status
from .conftest import AgentFactory
from .processes import wait_for
from .servers import Nginx, rtmp_camera

KEY = "k3y-of-the-final"


def reported(agent: Agent, job_id: str, state: str) -> Status:
    return agent.wait_status(job_id, state, lambda now: (now["publish"] or {}).get("state") == state)


def figure(metrics: str, name: str, job_id: str, labels: str = "") -> float:
    series = f'{name}{{job_id="{job_id}"{labels}}} '
    (line,) = [line for line in metrics.splitlines() if line.startswith(series)]
    return float(line.removeprefix(series))


def test_a_server_that_refuses_is_asked_seldom(
    own_nginx: Nginx, loop_mp4: Path, start_agent: AgentFactory
) -> None:
    agent = start_agent(output=own_nginx.url(KEY, "{session_id}"))
    jobs = {name: agent.start_ingest(str(loop_mp4), name) for name in ("guarded", "fleeting")}
    for job_id in jobs.values():
        reported(agent, job_id, "rejected")
    for job_id in jobs.values():
        status = agent.wait_status(
            job_id, "a long wait", lambda now: (now["publish"]["next_attempt_in"] or 0) > 6
        )
        publish = status["publish"]
        assert publish["state"] == "rejected"
        assert publish["attempts"] <= 2
        assert status["last_error"] == publish["reason"]
        assert publish["reason"]
        assert (status["state"], status["restart_count"], status["phase"]) == ("running", 0, "streaming")
        agent.wait_status(job_id, "pictures", lambda now: now["frames_out"] > 50)
    assert agent.status(jobs["guarded"])["last_error"] == "the server refuses: it hangs up"
    assert own_nginx.refusals == 2
    assert KEY not in "".join(agent.answers)
    agent.stop_all()
    assert KEY not in agent.log.read_text()


def test_a_server_that_comes_back_has_the_program_at_once(
    nginx: Nginx, own_nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    agent = start_agent(output=own_nginx.url("program"))
    with rtmp_camera(nginx, loop_mp4, "returning", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        own_nginx.wait_published("program")
        reported(agent, job_id, "publishing")
        own_nginx.kill()
        status = agent.wait_status(
            job_id, "some attempts", lambda now: now["publish"]["attempts"] >= 3 and now["publish"]["reason"]
        )
        assert status["publish"]["state"] == "retrying"
        assert "refused" in status["publish"]["reason"]
        assert status["source"] == {
            "state": "streaming",
            "reason": None,
            "attempts": 0,
            "next_attempt_in": None,
            "frozen_seconds": None,
        }
        own_nginx.start()
        own_nginx.wait_published("program")
        viewer = Viewer(own_nginx.url("program"))
        viewer.wait(judge.enough_sync(2))
        viewer.close()
        status = reported(agent, job_id, "publishing")
    judge.assert_unbroken(viewer.recording)
    judge.assert_in_sync(viewer.recording, least=2)
    assert (status["publish"]["reconnects"], status["restart_count"]) == (1, 0)
    metrics = agent.client.get("/metrics").text
    assert f'vptz_publish_reconnects_total{{job_id="{job_id}"}} 1.0' in metrics
    assert figure(metrics, "vptz_stage_seconds_count", job_id, ',stage="out"') >= 25
    handed_over = figure(metrics, "vptz_publish_written_bytes_total", job_id)
    assert figure(metrics, "vptz_publish_acked_bytes_total", job_id) > handed_over / 10
    agent.stop_ingest(job_id)
    wait_for("the publisher to leave", lambda: not own_nginx.clients("program").publishers)
