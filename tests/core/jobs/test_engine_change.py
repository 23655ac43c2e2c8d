"""Settings and plug-ins that change while jobs run."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from virtualptz.errors import ConfigError
from virtualptz.jobs.engine import JobEngine
from virtualptz.jobs.paths import JobPaths
from virtualptz.model import JobSpec
from virtualptz.settings import Settings

from .conftest import Agents
from .harness import Recorder, ingest, settings_for, until, until_live
from .workers import Workers


@pytest.fixture
def workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workers:
    folder = tmp_path / "workers"
    folder.mkdir()
    monkeypatch.setenv("STAND_IN_WORKERS", str(folder))
    workers = Workers(folder)
    workers.behave("good")
    return workers


def spec(agents: Agents, job_id: str) -> JobSpec:
    return JobSpec.model_validate_json(JobPaths.of(agents.state_dir, job_id).spec.read_bytes())


def changed(agents: Agents, **settings: object) -> Settings:
    return settings_for(agents.state_dir, **settings)


async def test_later_jobs_have_what_is_new_and_this_one_what_it_began_with(agents: Agents) -> None:
    engine = await agents.start()
    first = await ingest(engine)
    await until_live(engine, first)
    settings = changed(
        agents, smoothing_policy="glide", plugins_disabled="yolo", plugin={"glide": {"a": "1"}}
    )
    await engine.change(settings, agents.recorder)
    second = await ingest(engine, session_id="second")
    await until_live(engine, second)
    told = spec(agents, second)
    assert (told.smoothing_policy, told.plugins_disabled) == ("glide", ("yolo",))
    assert told.plugin_options == {"glide": {"a": "1"}}
    assert (spec(agents, first).smoothing_policy, spec(agents, first).plugins_disabled) == ("auto", ())
    assert len(agents.folder(first).starts) == 1


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"smoothing_policy": "nosuch"}, "RUNNER_SMOOTHING_POLICY: there is no smoothing policy 'nosuch'"),
        ({"detector": "nosuch"}, "RUNNER_DETECTOR: there is no tracking source 'nosuch'"),
        ({"media_backend": "nosuch"}, "RUNNER_MEDIA_BACKEND: there is no media backend 'nosuch'"),
    ],
)
async def test_what_no_job_could_begin_with_changes_nothing(
    agents: Agents, bad: dict[str, str], words: str
) -> None:
    engine = await agents.start()
    with pytest.raises(ConfigError, match=words):
        await engine.change(changed(agents, max_jobs=1, **bad), Recorder())
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    assert spec(agents, job_id).smoothing_policy == "auto"
    await ingest(engine, session_id="more than one")


async def test_a_job_that_stands_by_is_replaced(agents: Agents) -> None:
    """It may have imported what is not to be imported any more, or an older version of it."""
    engine = await agents.start(spare_process=True)
    await until(lambda: spare(engine), "a spare")
    before = spare(engine)
    await engine.change(changed(agents, spare_process=True, plugins_disabled="yolo"), agents.recorder)
    await until(lambda: spare(engine) not in (0, before), "another spare")
    line = Path(f"/proc/{spare(engine)}/cmdline")
    await until(lambda: line.read_bytes().endswith(b"\0--spare\0yolo\0"), "its program")
    assert not Path(f"/proc/{before}").exists()


def spare(engine: JobEngine) -> int:
    found = engine._spawner._spare
    return found.process.pid if found else 0


async def test_a_detector_keeps_what_was_disabled_after_its_job_began(
    agents: Agents, workers: Workers
) -> None:
    engine = await agents.start(detector="keen", plugins_disabled="other")
    job_id = await ingest(engine)
    await until(lambda: disabled(workers) == ["other"], "a worker")
    await engine.change(
        changed(agents, detector="keen", plugins_disabled="other,keen-plugin"), agents.recorder
    )
    later = await ingest(engine, session_id="later")
    os.kill(workers.started[-1], signal.SIGKILL)
    await until(lambda: len(workers.started) == 2 and disabled(workers) == ["other"], "another worker")
    await engine.stop(job_id)
    os.kill(workers.started[-1], signal.SIGKILL)
    both = ["keen-plugin", "other"]
    await until(lambda: len(workers.started) == 3 and disabled(workers) == both, "a worker of the later job")
    await engine.stop(later)


def disabled(workers: Workers) -> list[str]:
    """By the environment of the newest worker; nothing where there is none."""
    name = "RUNNER_PLUGINS_DISABLED="
    with suppress(OSError, IndexError, StopIteration):
        environ = Path(f"/proc/{workers.started[-1]}/environ").read_text().split("\0")
        return next(each for each in environ if each.startswith(name)).removeprefix(name).split(",")
    return []


async def test_memory_that_stays_free_is_looked_at_as_it_is_set_now(agents: Agents) -> None:
    engine = await agents.start()
    assert "memory" not in engine.readiness().troubles
    await engine.change(changed(agents, min_free_memory_mb=1e9), agents.recorder)
    assert engine.readiness().troubles["memory"] == "low"
