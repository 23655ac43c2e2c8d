"""Jobs come and go by the hundred: nothing is left of them, and what is told of them fits."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..e2e.conftest import AgentFactory
from ..e2e.servers import Nginx, rtmp_camera
from ..ports import free_port
from .figures import Figures
from .rest import ALONE, Level, of_the_database, wait_rest
from .storm import Storm, observed

QUICK_JOBS, JOBS, AT_ONCE = 24, 200, 8
MAX_JOBS = 6
"""Fewer than there are clients: some are refused, and come again."""
WARM_UP = 8
GROWTH_MIB = 24.0
MOST_THREADS = min(32, (os.cpu_count() or 1) + 4) + AT_ONCE + 8
"""Two pools start theirs as they are needed, for blocking work and for requests; some are the agent's own."""


@pytest.fixture
def source(nginx: Nginx, loop_mp4: Path, tmp_path: Path) -> Iterator[str]:
    with rtmp_camera(nginx, loop_mp4, f"{tmp_path.name}-source", tmp_path / "camera.log") as url:
        yield url


@pytest.mark.fault(22)
@pytest.mark.parametrize(
    "jobs", [QUICK_JOBS, pytest.param(JOBS, marks=[pytest.mark.long, pytest.mark.timeout(1800)])]
)
def test_starts_and_stops(
    jobs: int,
    nginx: Nginx,
    source: str,
    loop_mp4: Path,
    tmp_path: Path,
    start_agent: AgentFactory,
    figures: Figures,
) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("not a film\n" * 100)
    agent = start_agent({"RUNNER_MAX_JOBS": str(MAX_JOBS)}, output=nginx.url(f"{tmp_path.name}-{{job_id}}"))
    with observed(agent) as observer:
        dead = f"rtmp://127.0.0.1:{free_port()}/live/nobody"
        storm = Storm(agent, observer, (source, str(loop_mp4)), (dead, str(text)))
        storm.rage(WARM_UP, AT_ONCE)
    agent.client.close()
    wait_rest(agent)
    before = Level.of(agent)
    with observed(agent) as observer:
        storm.observer = observer
        storm.rage(jobs, AT_ONCE)
    agent.client.close()
    wait_rest(agent)
    after = Level.of(agent)
    figures.add("processes left", len(agent.family()) - ALONE)
    more = after.more_files(before)
    figures.add("descriptors more", sum(not of_the_database(name) for name in more))
    figures.add("statuses that contradict", len(observer.contradictions))
    assert observer.contradictions == []
    assert (storm.refused > 0, observer.looks > jobs / 4) == (True, True)
    assert more in ([], [str(agent.state_dir / "jobs.sqlite3")])
    assert after.threads <= MOST_THREADS
    assert after.mib <= before.mib + GROWTH_MIB
    assert "Traceback" not in agent.everything_written()
    folders = list((agent.state_dir / "jobs").iterdir())
    assert [
        path.name for folder in folders for path in folder.iterdir() if path.name in ("sock", "pid")
    ] == []
