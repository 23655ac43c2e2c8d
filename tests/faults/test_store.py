"""The record of the jobs is damaged, of another version or held, while a job is on air."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ..e2e.agent import Agent
from ..e2e.conftest import AgentFactory
from ..e2e.processes import wait_for
from ..e2e.servers import Nginx, rtmp_camera


def overwrite(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


def take_in(path: Path) -> None:
    """All that is in the journal: what is harmed would be mended from it else."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")


def journal(path: Path) -> None:
    """The newest records are lost, and the folders tell of the jobs."""
    overwrite(path.with_name(path.name + "-wal"), 24, b"\xff" * 512)


HARMS: dict[str, Callable[[Path], None]] = {
    "head": lambda path: overwrite(path, 0, b"garbage" * 20),
    "page": lambda path: overwrite(path, 4096, b"\xff" * 4096),
    "cut": lambda path: os.truncate(path, 5000),
    "newer": newer,
    "journal": journal,
}


@contextmanager
def on_air(agent: Agent, nginx: Nginx, clip: Path, name: str, log: Path) -> Iterator[str]:
    """A job with a preset."""
    with rtmp_camera(nginx, clip, name, log) as source:
        job_id = agent.start_ingest(source)
        agent.wait_streaming(job_id)
        agent.post("/runner/ptz/presets", {"job_id": job_id, "name": "left", "center_x": 0.3})
        yield job_id


def goes_on(agent: Agent, job_id: str) -> None:
    assert agent.wait_streaming(job_id)["restart_count"] == 0
    assert len(agent.post("/runner/ptz/presets", {"job_id": job_id})["presets"]) == 1
    wait_for("readiness", lambda: agent.client.get("/readyz").status_code == 200)


@pytest.mark.parametrize("harm", ["head"])
def test_found_at_the_start(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory, harm: str
) -> None:
    agent = start_agent(output=nginx.url(f"store-{harm}"))
    with on_air(agent, nginx, loop_mp4, f"to-{harm}", tmp_path / "camera.log") as job_id:
        agent.kill()
        if harm != "journal":
            take_in(agent.state_dir / "jobs.sqlite3")
        HARMS[harm](agent.state_dir / "jobs.sqlite3")
        agent.start()
        goes_on(agent, job_id)
        assert agent.log.read_text().count("set aside as") == (harm != "journal")


@pytest.mark.long
def test_found_while_it_runs_and_held(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    agent = start_agent(output=nginx.url("store-running"))
    store = agent.state_dir / "jobs.sqlite3"
    with on_air(agent, nginx, loop_mp4, "to-running", tmp_path / "camera.log") as job_id:
        for part in (store, store.with_name(store.name + "-wal")):
            overwrite(part, 0, b"\xff" * part.stat().st_size)
        wait_for("another store", lambda: list(agent.state_dir.glob("*.damaged-*")), 60.0)
        goes_on(agent, job_id)
        agent.kill()
        with closing(sqlite3.connect(store, isolation_level=None)) as other:
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
            other.execute("BEGIN EXCLUSIVE")
            agent.start()
            assert agent.wait_streaming(job_id)["restart_count"] == 0
            assert agent.client.get("/readyz").json()["checks"]["store"] == "failing"
            other.execute("ROLLBACK")
        goes_on(agent, job_id)


@pytest.mark.long
@pytest.mark.parametrize("harm", ["newer", "page", "cut", "journal"])
def test_found_at_the_start_in_other_ways(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory, harm: str
) -> None:
    test_found_at_the_start(nginx, loop_mp4, tmp_path, start_agent, harm)
