"""The disk under the agent fills up, becomes read-only or goes away while jobs are on air."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..e2e.agent import Agent
from ..e2e.conftest import AgentFactory
from ..e2e.processes import wait_for
from ..e2e.servers import Nginx, rtmp_camera
from ..media.watch import Viewer
from .disks import SmallDisk, small_disk
from .figures import Figures
from .program import lost, now, wait_fresh

LEAST = {"RUNNER_MIN_FREE_DISK_MB": "4", "RUNNER_DECISION_LOG": "true"}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as made:
        yield made


def on(disk: SmallDisk, start_agent: AgentFactory, output: str) -> Agent:
    state = disk.folder / "state"
    agent: Agent = start_agent({"RUNNER_STATE_DIR": str(state), **LEAST}, output=output)
    agent.state_dir = state
    return agent


def checks(agent: Agent) -> dict[str, str]:
    """What `/readyz` says is not ok."""
    answer = agent.client.get("/readyz")
    words: dict[str, str] = answer.json()["checks"]
    bad = {check: word for check, word in words.items() if word != "ok"}
    assert answer.status_code == (503 if bad else 200)
    return bad


def wait_checks(agent: Agent, *bad: str) -> None:
    wait_for(f"checks {bad}", lambda: set(checks(agent)) == set(bad))


def refused(agent: Agent, path: str, body: dict[str, Any]) -> str:
    """The detail of a 503."""
    answer = agent.client.post(path, json=body)
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    return str(answer.json()["detail"])


def all_answers(agent: Agent, job_id: str) -> None:
    """Every call about a job that runs is answered as ever."""
    assert agent.ptz(job_id, 0.5)["reason"] in {"applied", "tiny_delta", "queued_cooldown"}
    agent.post("/runner/tracking/update", {"job_id": job_id, "tracking_confidence": 0.9})
    for path in ("/runner/tracking/status", "/runner/ptz/status"):
        assert agent.post(path, {"job_id": job_id})["job_id"] == job_id
    assert agent.client.get("/metrics").status_code == 200
    assert agent.client.get("/healthz").status_code == 200
    assert agent.status(job_id)["state"] == "running"


def said(agent: Agent, words: str) -> int:
    """How many lines of the agent's log have them."""
    return agent.log.read_text().count(words)


@pytest.mark.fault(16)
def test_full_and_empty_again(
    disk: SmallDisk,
    nginx: Nginx,
    loop_mp4: Path,
    tmp_path: Path,
    start_agent: AgentFactory,
    figures: Figures,
) -> None:
    agent = on(disk, start_agent, nginx.url("full-{session_id}"))
    with rtmp_camera(nginx, loop_mp4, "to-a-full-disk", tmp_path / "camera.log") as source:
        job_id, other = agent.start_ingest(source, "a"), agent.start_ingest(source, "b")
        preset = {"job_id": job_id, "name": "left", "center_x": 0.3}
        agent.post("/runner/ptz/presets", preset)
        for session in "ab":
            nginx.wait_published(f"full-{session}")
        viewer = Viewer(nginx.url("full-a"))
        viewer.wait_frames(30)
        wait_checks(agent)
        disk.fill()
        filled = now()
        wait_checks(agent, "disk")
        figures.add("told", now() - filled)
        body = {"session_id": "c", "source_uri_ref": source, "profile": "balanced"}
        assert "make room" in refused(agent, "/runner/ingest/start", body)
        assert "full" in refused(agent, "/runner/ptz/presets", preset | {"name": "right"})
        assert set(checks(agent)) == {"disk", "store"}
        all_answers(agent, job_id)
        agent.stop_ingest(other)
        wait_fresh(viewer, now() + 2.0)
        disk.empty()
        wait_checks(agent)
        agent.post("/runner/ptz/presets", preset | {"name": "right"})
        wait_fresh(viewer, now() + 1.0)
        status = agent.status(job_id)
        figures.add("pictures lost", lost(viewer.close()))
        assert (status["restart_count"], status["publish"]["reconnects"]) == (0, 0)
        assert said(agent, "are wanted: make room there") == 1
        assert said(agent, "the job store cannot be written") == 1
        agent.kill()
        agent.start()
        assert agent.wait_streaming(job_id)["restart_count"] == 0
        assert agent.status(other)["state"] == "stopped"
        assert len(agent.post("/runner/ptz/presets", {"job_id": job_id})["presets"]) == 2


@pytest.mark.fault(16)
@pytest.mark.long
def test_the_agent_is_killed_while_it_is_full(
    disk: SmallDisk, nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    agent = on(disk, start_agent, nginx.url("killed-{session_id}"))
    with rtmp_camera(nginx, loop_mp4, "to-a-killed-one", tmp_path / "camera.log") as source:
        job_id, other = agent.start_ingest(source, "a"), agent.start_ingest(source, "b")
        for each in (job_id, other):
            agent.wait_streaming(each)
        disk.fill()
        # What the agent was about to write down of the jobs may have found no room any more.
        wait_for("a full disk", lambda: {"disk"} <= set(checks(agent)) <= {"disk", "store"})
        agent.stop_ingest(other)
        agent.kill()
        disk.fill()
        agent.start()
        assert agent.wait_streaming(job_id)["restart_count"] == 0
        assert agent.status(other)["state"] == "stopped"
        all_answers(agent, job_id)
        job = next(each for each in agent.job_processes())
        job.kill()
        agent.wait_status(job_id, "another process", lambda status: status["restart_count"] >= 1)
        agent.wait_streaming(job_id)
        agent.kill()
        agent.start()
        agent.wait_streaming(job_id)
        disk.empty()
        wait_checks(agent)
        agent.stop_ingest(job_id)
        agent.kill()
        agent.start()
        assert [job["state"] for job in agent.client.get("/runner/jobs").json()["jobs"]] == ["stopped"] * 2


@pytest.mark.long
@pytest.mark.fault(16)
def test_read_only(
    disk: SmallDisk, nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    agent = on(disk, start_agent, nginx.url("read-only"))
    with rtmp_camera(nginx, loop_mp4, "to-a-read-only-one", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        agent.wait_streaming(job_id)
        body = {"session_id": "c", "source_uri_ref": source, "profile": "balanced"}
        with disk.read_only():
            wait_for("the word", lambda: checks(agent).get("disk") == "read_only")
            assert "mount it writable" in refused(agent, "/runner/ingest/start", body)
            all_answers(agent, job_id)
            agent.kill()
            agent.start()
            assert agent.wait_streaming(job_id)["restart_count"] == 0
            assert "mount it writable" in refused(agent, "/runner/ingest/start", body)
            all_answers(agent, job_id)
        wait_checks(agent)
        assert agent.status(job_id)["restart_count"] == 0


@pytest.mark.fault(16)
def test_the_state_folder_is_removed(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    agent = start_agent(output=nginx.url("removed"))
    with rtmp_camera(nginx, loop_mp4, "to-a-removed-one", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        agent.wait_streaming(job_id)
        agent.post("/runner/ptz/presets", {"job_id": job_id, "name": "left", "center_x": 0.3})
        shutil.rmtree(agent.state_dir)
        wait_for("another folder", (agent.state_dir / "jobs" / job_id / "pid").exists)
        wait_checks(agent)
        all_answers(agent, job_id)
        assert agent.status(job_id)["restart_count"] == 0
        (process,) = agent.job_processes()
        agent.kill()
        agent.start()
        agent.wait_streaming(job_id)
        assert process not in agent.family()
        assert len(agent.job_processes()) == 1
        assert nginx.wait_published("removed")
        assert len(agent.post("/runner/ptz/presets", {"job_id": job_id})["presets"]) == 1


@pytest.mark.long
@pytest.mark.fault(16)
@pytest.mark.parametrize("suffix", ["mp4", "ts"])
def test_the_disk_of_a_recording(
    disk: SmallDisk, nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory, suffix: str
) -> None:
    agent = start_agent(output=f"{disk.folder}/{{session_id}}.{suffix}")
    with rtmp_camera(nginx, loop_mp4, f"to-a-{suffix}", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        agent.wait_streaming(job_id)
        first = disk.folder / f"s.{suffix}"
        wait_for("a recording", lambda: first.exists() and first.stat().st_size > 0)
        disk.fill()
        agent.wait_status(job_id, "word of it", lambda status: "No space" in str(status["publish"]), 40.0)
        disk.empty()
        again = agent.wait_status(
            job_id,
            "writing again",
            lambda status: (status["publish"] or {}).get("state") == "publishing",
            40.0,
        )
        assert again["restart_count"] == 0
        assert first.stat().st_size > 0
        assert checks(agent) == {}
