"""Whether the agent could take a job, and what it says where it cannot."""

import asyncio
import shutil
import sqlite3
from contextlib import closing

import pytest

from virtualptz.errors import LimitError, StoreError
from virtualptz.jobs.engine import DETECTOR_PLACES
from virtualptz.jobs.supervision.upkeep import JOB_MEGABYTES

from .conftest import Agents
from .harness import ingest, preview, until, until_live


async def test_it_is_ready_until_it_is_told_to_end(agents: Agents) -> None:
    engine = await agents.start(max_jobs=1)
    assert engine.readiness().ready
    await ingest(engine)
    assert engine.readiness().troubles == {"jobs": "full"}
    await engine.close()
    assert engine.readiness().troubles["agent"] == "stopping"


async def test_without_a_media_backend_it_runs_and_is_not_ready(
    agents: Agents, caplog: pytest.LogCaptureFixture
) -> None:
    engine = await agents.start(media_backend="none")
    assert engine.readiness().troubles == {"media": "broken"}
    assert "no job can start: RUNNER_MEDIA_BACKEND" in caplog.text


async def test_too_little_room_is_no_reason_to_refuse_a_job_that_fits(agents: Agents) -> None:
    engine = await agents.start(min_free_disk_mb=1e9)
    await until(lambda: engine.readiness().troubles == {"disk": "full"}, "it is told")
    assert JOB_MEGABYTES < 1e9
    await until_live(engine, await ingest(engine))


async def test_too_little_memory(agents: Agents) -> None:
    engine = await agents.start(min_free_memory_mb=1e9)
    assert engine.readiness().troubles == {"memory": "low"}
    for start in (ingest, preview):
        with pytest.raises(LimitError, match="RUNNER_MIN_FREE_MEMORY_MB"):
            await start(engine)
    assert engine.jobs() == []


async def test_of_many_starts_at_the_last_place_one_has_it(agents: Agents) -> None:
    engine = await agents.start(max_jobs=2)
    await ingest(engine)
    starts = await asyncio.gather(*(start(engine) for start in (ingest, preview) * 3), return_exceptions=True)
    refused = [each for each in starts if isinstance(each, LimitError)]
    assert len(refused) == 5
    assert len(engine.jobs()) == 2
    assert "RUNNER_MAX_JOBS" in str(refused[0])


async def test_a_job_takes_no_more_viewers_than_its_share(agents: Agents) -> None:
    engine = await agents.start(max_viewers=3, max_viewers_per_job=2)
    first, second = await ingest(engine), await ingest(engine, "normal")
    guest = await preview(engine)
    streams = [engine.frames(first), engine.frames(guest)]
    with pytest.raises(LimitError, match="RUNNER_MAX_VIEWERS_PER_JOB"):
        engine.frames(first)
    streams.append(engine.frames(second))
    with pytest.raises(LimitError, match="RUNNER_MAX_VIEWERS\\)"):
        engine.frames(second)
    for stream in streams:
        stream.close()
    engine.frames(first).close()


async def test_viewers_take_no_place_from_a_detector(agents: Agents) -> None:
    engine = await agents.start(max_viewers=2, max_viewers_per_job=2)
    job_id = await ingest(engine)
    streams = [engine.frames(job_id) for _ in range(2)]
    streams += [engine.frames(job_id, detector=True) for _ in range(DETECTOR_PLACES)]
    for detector in (False, True):
        with pytest.raises(LimitError, match="RUNNER_MAX_VIEWERS"):
            engine.frames(job_id, detector=detector)
    for stream in streams:
        stream.close()


async def test_a_job_that_takes_too_much_memory_is_started_anew(agents: Agents) -> None:
    engine = await agents.start(job_memory_mb=50)
    job_id = await ingest(engine, "greedy")
    await until(lambda: engine.status(job_id).restart_count >= 1, "another start")
    assert "of 50 MB (RUNNER_JOB_MEMORY_MB)" in str(engine.status(job_id).last_error)


async def test_a_state_folder_that_is_taken_away_is_made_anew_with_all_that_is_known(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    await engine.cameras.keep(job_id, "left", zoom=2)
    (process,) = agents.folder(job_id).starts
    shutil.rmtree(agents.state_dir)
    paths = agents.folder(job_id).paths
    await until(paths.pid.exists, "its folder is back")
    await until(lambda: engine.readiness().ready, "all is well")
    assert paths.pid.read_text().startswith(f"{process} ")
    assert [preset.name for preset in await engine.cameras.presets(job_id)] == ["left"]
    await engine.close(keep_jobs=True)
    engine = await agents.start()
    await until_live(engine, job_id)
    assert [preset.name for preset in await engine.cameras.presets(job_id)] == ["left"]
    assert process not in agents.folder(job_id).living


async def test_a_stop_that_could_not_be_put_on_record_is_one_for_the_next_agent_too(
    agents: Agents, caplog: pytest.LogCaptureFixture
) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    with closing(sqlite3.connect(agents.state_dir / "jobs.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program holds it"):
            await engine.cameras.keep(job_id, "left")
        await until(lambda: engine.readiness().troubles == {"store": "failing"}, "it is told")
        await engine.stop(job_id)
        assert engine.status(job_id).state == "stopped"
        with pytest.raises(StoreError, match="another program holds it"):
            await ingest(engine)
        assert len(engine.jobs()) == 1
        assert caplog.text.count("the job store cannot be written") == 1
        await engine.close()
        other.execute("ROLLBACK")
    engine = await agents.start()
    assert engine.status(job_id).state == "stopped"
    assert "which the store did not know" in caplog.text
