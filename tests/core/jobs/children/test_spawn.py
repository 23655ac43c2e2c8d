import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from virtualptz.jobs.children.processes import Process, stat_of
from virtualptz.jobs.children.spawn import Spawner
from virtualptz.jobs.messages import JOB_ENVIRON
from virtualptz.jobs.paths import JobPaths
from virtualptz.jobs.supervision.folder import find_living, read_outcome, write_spec
from virtualptz.model import JobOutcome, JobSpec

from ..harness import STAND_IN, command_line, source, until


@pytest.fixture
def paths(tmp_path: Path) -> JobPaths:
    (tmp_path / "jobs").mkdir()
    paths = JobPaths.of(tmp_path, "ing_1")
    write_spec(paths, JobSpec(job_id="ing_1", kind="ingest", source=source("normal")))
    return paths


@pytest.fixture
async def spawner(tmp_path: Path) -> AsyncIterator[Spawner]:
    environ = {**os.environ, "MARK": "kept"}
    spawner = Spawner(STAND_IN, environ, spare_log=tmp_path / "spare.log")
    yield spawner
    await spawner.close()


async def end(process: Process) -> None:
    process.send(signal.SIGTERM)
    assert await process.wait(10)
    process.close()


async def spare_of(spawner: Spawner) -> Process:
    spawner.prepare(0.0)
    await until(lambda: spawner._spare, "a spare is there")
    assert spawner._spare is not None
    return spawner._spare.process


async def test_a_job_process_has_its_own_session_log_and_name(spawner: Spawner, paths: JobPaths) -> None:
    process = await spawner.start(paths)
    await until(lambda: find_living(paths), "it runs")
    stat = stat_of(process.pid)
    assert stat is not None
    assert stat.session == process.pid
    environ = Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
    assert f"{JOB_ENVIRON}=ing_1".encode() in environ
    assert b"MARK=kept" in environ
    assert command_line(process.pid).split(b"\0")[-2] == bytes(paths.folder)
    assert Path(f"/proc/{process.pid}/fd/2").readlink() == paths.log
    assert Path(f"/proc/{process.pid}/fd/0").readlink() == Path("/dev/null")
    await end(process)
    assert process.exited.result() == 0
    assert read_outcome(paths) == JobOutcome("stopped", "SIGTERM")


async def test_a_spare_becomes_the_next_job(spawner: Spawner, paths: JobPaths) -> None:
    spare = await spare_of(spawner)
    process = await spawner.start(paths)
    assert process is spare
    await until(lambda: find_living(paths), "it runs")
    assert find_living(paths) == spare.pid
    await end(process)


async def test_a_spare_that_is_gone_is_no_obstacle(spawner: Spawner, paths: JobPaths) -> None:
    spare = await spare_of(spawner)
    os.kill(spare.pid, signal.SIGKILL)
    await spare.wait(10)
    process = await spawner.start(paths)
    assert process.pid != spare.pid
    await until(lambda: find_living(paths), "it runs")
    await end(process)


async def test_there_is_one_spare_at_most_and_it_ends_with_its_agent(spawner: Spawner) -> None:
    spare = await spare_of(spawner)
    assert await spare_of(spawner) is spare
    await spawner.close()
    assert stat_of(spare.pid) is None


async def test_a_spare_ends_by_itself_when_its_agent_is_killed(spawner: Spawner) -> None:
    spare = await spare_of(spawner)
    assert spawner._spare is not None
    os.close(spawner._spare.stdin)
    spawner._spare = None
    assert await spare.wait(20)
    assert spare.exited.result() == 0
    spare.close()


async def test_no_spare_where_none_is_wanted(paths: JobPaths) -> None:
    spawner = Spawner(STAND_IN)
    spawner.prepare(0.0)
    await asyncio.sleep(0)
    assert spawner._spare is None
    await spawner.close()


async def test_a_command_that_is_not_there(paths: JobPaths) -> None:
    with pytest.raises(FileNotFoundError):
        await Spawner(["/nonexistent/python"]).start(paths)
