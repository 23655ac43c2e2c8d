"""The engine with real processes that speak the real protocol; only their media is missing."""

import asyncio
import os
import signal
import stat
from dataclasses import replace

import pytest

from virtualptz.errors import (
    ConfigError,
    JobConflictError,
    JobNotRunningError,
    LimitError,
    StoppingError,
    UnknownJobError,
)
from virtualptz.model import TrackingUpdate

from .conftest import Agents
from .harness import QUICK, VIEW, command_line, descriptors, ingest, live, preview, until, until_live
from .stand_in import READ_AHEAD

ROUNDED = 0.005
"""The journal tells times to two places."""


async def test_a_job_runs_until_it_is_stopped(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    assert engine.status(job_id).state == "running"
    assert engine.status(job_id).phase == "connecting"
    status = await until_live(engine, job_id)
    assert (status.state, status.kind, status.session_id) == ("running", "ingest", "match")
    assert status.heartbeat is not None
    assert engine.counts() == (0, 1)
    await engine.stop(job_id)
    status = engine.status(job_id)
    assert (status.state, status.phase, status.restart_count, status.last_error) == (
        "stopped",
        "ended",
        0,
        None,
    )
    assert status.heartbeat is not None, "a job that has ended keeps its counts"
    assert engine.counts() == (0, 0)
    assert agents.folder(job_id).noted("ended") == ["ended stopped"]
    await engine.stop(job_id)
    await engine.stop("ing_never")


async def test_an_unknown_job(agents: Agents) -> None:
    engine = await agents.start()
    status = engine.status("nobody")
    assert (status.state, status.kind) == ("unknown", None)
    with pytest.raises(UnknownJobError):
        await engine.ptz("nobody", VIEW)
    with pytest.raises(UnknownJobError):
        await engine.aim_preview("nobody", VIEW)
    with pytest.raises(UnknownJobError):
        engine.frames("nobody")
    with pytest.raises(UnknownJobError):
        await engine.update_tracking("nobody", TrackingUpdate(tracking_confidence=1))
    assert await engine.tracking("nobody") is None


async def test_a_job_that_has_ended_does_not_do_what_is_asked(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await engine.stop(job_id)
    with pytest.raises(JobNotRunningError):
        await engine.ptz(job_id, VIEW)
    with pytest.raises(JobNotRunningError):
        engine.frames(job_id)


async def test_each_kind_of_job_has_its_own_camera(agents: Agents) -> None:
    engine = await agents.start()
    with pytest.raises(UnknownJobError):
        await engine.ptz(await preview(engine), VIEW)
    with pytest.raises(UnknownJobError):
        await engine.aim_preview(await ingest(engine, "late"), VIEW)


@pytest.mark.parametrize("behaviour", ["once-crash", "once-hang", "once-silent"])
async def test_a_process_that_goes_wrong_is_replaced(agents: Agents, behaviour: str) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, behaviour)
    await until(lambda: engine.status(job_id).restart_count == 1, "a restart")
    status = await until_live(engine, job_id)
    assert status.state == "running"
    assert status.last_error is not None
    assert ("signal 9" if behaviour == "once-crash" else "no heartbeat") in status.last_error
    folder = agents.folder(job_id)
    assert len(folder.starts) == 2
    assert folder.living == folder.starts[1:]


async def test_a_job_that_always_crashes_is_tried_for_ever_and_can_be_stopped(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "crash")
    await until(lambda: engine.status(job_id).restart_count >= 3, "three restarts")
    assert engine.status(job_id).state == "running"
    await engine.stop(job_id)
    assert engine.status(job_id).state == "stopped"
    assert "signal 9" in (engine.status(job_id).last_error or "")


async def test_a_job_that_fails_for_good_is_not_tried_again(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "fail")
    await until(lambda: engine.status(job_id).state == "failed", "the job failed")
    assert engine.status(job_id).last_error == "not media"
    assert engine.status(job_id).restart_count == 0
    await until(lambda: agents.recorder.stopped, "observers hear of it")
    assert agents.recorder.stopped[0][1].error == "not media"


async def test_a_job_that_was_on_air_is_brought_back_whatever_its_process_says(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "once-fall")
    await until(lambda: engine.status(job_id).restart_count == 1, "another process")
    status = await until_live(engine, job_id)
    assert (status.state, status.last_error) == ("running", "not media")
    assert not agents.folder(job_id).paths.outcome.exists()
    assert len(agents.folder(job_id).starts) == 2
    assert agents.recorder.stopped == []


async def test_a_job_that_fails_on_air_again_and_again_is_tried_for_ever_and_can_be_stopped(
    agents: Agents,
) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "fall")
    await until(lambda: engine.status(job_id).restart_count >= 3, "three restarts")
    await engine.stop(job_id)
    assert engine.status(job_id).state == "stopped"
    assert agents.folder(job_id).living == []


async def test_a_preview_that_fails_ends(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await preview(engine, "fall")
    await until(lambda: engine.status(job_id).state == "failed", "the job failed")
    assert engine.status(job_id).restart_count == 0


async def test_the_end_of_a_file_is_the_end_of_its_job(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "end")
    await until(lambda: engine.status(job_id).state == "stopped", "the job stopped")
    assert engine.status(job_id).last_error is None


async def test_a_deaf_process_is_stopped_all_the_same(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "deaf")
    await until_live(engine, job_id)
    await engine.stop(job_id)
    assert engine.status(job_id).state == "stopped"
    assert agents.folder(job_id).living == []


async def test_a_process_that_drains_and_says_so_has_its_time(agents: Agents) -> None:
    engine = await agents.start(timing=replace(QUICK, drain=30.0))
    job_id = await ingest(engine, "slow")
    await until_live(engine, job_id)
    await engine.stop(job_id)
    assert agents.folder(job_id).noted("ended stopped")


async def test_nobody_waits_for_a_process_that_is_to_stop_and_says_nothing(agents: Agents) -> None:
    engine = await agents.start(timing=replace(QUICK, drain=120.0))
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    folder = agents.folder(job_id)
    os.kill(folder.starts[0], signal.SIGSTOP)
    async with asyncio.timeout(20):
        await engine.stop(job_id)
    assert engine.status(job_id).state == "stopped"
    assert folder.living == []


async def test_what_a_process_started_is_gone_before_the_next_one_starts(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "child")
    await until_live(engine, job_id)
    folder = agents.folder(job_id)
    process, publisher = sorted(folder.living, key=lambda pid: pid != folder.starts[0])
    os.kill(process, signal.SIGKILL)
    await until(lambda: len(folder.starts) == 2, "another process")
    assert publisher not in folder.living
    await until_live(engine, job_id)
    await engine.stop(job_id)
    assert folder.living == []


async def test_stopping_a_job_that_has_hardly_started(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "late")
    await engine.stop(job_id)
    assert engine.status(job_id).state == "stopped"
    assert agents.folder(job_id).living == []


async def test_ptz_reaches_the_process_and_the_next_one_begins_there(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    outcome = await engine.ptz(job_id, VIEW)
    assert (outcome.view, outcome.applied, outcome.queued, outcome.reason) == (VIEW, True, False, "applied")
    folder = agents.folder(job_id)
    await until(
        lambda: (beat := engine.status(job_id).heartbeat) and beat.view == VIEW, "the camera is there"
    )
    os.kill(folder.starts[0], signal.SIGKILL)
    await until(lambda: len(folder.starts) == 2, "another process")
    assert folder.noted("started")[1] == "started (0.25, 0.75, 2.0) 0.00"


async def test_ptz_that_is_answered_late_is_not_told_again(agents: Agents) -> None:
    engine = await agents.start(timing=replace(QUICK, reply=0.2))
    job_id = await ingest(engine, "once-tardy")
    await until_live(engine, job_id)
    assert not (await engine.ptz(job_id, VIEW)).applied
    folder = agents.folder(job_id)
    await until(
        lambda: (view := engine.status(job_id).view) is not None and view.zoom == 1.5, "it looks elsewhere"
    )
    os.kill(folder.starts[0], signal.SIGKILL)
    await until(lambda: len(folder.starts) == 2, "another process")
    assert folder.noted("started")[1].startswith("started (0.75, 0.5, 1.5)")
    await until_live(engine, job_id)
    assert len(folder.noted('{"type":"ptz"')) == 1


async def test_ptz_that_a_hung_process_took_along_is_for_the_next_one(agents: Agents) -> None:
    engine = await agents.start(timing=replace(QUICK, reply=0.2))
    job_id = await ingest(engine, "mute")
    await until_live(engine, job_id)
    assert (await engine.ptz(job_id, VIEW)).queued
    folder = agents.folder(job_id)
    os.kill(folder.starts[0], signal.SIGKILL)
    await until(lambda: len(folder.starts) == 2, "another process")
    assert folder.noted("started")[1].startswith("started (0.25, 0.75, 2.0)")


async def test_ptz_before_the_process_listens_is_kept_for_it(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "late")
    await until(lambda: agents.folder(job_id).starts, "the process starts")
    outcome = await engine.ptz(job_id, VIEW)
    assert (outcome.applied, outcome.queued) == (False, True)
    await until(
        lambda: (beat := engine.status(job_id).heartbeat) and beat.view == VIEW, "the camera is there"
    )


async def test_a_file_goes_on_behind_what_was_shown(agents: Agents) -> None:
    """What was read ahead of that has gone with the process."""
    engine = await agents.start()
    job_id = await ingest(engine, "file")

    def shown() -> float:
        beat = engine.status(job_id).heartbeat
        return 0.0 if beat is None else beat.pts_out or 0.0

    await until(lambda: shown() > 0.5, "half a second played")
    known = shown()
    folder = agents.folder(job_id)
    os.kill(folder.starts[0], signal.SIGKILL)
    await until(lambda: len(folder.starts) == 2, "another process")
    goes_on = float(folder.noted("started")[1].split()[-1])
    assert known - ROUNDED <= goes_on < READ_AHEAD


async def test_tracking_is_kept_and_told(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    before = await engine.tracking(job_id)
    assert before is not None
    assert before.update.source == "runner-sim"
    await until_live(engine, job_id)
    update = TrackingUpdate(tracking_confidence=0.9, target_x=0.3, frame_pts=1.5)
    record = await engine.update_tracking(job_id, update)
    assert record.update == update
    assert await engine.tracking(job_id) == record
    folder = agents.folder(job_id)
    await until(lambda: folder.noted('{"type":"tracking"'), "the process hears of it")
    await until(lambda: agents.recorder.updates, "observers hear of it")
    os.kill(folder.starts[0], signal.SIGKILL)
    await until(lambda: len(folder.noted('{"type":"tracking"')) == 2, "the next process hears of it")
    assert '"frame_pts":1.5' in folder.noted('{"type":"tracking"')[1]


async def test_observers_hear_once_of_a_job_that_restarts(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "once-crash")
    await until(lambda: engine.status(job_id).restart_count == 1 and live(engine, job_id), "a restart")
    await engine.stop(job_id)
    await until(lambda: agents.recorder.stopped, "observers hear of the end")
    (job, media), *more = agents.recorder.started
    assert (job.job_id, media.video.codec, more) == (job_id, "h264", [])


async def test_limits(agents: Agents) -> None:
    engine = await agents.start(max_jobs=2, max_viewers=1)
    first, _ = await ingest(engine), await preview(engine, "late")
    with pytest.raises(LimitError, match="2 jobs"):
        await ingest(engine)
    stream = engine.frames(first)
    with pytest.raises(LimitError, match="1 viewers"):
        engine.frames(first)
    await stream.aclose()
    await engine.frames(first).aclose()
    await engine.stop(first)
    await ingest(engine)


async def test_two_jobs_never_publish_to_one_place(agents: Agents) -> None:
    engine = await agents.start(ingest_output_uri="rtmp://host/live/{session_id}")
    first = await ingest(engine, session_id="final")
    with pytest.raises(JobConflictError, match=first):
        await ingest(engine, session_id="final")
    await ingest(engine, session_id="other")
    await engine.stop(first)
    await ingest(engine, session_id="final")


async def test_a_target_that_cannot_be_is_refused_at_once(agents: Agents) -> None:
    engine = await agents.start(ingest_output_uri="gopher://host/{job_id}")
    with pytest.raises(ConfigError):
        await ingest(engine)
    assert engine.jobs() == []


async def test_a_target_that_the_list_does_not_hold_starts_nothing(agents: Agents) -> None:
    engine = await agents.start(
        ingest_output_uri="rtmp://{session_id}.example/live", target_hosts=("good.example",)
    )
    assert (await engine.start_ingest(session_id="good", source="rtmp://camera/x", profile="fluid")).job_id
    with pytest.raises(ConfigError, match="RUNNER_TARGET_HOSTS"):
        await engine.start_ingest(session_id="evil", source="rtmp://camera/x", profile="fluid")
    assert engine.counts() == (0, 1)


async def test_no_password_comes_out_of_a_job(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "tell")
    await until(lambda: engine.status(job_id).last_error, "it tells")
    assert engine.status(job_id).last_error == "cannot read rtsp://camera/***"
    assert "secret-pass" not in repr(engine.status(job_id))


async def test_the_spec_is_private_and_gone_with_the_job(agents: Agents) -> None:
    engine = await agents.start(ingest_output_uri="rtmp://host/live/{job_id}?key=target-pass")
    job_id = await ingest(engine)
    paths = agents.folder(job_id).paths
    await until(paths.spec.exists, "the spec is written")
    assert stat.S_IMODE(paths.spec.stat().st_mode) == 0o600
    assert stat.S_IMODE(paths.folder.stat().st_mode) == 0o700
    await until_live(engine, job_id)
    for pid in agents.folder(job_id).living:
        assert b"pass" not in command_line(pid)
    await engine.stop(job_id)
    await engine.close()
    files = [path for path in agents.state_dir.rglob("*") if path.is_file()]
    assert [path for path in files if b"secret-pass" in path.read_bytes()] == []


async def test_a_job_has_not_ended_before_all_that_belongs_to_it_has(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "finish")
    told: set[tuple[str, str | None]] = set()

    def ended() -> bool:
        status = engine.status(job_id)
        told.add((status.state, status.phase))
        return status.state != "running"

    await until(ended, "it ends")
    assert ("running", "draining") in told
    assert ("running", "ended") not in told
    assert ("stopped", "ended") in told


async def test_closing_leaves_nothing_behind(agents: Agents) -> None:
    before = descriptors()
    engine = await agents.start()
    jobs = [await ingest(engine, behaviour) for behaviour in ("normal", "deaf", "late", "crash", "child")]
    stream = engine.frames(jobs[0])
    await until_live(engine, jobs[0])
    await engine.close()
    assert [frame async for frame in stream] == []
    assert agents.living == []
    assert [job.state for job in engine.jobs()] == ["stopped"] * 5
    assert {task.get_name() for task in asyncio.all_tasks()} == {asyncio.current_task().get_name()}  # type: ignore[union-attr]
    assert descriptors() <= before
    with pytest.raises(StoppingError):
        await ingest(engine)
    await engine.close()


async def test_what_does_not_stop_in_time_is_killed_with_all_that_it_started(agents: Agents) -> None:
    patient = replace(QUICK, drain=60.0, deaf=60.0, file_remains=60.0, live_remains=60.0, stop_all=1.0)
    engine = await agents.start(timing=patient)
    jobs = [await ingest(engine, behaviour) for behaviour in ("deaf", "child")]
    for job_id in jobs:
        await until_live(engine, job_id)
    async with asyncio.timeout(20):
        await engine.close()
    assert agents.living == []
    assert [job.state for job in engine.jobs()] == ["stopped"] * 2


async def test_a_start_that_meets_the_end_is_refused_or_ended_with_the_others(agents: Agents) -> None:
    engine = await agents.start()
    starts = [asyncio.create_task(ingest(engine)) for _ in range(4)]
    while not engine.jobs():  # noqa: ASYNC110 - turn by turn: the first is only just being put on record
        await asyncio.sleep(0)
    engine.ask_close()
    refused = await asyncio.gather(*starts, return_exceptions=True)
    assert [type(each) for each in refused] == [StoppingError] * 4
    await engine.close()
    assert (agents.living, engine.jobs()) == ([], [])
    again = await agents.start()
    assert again.jobs() == []


async def test_a_storm_of_starts_and_stops(agents: Agents) -> None:
    engine = await agents.start()
    before = descriptors()

    async def one(number: int) -> str:
        job_id = await (ingest if number % 3 else preview)(engine)
        if number % 2:
            await asyncio.sleep(number * 0.02)
        await asyncio.gather(engine.stop(job_id), engine.stop(job_id))
        return job_id

    jobs = await asyncio.gather(*(one(number) for number in range(20)))
    assert {engine.status(job_id).state for job_id in jobs} == {"stopped"}
    assert agents.living == []
    await until(lambda: descriptors() <= before, "all descriptors are closed")
