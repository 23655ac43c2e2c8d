"""What the next agent finds after one was killed: at any instant, with anything damaged."""

import asyncio
import os
import random
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from time import monotonic

import pytest

from virtualptz.errors import ConfigError
from virtualptz.jobs.messages import Ended
from virtualptz.jobs.paths import JobPaths
from virtualptz.jobs.supervision.folder import find_living, write_spec
from virtualptz.model import JobSpec

from ..conftest import Agents
from ..harness import (
    PATIENT,
    STAND_IN,
    VIEW,
    Folder,
    ingest,
    live,
    new_engine,
    preview,
    settings_for,
    source,
    until,
    until_live,
)

ROOT = Path(__file__).parents[4]


@asynccontextmanager
async def killed_agent(
    state_dir: Path, *behaviours: str, started: bool = True, until_aired: bool = False
) -> AsyncIterator[list[str]]:
    """The ids of the jobs of an agent that was killed: once their processes run, or as early as can be, or
    once it is on record that they have been on air."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.core.jobs.agent",
        str(state_dir),
        *behaviours,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        jobs = [(await process.stdout.readline()).decode().strip() for _ in behaviours]
        folders = [Folder(state_dir, job_id) for job_id in jobs]
        if started:
            await until(
                lambda: all(folder.starts and find_living(folder.paths) for folder in folders),
                "all processes run",
            )
        if until_aired:
            await until(lambda: all(folder.paths.aired.exists() for folder in folders), "all are on air")
    finally:
        process.kill()
        await process.wait()
    yield jobs


async def test_jobs_outlive_their_agent_and_are_adopted(agents: Agents) -> None:
    async with killed_agent(agents.state_dir, "normal", "normal") as jobs:
        pids = {job_id: agents.folder(job_id).starts for job_id in jobs}
        engine = await agents.start()
        for job_id in jobs:
            status = await until_live(engine, job_id)
            assert (status.restart_count, status.last_error, status.session_id) == (0, None, "match")
            assert agents.folder(job_id).starts == pids[job_id]
            assert (await engine.ptz(job_id, VIEW)).applied
        await engine.stop(jobs[0])
        assert engine.status(jobs[0]).state == "stopped"
        assert live(engine, jobs[1])


@pytest.mark.parametrize("attempt", range(3))
async def test_an_agent_killed_before_its_jobs_run_loses_none_and_doubles_none(
    agents: Agents, attempt: int
) -> None:
    async with killed_agent(agents.state_dir, *["normal"] * (attempt + 1), started=False) as jobs:
        engine = await agents.start(timing=PATIENT)
        for job_id in jobs:
            await until_live(engine, job_id)
            assert len(agents.folder(job_id).starts) == 1


async def test_agents_killed_at_any_moment_leave_each_job_one_process(agents: Agents) -> None:
    """Some die before they have the folder, some between store and process, some while they adopt."""
    began = monotonic()
    async with killed_agent(agents.state_dir, "normal", "normal", started=False) as told:
        needed = monotonic() - began
    moments = random.Random(5)
    for _ in range(7):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.core.jobs.agent", str(agents.state_dir), "normal", "normal", cwd=ROOT
        )
        await asyncio.sleep(moments.uniform(0.5, 1.3) * needed)
        process.kill()
        await process.wait()
    engine = await agents.start(timing=PATIENT)
    jobs = [job.job_id for job in engine.jobs()]
    assert set(jobs) >= set(told)
    for job_id in jobs:
        await until_live(engine, job_id)
        # One that was started just before its agent was killed may yet have to find the folder taken.
        await until(partial(has_one_process, agents.folder(job_id)), f"{job_id} has one process")
        assert engine.status(job_id).restart_count == 0


def has_one_process(folder: Folder) -> bool:
    return folder.living == [find_living(folder.paths)]


async def test_a_process_that_does_not_answer_is_replaced(agents: Agents) -> None:
    async with killed_agent(agents.state_dir, "once-silent") as (job_id,):
        hung = agents.folder(job_id).starts[0]
        engine = await agents.start()
        status = await until_live(engine, job_id)
        assert status.restart_count == 1
        assert "no heartbeat" in (status.last_error or "")
        assert hung not in agents.folder(job_id).living


async def test_a_process_that_died_meanwhile_is_started_again(agents: Agents) -> None:
    async with killed_agent(agents.state_dir, "normal") as (job_id,):
        os.kill(agents.folder(job_id).starts[0], signal.SIGKILL)
        engine = await agents.start()
        status = await until_live(engine, job_id)
        assert status.restart_count == 1
        assert len(agents.folder(job_id).starts) == 2


async def failed_without_an_agent(folder: Folder) -> None:
    """As its process would leave it."""
    os.kill(folder.starts[0], signal.SIGKILL)
    await until(lambda: find_living(folder.paths) is None, "the process has gone")
    folder.paths.outcome.write_text(Ended(state="failed", error="no such device").model_dump_json())


async def test_what_was_on_air_and_failed_meanwhile_is_started_again(agents: Agents) -> None:
    async with killed_agent(agents.state_dir, "normal", until_aired=True) as (job_id,):
        await failed_without_an_agent(agents.folder(job_id))
        engine = await agents.start()
        status = await until_live(engine, job_id)
        assert (status.restart_count, status.last_error) == (1, "no such device")
        assert len(agents.folder(job_id).starts) == 2


async def test_what_was_never_on_air_and_failed_meanwhile_has_ended(agents: Agents) -> None:
    async with killed_agent(agents.state_dir, "fail") as (job_id,):
        folder = agents.folder(job_id)
        if not folder.paths.outcome.exists():
            await failed_without_an_agent(folder)
        engine = await agents.start()
        await until(lambda: engine.status(job_id).state == "failed", "its end is known")
        assert len(folder.starts) == 1


async def test_what_a_dead_process_left_running_is_ended_first(agents: Agents) -> None:
    async with killed_agent(agents.state_dir, "child") as (job_id,):
        folder = agents.folder(job_id)
        await until(lambda: len(folder.living) == 2, "process and publisher")
        process = folder.starts[0]
        (publisher,) = set(folder.living) - {process}
        os.kill(process, signal.SIGKILL)
        engine = await agents.start()
        await until_live(engine, job_id)
        assert publisher not in folder.living


async def test_a_job_that_ended_meanwhile_is_not_started_again(agents: Agents) -> None:
    async with killed_agent(agents.state_dir, "normal", "normal") as (stopped, failed):
        for job_id in (stopped, failed):
            os.kill(agents.folder(job_id).starts[0], signal.SIGTERM)
            await until(lambda job_id=job_id: not agents.folder(job_id).living, "the process ended")  # type: ignore[misc]
        outcome = agents.folder(failed).paths.outcome
        outcome.write_text(Ended(state="failed", error="codec missing").model_dump_json())
        engine = await agents.start()
        await until(lambda: engine.status(failed).state != "running", "its end is known")
        assert (engine.status(failed).state, engine.status(failed).last_error) == ("failed", "codec missing")
        await until(lambda: engine.status(stopped).state == "stopped", "its end is known")
        assert agents.living == []


async def test_a_job_that_nobody_wants_any_more_is_stopped(agents: Agents) -> None:
    async with killed_agent(agents.state_dir, "normal") as (job_id,):
        with sqlite3.connect(agents.state_dir / "jobs.sqlite3") as store:
            store.execute("UPDATE jobs SET wanted = 0")
        store.close()
        engine = await agents.start()
        await until(lambda: engine.status(job_id).state == "stopped", "the job stopped")
        assert agents.living == []


@pytest.mark.parametrize("damage", ["garbage", "removed"])
async def test_without_its_store_an_agent_still_finds_the_jobs(agents: Agents, damage: str) -> None:
    async with killed_agent(agents.state_dir, "normal") as (job_id,):
        pids = agents.folder(job_id).starts
        path = agents.state_dir / "jobs.sqlite3"
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        path.unlink() if damage == "removed" else path.write_bytes(b"not a database" * 1000)
        engine = await agents.start()
        await until_live(engine, job_id)
        assert agents.folder(job_id).starts == pids
        aside = [entry for entry in agents.state_dir.iterdir() if "damaged" in entry.name]
        assert len(aside) == (damage == "garbage")


async def test_a_second_agent_is_refused(agents: Agents) -> None:
    await agents.start()
    second = new_engine(settings_for(agents.state_dir))
    with pytest.raises(ConfigError, match=rf"another agent \(pid {os.getpid()}\)"):
        await second.start()
    await second.close()


async def test_kept_jobs_are_taken_up_by_the_next_agent(agents: Agents) -> None:
    first = await agents.start(keep_jobs_on_shutdown=True)
    job_id = await ingest(first)
    await until_live(first, job_id)
    await first.close()
    folder = agents.folder(job_id)
    assert folder.living == folder.starts
    second = await agents.start()
    await until_live(second, job_id)
    assert len(folder.starts) == 1


async def test_a_preview_keeps_its_view_and_finds_its_host_again(agents: Agents) -> None:
    first = await agents.start()
    alone, host = await preview(first, "late"), await ingest(first)
    await until_live(first, host)
    guest = await preview(first)
    await until_live(first, alone)
    await first.aim_preview(alone, VIEW.model_copy(update={"zoom": 3.0}))
    await first.close(keep_jobs=True)
    second = await agents.start()
    stream = second.frames(guest)
    assert int((await anext(stream)).jpeg.split()[0]) == agents.folder(host).starts[0]
    assert b"zoom=3.0" in (await anext(second.frames(alone))).jpeg
    assert len(agents.folder(alone).starts) == 1


@pytest.mark.parametrize("kernel_tells", [True, False])
async def test_a_process_whose_pid_is_not_written_down_is_not_doubled(
    agents: Agents, monkeypatch: pytest.MonkeyPatch, *, kernel_tells: bool
) -> None:
    """It is found by its lock.

    Where the kernel does not tell who holds that, the next agent starts another one, which finds the lock
    held and leaves; then the first is adopted.
    """
    if not kernel_tells:
        monkeypatch.setattr("virtualptz.jobs.supervision.folder.holder_of", lambda _path: None)
    spec = JobSpec(job_id="ing_early", kind="ingest", source=source("normal"))
    paths = JobPaths.of(agents.state_dir, spec.job_id)
    for path in (agents.state_dir, agents.state_dir / "jobs"):
        path.mkdir(mode=0o700)
    write_spec(paths, spec)
    early = await asyncio.create_subprocess_exec(*STAND_IN, str(paths.folder), start_new_session=True)
    await until(lambda: find_living(paths), "it runs")
    known = paths.pid.read_text()
    paths.pid.unlink()
    engine = await agents.start()
    folder = agents.folder(spec.job_id)
    if not kernel_tells:
        await until(lambda: paths.log.exists(), "another process is started")
        paths.pid.write_text(known)
    await until_live(engine, spec.job_id)
    assert folder.starts == [early.pid]
    assert engine.status(spec.job_id).restart_count == 0
    await engine.close()
    await early.wait()


async def test_ended_jobs_are_known_to_the_next_agent_and_pruned_in_the_end(
    agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("virtualptz.jobs.supervision.roster.ENDED_KEPT", 2)
    first = await agents.start()
    jobs = [await ingest(first, "fail") for _ in range(4)]
    await until(lambda: [job.state for job in first.jobs()] == ["failed"] * 2, "the oldest are forgotten")
    await first.close()
    second = await agents.start()
    known = [job.job_id for job in second.jobs()]
    assert len(known) == 2
    assert set(known) < set(jobs)
    assert [second.status(job_id).last_error for job_id in known] == ["not media"] * 2
    folders = sorted(entry.name for entry in (agents.state_dir / "jobs").iterdir())
    assert folders == sorted(known)


async def test_a_record_of_another_version_is_left_alone(agents: Agents) -> None:
    first = await agents.start()
    await first.close()
    with sqlite3.connect(agents.state_dir / "jobs.sqlite3") as database:
        database.execute(
            "INSERT INTO jobs VALUES ('ing_new', '{\"from\": \"the future\"}', 1, 'running', 0, NULL, "
            "'2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00')"
        )
    database.close()
    second = await agents.start()
    assert second.status("ing_new").state == "unknown"
