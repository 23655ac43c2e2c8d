"""The detectors that the agent runs. Their workers and the jobs are stand-ins, but processes all of them."""

import asyncio
import os
import signal
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from virtualptz.errors import ConfigError, JobNotRunningError, UnknownJobError
from virtualptz.jobs.detectors.process import WorkerProcess, WorkerStarter
from virtualptz.jobs.detectors.worker import Watched
from virtualptz.jobs.engine import JobEngine
from virtualptz.jobs.status import DetectorStatus, WorkerStatus
from virtualptz.settings import load_settings
from virtualptz.wire.detector import DetectorState

from ..conftest import Agents
from ..harness import PATIENT, QUICK, ingest, preview, source, until, until_live
from ..workers import SEEN, Workers, is_gone


@pytest.fixture
def workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    folder = tmp_path / "workers"
    folder.mkdir()
    monkeypatch.setenv("STAND_IN_WORKERS", str(folder))
    workers = Workers(folder)
    workers.behave("good")
    yield workers
    for pid in workers.started:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def state(engine: JobEngine, job_id: str) -> DetectorState | None:
    status = engine.status(job_id).detector
    return None if status is None else status.state


def problem(engine: JobEngine, job_id: str) -> str:
    status = engine.status(job_id).detector
    return (status.problem if status else None) or ""


def counted(engine: JobEngine) -> WorkerStatus:
    """The one worker, but for its memory."""
    (worker,) = engine.detectors.workers
    return replace(worker, memory_bytes=None)


async def until_running(engine: JobEngine, job_id: str) -> None:
    await until(lambda: state(engine, job_id) == "running", f"the detector of {job_id} runs")


async def test_without_a_detector_nothing_runs(agents: Agents, workers: Workers) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    assert engine.status(job_id).detector == DetectorStatus("none", "off")
    assert engine.status(await preview(engine)).detector is None
    assert workers.started == []
    assert engine.detectors.workers == ()


async def test_an_ingest_gets_the_detector_of_the_settings(agents: Agents, workers: Workers) -> None:
    engine = await agents.start(detector="auto", api_key="some-key", agent_url="http://127.0.0.1:9009")
    job_id = await ingest(engine)
    assert engine.status(job_id).detector == DetectorStatus("keen", "starting")
    async with workers.reporting(engine):
        await until_running(engine, job_id)
    ((_, *arguments),) = workers.noted("started")
    where = ["--runner-base-url", "http://127.0.0.1:9009", "--jobs", "assigned"]
    assert arguments == [*where, "--mode", "live", "--hang-seconds", "10", "--quiet", "--detector", "keen"]
    assert workers.noted("key") == [[str(workers.started[0]), "some-key"]]
    assert counted(engine) == WorkerStatus("keen", up=True)
    log = agents.state_dir / "detectors" / "keen.log"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_worker_is_told_the_file_of_keys_and_none_of_them(tmp_path: Path) -> None:
    settings = load_settings(state_dir=tmp_path, api_key_file=str(tmp_path / "keys"))
    environ = WorkerStarter(settings, {})._environ
    assert environ["RUNNER_API_KEY_FILE"] == str(tmp_path / "keys")
    assert "RUNNER_API_KEY" not in environ


async def test_one_worker_serves_all_jobs_of_a_detector_and_ends_with_the_last(
    agents: Agents, workers: Workers
) -> None:
    engine = await agents.start(detector="plain")
    first, second = await ingest(engine), await ingest(engine)
    async with workers.reporting(engine):
        await until_running(engine, first)
        await until_running(engine, second)
        assert len(workers.started) == 1
        await engine.stop(first)
        assert engine.status(first).detector == DetectorStatus("plain", "off")
        await until_running(engine, second)
        assert len(workers.living) == 1
        await engine.stop(second)
    await until(lambda: not workers.living, "the worker's end")
    assert len(workers.started) == 1


async def test_each_detector_has_a_worker_of_its_own(agents: Agents, workers: Workers) -> None:
    engine = await agents.start()
    jobs = [
        (await engine.start_ingest(session_id="s", source=source("normal"), profile="fluid", detector=name))
        for name in ("keen", "plain", "none")
    ]
    async with workers.reporting(engine):
        await until_running(engine, jobs[0].job_id)
        await until_running(engine, jobs[1].job_id)
    assert state(engine, jobs[2].job_id) == "off"
    assert sorted(words[-1] for words in workers.noted("started")) == ["keen", "plain"]


async def test_a_detector_is_started_changed_and_stopped_while_the_job_runs(
    agents: Agents, workers: Workers
) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    async with workers.reporting(engine):
        assert await engine.detectors.start(job_id) == DetectorStatus("keen", "starting")
        await until_running(engine, job_id)
        assert await engine.detectors.start(job_id, "plain") == DetectorStatus("plain", "starting")
        await until_running(engine, job_id)
        assert (await engine.detectors.start(job_id, "plain")).state == "running"
        assert await engine.detectors.stop(job_id) == DetectorStatus("none", "off")
    await until(lambda: not workers.living, "the end of both workers")
    assert len(workers.started) == 2
    assert engine.status(job_id).tracking is not None, "the last update stays"
    assert (await engine.detectors.start(job_id, "none")).state == "off"


async def test_the_detector_of_the_settings_is_what_start_means(agents: Agents, workers: Workers) -> None:
    engine = await agents.start(detector="plain")
    job_id = await ingest(engine)
    await engine.detectors.stop(job_id)
    assert (await engine.detectors.start(job_id)).name == "plain"


async def test_what_cannot_be_started_changes_nothing(agents: Agents, workers: Workers) -> None:
    engine = await agents.start(detector="plain")
    job_id = await ingest(engine)
    with pytest.raises(ConfigError, match="'nosuch'; there are: keen, plain"):
        await engine.detectors.start(job_id, "nosuch")
    with pytest.raises(ConfigError, match="nosuch"):
        await engine.start_ingest(session_id="s", source=source("normal"), profile="fluid", detector="nosuch")
    assert len(engine.jobs()) == 1
    assert engine.status(job_id).detector == DetectorStatus("plain", "starting")
    with pytest.raises(UnknownJobError):
        await engine.detectors.start("nobody")
    with pytest.raises(UnknownJobError):
        await engine.detectors.stop(await preview(engine))
    await engine.stop(job_id)
    for call in (engine.detectors.start, engine.detectors.stop):
        with pytest.raises(JobNotRunningError):
            await call(job_id)


async def test_a_detector_of_the_settings_that_is_not_there_ends_the_agent(agents: Agents) -> None:
    with pytest.raises(ConfigError, match=r"^RUNNER_DETECTOR: .*there are: keen, plain; or none$"):
        await agents.start(detector="nosuch")
    await agents.start(detector="none")


async def test_a_worker_that_is_killed_is_replaced(agents: Agents, workers: Workers) -> None:
    engine = await agents.start(detector="plain")
    job_id = await ingest(engine)
    async with workers.reporting(engine):
        await until_running(engine, job_id)
        os.kill(workers.started[0], signal.SIGKILL)
        await until(lambda: len(workers.started) == 2, "another worker")
        await until_running(engine, job_id)
    assert counted(engine) == WorkerStatus("plain", up=True, losses={"died": 1})
    assert problem(engine, job_id) == ""
    assert engine.status(job_id).restart_count == 0, "the camera is untouched"


async def test_until_the_next_one_reports_the_status_says_what_became_of_the_last(
    agents: Agents, workers: Workers
) -> None:
    workers.behave("fail", "mute")
    engine = await agents.start(detector="plain")
    job_id = await ingest(engine)
    await until(lambda: len(workers.started) == 2, "another worker")
    assert state(engine, job_id) == "restarting"
    assert problem(engine, job_id) == "its worker ended with exit code 1: RuntimeError: out of memory"
    assert counted(engine) == WorkerStatus("plain", losses={"died": 1})


async def test_a_worker_that_always_dies_is_paused_and_tried_for_ever(
    agents: Agents, workers: Workers
) -> None:
    workers.behave("die")
    engine = await agents.start(detector="plain", timing=replace(QUICK, unusable=1.0))
    job_id = await ingest(engine)
    async with workers.reporting(engine):
        await until(lambda: counted(engine).restarts == 4, "four losses")
        assert state(engine, job_id) != "failed"
        await until(lambda: state(engine, job_id) == "failed", "the pause")
        assert counted(engine).losses == {"died": 5}
        assert problem(engine, job_id).startswith(
            "paused, since it was lost too often, the last time so: its"
        )
        status = engine.status(job_id).detector
        assert status is not None
        assert 0 < (status.next_attempt_in or 0) <= 1
        await until(lambda: counted(engine).restarts == 6, "one more try")
        assert state(engine, job_id) == "failed", "paused again at once"
        await engine.detectors.stop(job_id)
    await until(lambda: not engine.detectors._workers, "no worker any more")
    assert counted(engine).restarts >= 6, "what was counted stays"
    assert not counted(engine).wanted


async def test_a_new_job_does_not_wait_for_the_end_of_the_pause(agents: Agents, workers: Workers) -> None:
    workers.behave(*["die"] * 5, "good")
    engine = await agents.start(detector="plain", timing=replace(QUICK, unusable=3600.0))
    first = await ingest(engine)
    async with workers.reporting(engine):
        await until(lambda: state(engine, first) == "failed", "the pause")
        second = await ingest(engine)
        for job_id in (first, second):
            await until_running(engine, job_id)
    status = engine.status(first).detector
    assert status == DetectorStatus("plain", "running")


@pytest.mark.parametrize("behaviour", ["eat", "feed"])
async def test_a_worker_that_takes_too_much_memory_is_replaced(
    agents: Agents, workers: Workers, behaviour: str
) -> None:
    """`feed`: not it, but what it started."""
    workers.behave(behaviour, "good")
    engine = await agents.start(detector="plain", detector_memory_mb=100, timing=replace(QUICK, appetite=0.1))
    job_id = await ingest(engine)
    async with workers.reporting(engine):
        reason = "MB of memory, of 100 MB (RUNNER_DETECTOR_MEMORY_MB)"
        await until(lambda: reason in problem(engine, job_id), "the reason")
        await until(lambda: len(workers.started) == 2, "another worker")
        assert counted(engine).losses == {"memory": 1}
        await until_running(engine, job_id)
        await until(lambda: engine.detectors.workers[0].memory_bytes, "a look at its memory")
    assert 1e6 < (engine.detectors.workers[0].memory_bytes or 0) < 1e8


async def test_the_log_of_a_worker_that_says_too_much_stays_short(agents: Agents, workers: Workers) -> None:
    workers.behave("flood")
    engine = await agents.start(detector="plain")
    job_id = await ingest(engine)
    log = agents.state_dir / "detectors" / "plain.log"
    sizes: list[int] = []

    def trimmed_twice() -> bool:
        size = log.stat().st_size if log.exists() else 0
        sizes.append(size)
        return sum(later < earlier for earlier, later in pairwise(sizes)) >= 2

    async with workers.reporting(engine):
        await until_running(engine, job_id)
        await until(trimmed_twice, "a log that was cut")
    assert counted(engine).losses == {}


@pytest.mark.parametrize("behaviour", ["hang", "mute"])
async def test_a_worker_that_tells_nothing_while_its_job_streams_is_killed_and_replaced(
    agents: Agents, workers: Workers, behaviour: str
) -> None:
    workers.behave(behaviour, "good")
    timing = replace(QUICK, first_update=2.0)
    engine = await agents.start(detector="plain", detector_hang_seconds=1, timing=timing)
    job_id = await ingest(engine)
    async with workers.reporting(engine):
        await until(lambda: "told nothing for" in problem(engine, job_id), "the reason")
        await until(lambda: len(workers.started) == 2, "another worker")
        assert counted(engine).losses == {"hung": 1}
        assert is_gone(workers.started[0])
        await until_running(engine, job_id)
    log = (agents.state_dir / "detectors" / "plain.log").read_text()
    assert "stand_in_worker.py" in log, "it left its stacks"


async def test_a_stopped_process_is_killed_all_the_same(agents: Agents, workers: Workers) -> None:
    engine = await agents.start(detector="plain", detector_hang_seconds=1)
    job_id = await ingest(engine)
    async with workers.reporting(engine):
        await until_running(engine, job_id)
        os.kill(workers.started[0], signal.SIGSTOP)
        await until(lambda: len(workers.started) == 2, "another worker")
        assert is_gone(workers.started[0])
        await until_running(engine, job_id)


async def test_nobody_is_blamed_for_a_source_that_is_away(agents: Agents, workers: Workers) -> None:
    workers.behave("mute")
    timing = replace(PATIENT, tick=0.02, first_update=0.2, first_word=60.0)
    engine = await agents.start(detector="plain", detector_hang_seconds=1, timing=timing)
    job_id = await ingest(engine, "silent")
    await until(lambda: workers.started, "a worker")
    (worker,) = engine.detectors._workers.values()
    look, ticks = worker._jobs, 0

    def looked() -> Sequence[Watched]:
        nonlocal ticks
        ticks += 1
        return look()

    worker._jobs = looked
    await until(lambda: ticks > 100, "twice its patience")
    assert engine.status(job_id).detector == DetectorStatus("plain", "starting")
    assert len(workers.started) == 1


async def test_updates_of_others_do_not_speak_for_a_worker_that_hangs(
    agents: Agents, workers: Workers
) -> None:
    workers.behave("hang", "good")
    engine = await agents.start(detector="plain", detector_hang_seconds=1)
    job_id = await ingest(engine)

    async def push_all_the_time() -> None:
        while True:
            await engine.update_tracking(job_id, SEEN)
            await engine.update_tracking(job_id, SEEN, "wk_of-another-agent")
            await asyncio.sleep(0.05)

    others = asyncio.create_task(push_all_the_time())
    async with workers.reporting(engine):
        await until(lambda: len(workers.started) == 2, "another worker")
    others.cancel()


async def test_options_that_cannot_work_are_said_and_tried_again_slowly(
    agents: Agents, workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    workers.behave("cannot", "cannot", "good")
    engine = await agents.start(detector="plain")
    job_id = await ingest(engine)
    await until(lambda: state(engine, job_id) == "failed", "the detector failed")
    assert problem(engine, job_id) == "no model at rtsp://camera/*** put one there"
    assert "secret-pass" not in caplog.text
    await until(lambda: len(workers.started) == 2, "the next try")
    assert state(engine, job_id) == "failed"
    async with workers.reporting(engine):
        await until_running(engine, job_id)


async def test_whoever_has_put_it_right_need_not_wait(agents: Agents, workers: Workers) -> None:
    workers.behave("cannot", "good")
    engine = await agents.start(detector="plain", timing=replace(QUICK, unusable=3600.0))
    job_id = await ingest(engine)
    await until(lambda: state(engine, job_id) == "failed", "the detector failed")
    async with workers.reporting(engine):
        await engine.detectors.start(job_id, "plain")
        await until_running(engine, job_id)


@pytest.mark.parametrize("behaviour", ["deaf", "child"])
async def test_nothing_is_left_of_a_worker(agents: Agents, workers: Workers, behaviour: str) -> None:
    workers.behave(behaviour)
    engine = await agents.start(detector="plain")
    job_id = await ingest(engine)
    async with workers.reporting(engine):
        await until_running(engine, job_id)
    await engine.stop(job_id)
    await until(lambda: not workers.living, "the worker's end")
    children = [int(pid) for _, pid in workers.noted("child")]
    assert len(children) == (behaviour == "child")
    await until(lambda: all(map(is_gone, children)), "the end of its child")


async def test_a_worker_that_cannot_be_started(agents: Agents, workers: Workers) -> None:
    engine = await agents.start(detector="plain")
    (agents.state_dir / "detectors").touch()
    job_id = await ingest(engine)
    await until(lambda: problem(engine, job_id), "a problem")
    assert "cannot be started: " in problem(engine, job_id)
    (agents.state_dir / "detectors").unlink()
    async with workers.reporting(engine):
        await until_running(engine, job_id)


async def test_a_fault_of_our_own_costs_a_detector_a_while_not_the_match(
    agents: Agents, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, faults = WorkerStarter.start, ["can't start new thread"]

    async def fails_once(starter: WorkerStarter, detector: str) -> WorkerProcess:
        if faults:
            raise RuntimeError(faults.pop())
        return await start(starter, detector)

    monkeypatch.setattr(WorkerStarter, "start", fails_once)
    engine = await agents.start(detector="plain", timing=replace(QUICK, unusable=0.1))
    job_id = await ingest(engine)
    async with workers.reporting(engine):
        await until_running(engine, job_id)
    assert faults == []


async def test_the_next_agent_runs_the_detectors_of_the_jobs_that_it_finds(
    agents: Agents, workers: Workers
) -> None:
    first = await agents.start()
    kept, off = await ingest(first), await ingest(first)
    await first.detectors.start(kept, "plain")
    await first.detectors.start(off, "keen")
    await first.detectors.stop(off)
    async with workers.reporting(first):
        await until_running(first, kept)
    await first.close(keep_jobs=True)
    assert workers.living == [], "workers end with their agent"
    second = await agents.start(detector="keen")
    async with workers.reporting(second):
        await until_running(second, kept)
    assert len(workers.living) == 1
    status = second.status(kept).detector
    assert status is not None
    assert status.name == "plain"
    assert state(second, off) == "off"


async def test_a_job_that_is_started_again_keeps_its_detector(agents: Agents, workers: Workers) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "once-crash")
    await engine.detectors.start(job_id, "plain")
    await until(lambda: engine.status(job_id).restart_count == 1, "a restart")
    async with workers.reporting(engine):
        await until_running(engine, job_id)
    assert len(workers.started) == 1


async def test_workers_end_before_the_jobs(agents: Agents, workers: Workers) -> None:
    engine = await agents.start(detector="plain")
    job_id = await ingest(engine)
    async with workers.reporting(engine):
        await until_running(engine, job_id)
    await until_live(engine, job_id)
    await engine.close(keep_jobs=False)
    assert workers.living == []
    assert engine.status(job_id).state == "stopped"
