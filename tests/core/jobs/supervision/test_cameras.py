"""What people ask of a camera beside where to look, with real processes: only their media is missing."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from virtualptz.errors import ConfigError, JobNotRunningError, UnknownJobError, UnknownPresetError
from virtualptz.jobs.engine import JobEngine
from virtualptz.jobs.rules import CameraRules, RuleChange
from virtualptz.jobs.status import CameraRequest
from virtualptz.model import CameraMode, LimitBox
from virtualptz.wire.view import ViewValue

from ..conftest import Agents
from ..harness import POLICIES, VIEW, ingest, new_engine, preview, settings_for, source, until, until_live

BOX = LimitBox(left=0.125, right=0.75)
CHANGE = RuleChange(mode="manual", policy="glide", lookahead_seconds=2.0, limits=BOX)
RULES = CameraRules("manual", "glide", 2.0, BOX)
NOTED = "rules manual glide 2 0.125"


def works(engine: JobEngine, job_id: str, mode: CameraMode = "manual") -> bool:
    camera = engine.status(job_id).camera
    return camera is not None and (camera.mode, engine.status(job_id).rules) == (mode, RULES)


async def test_new_rules_are_in_force_and_remembered(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    outcome = await engine.cameras.rule(job_id, CHANGE)
    camera = outcome.status.camera
    assert outcome.applied
    assert camera is not None
    assert (camera.mode, camera.policy, camera.lookahead_seconds) == ("manual", "glide", 2.0)
    assert camera.limits == BOX
    assert outcome.status.rules == RULES
    folder = agents.folder(job_id)
    os.kill(folder.starts[0], signal.SIGKILL)
    await until(lambda: len(folder.noted("rules")) == 2, "another process")
    assert folder.noted("rules")[1] == NOTED


async def test_a_change_of_one_rule_leaves_the_others(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    changes = (RuleChange(limits=BOX), RuleChange(mode="manual"), RuleChange(policy="glide"))
    await asyncio.gather(*(engine.cameras.rule(job_id, change) for change in changes))
    rules = engine.status(job_id).rules
    assert rules == CameraRules("manual", "glide", engine.status(job_id).rules.lookahead_seconds, BOX)  # type: ignore[union-attr]


async def test_rules_for_a_process_that_does_not_listen_yet(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "late")
    folder = agents.folder(job_id)
    await until(lambda: folder.noted("rules"), "the process starts")
    outcome = await engine.cameras.rule(job_id, CHANGE)
    assert (outcome.applied, outcome.status.rules, outcome.status.camera) == (False, RULES, None)
    await until(lambda: works(engine, job_id), "the process hears of it")
    assert len(folder.starts) == 1


async def test_rules_that_nobody_confirms_are_the_next_processs(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "mute")
    await until_live(engine, job_id)
    outcome = await engine.cameras.rule(job_id, CHANGE)
    assert not outcome.applied
    folder = agents.folder(job_id)
    os.kill(folder.starts[0], signal.SIGKILL)
    await until(lambda: len(folder.noted("rules")) == 2, "another process")
    assert folder.noted("rules")[1] == NOTED


async def test_what_the_process_refuses_changes_nothing(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "stubborn")
    await until_live(engine, job_id)
    before = engine.status(job_id).rules
    with pytest.raises(ConfigError, match="its own mind"):
        await engine.cameras.rule(job_id, CHANGE)
    assert engine.status(job_id).rules == before


async def test_an_adopted_camera_keeps_its_rules_and_so_does_the_next_process(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    await engine.cameras.rule(job_id, CHANGE)
    await engine.close(keep_jobs=True)
    engine = await agents.start()
    await until(lambda: works(engine, job_id), "the next agent knows of it")
    folder = agents.folder(job_id)
    assert len(folder.starts) == 1
    assert len(folder.noted('{"type":"rule"')) == 1, "it is not told what it knows"
    os.kill(folder.starts[0], signal.SIGKILL)
    await until(lambda: len(folder.noted("rules")) == 2, "another process")
    assert folder.noted("rules")[1] == NOTED


async def test_a_camera_works_on_as_asked_after_a_reboot(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    await engine.cameras.rule(job_id, CHANGE)
    await engine.close(keep_jobs=True)
    agents.kill_all()
    folder = agents.folder(job_id)
    await until(lambda: folder.living == [], "nothing of it is left")
    engine = await agents.start()
    await until(lambda: len(folder.noted("rules")) == 2, "another process")
    assert folder.noted("rules")[1] == NOTED


async def test_an_adopted_camera_is_told_what_it_missed(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "late")
    folder = agents.folder(job_id)
    await until(lambda: folder.noted("rules"), "the process starts")
    await engine.cameras.rule(job_id, CHANGE)
    await engine.close(keep_jobs=True)
    engine = await agents.start()
    await until(lambda: works(engine, job_id), "the camera works as asked")
    assert len(folder.starts) == 1


@pytest.mark.parametrize("change", [RuleChange(policy="jerky"), RuleChange(mode="manual", policy="jerky")])
async def test_an_unknown_policy_is_refused_with_those_there_are(agents: Agents, change: RuleChange) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    with pytest.raises(ConfigError, match=f"'jerky'; there are: {', '.join(POLICIES)}; or auto"):
        await engine.cameras.rule(job_id, change)
    assert agents.folder(job_id).noted('{"type":"rule"') == []
    assert engine.status(job_id).rules == CameraRules(lookahead_seconds=1.0)


async def test_only_an_ingest_that_runs_has_a_camera(agents: Agents) -> None:
    engine = await agents.start()
    ended, other = await ingest(engine), await preview(engine)
    await engine.stop(ended)
    cameras = engine.cameras
    for job_id, error in ((ended, JobNotRunningError), (other, UnknownJobError), ("nobody", UnknownJobError)):
        with pytest.raises(error):
            await cameras.rule(job_id, CHANGE)
        with pytest.raises(error):
            await cameras.presets(job_id)
        with pytest.raises(error):
            await cameras.keep(job_id, "left")
        with pytest.raises(error):
            await cameras.drop(job_id, "left")
        with pytest.raises(error):
            await cameras.recall(job_id, "left", 1.0)


def spec_of(agents: Agents, job_id: str) -> dict[str, Any]:
    spec: dict[str, Any] = json.loads(agents.folder(job_id).paths.spec.read_text())
    return spec


async def start(engine: JobEngine, camera: CameraRequest) -> str:
    job = await engine.start_ingest(
        session_id="match", source=source("normal"), profile="balanced", camera=camera
    )
    return job.job_id


async def test_a_job_has_the_camera_that_was_asked_for(agents: Agents) -> None:
    engine = await agents.start(lookahead_seconds=0.5, framing={"min_zoom": "1.2", "max_zoom": "3"})
    usual = await ingest(engine)
    asked = await start(engine, CameraRequest(CHANGE, {"max_zoom": 2.0}, decision_log=True))
    for job_id in (usual, asked):
        await until(agents.folder(job_id).paths.spec.exists, "the spec is written")
    spec = spec_of(agents, usual)
    rules = ("camera_mode", "smoothing_policy", "lookahead_seconds", "decision_log")
    assert [spec[rule] for rule in rules] == ["auto", "auto", 0.5, False]
    assert (spec["framing"]["min_zoom"], spec["framing"]["max_zoom"]) == (1.2, 3.0)
    spec = spec_of(agents, asked)
    assert [spec[rule] for rule in rules] == ["manual", "glide", 2.0, True]
    assert spec["limits"]["right"] == 0.75
    assert (spec["framing"]["min_zoom"], spec["framing"]["max_zoom"]) == (1.2, 2.0)


@pytest.mark.parametrize(
    ("camera", "words"),
    [
        (CameraRequest(RuleChange(policy="jerky")), r"smoothing_policy: .* there are: "),
        (CameraRequest(framing={"max_zoom": 9}), r"framing\.max_zoom: .* less than or equal to 4"),
        (CameraRequest(framing={"min_zoom": 3, "max_zoom": 2}), r"framing: .*min_zoom 3 is above"),
        (CameraRequest(framing={"maxzoom": 2}), r"framing\.maxzoom: no such option; there are: min_zoom, "),
    ],
)
async def test_a_camera_that_cannot_be_starts_nothing(
    agents: Agents, camera: CameraRequest, words: str
) -> None:
    engine = await agents.start()
    with pytest.raises(ConfigError, match=words):
        await start(engine, camera)
    assert engine.jobs() == []


async def test_an_agent_with_a_policy_that_is_not_there_does_not_start(tmp_path: Path) -> None:
    engine = new_engine(settings_for(tmp_path / "state", smoothing_policy="jerky"))
    with pytest.raises(ConfigError, match=r"^RUNNER_SMOOTHING_POLICY: .*'jerky'; there are: "):
        await engine.start()
    assert not (tmp_path / "state").exists()


async def test_a_preset_is_where_the_camera_looks_unless_told(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    await engine.ptz(job_id, VIEW)
    await until(lambda: engine.status(job_id).view == VIEW, "the camera is there")
    (here,) = await engine.cameras.keep(job_id, "here")
    assert here.view == VIEW
    await engine.cameras.keep(job_id, "closer", zoom=4.0)
    assert {preset.name: preset.view for preset in await engine.cameras.presets(job_id)} == {
        "closer": VIEW.model_copy(update={"zoom": 4.0}),
        "here": VIEW,
    }


async def test_presets_are_the_cameras_and_outlive_job_and_agent(agents: Agents) -> None:
    engine = await agents.start()
    first = await ingest(engine)
    view = {"center_x": 0.2, "center_y": 0.6, "zoom": 2.5}
    await engine.cameras.keep(first, "left", **view)
    await engine.stop(first)
    again, other = await ingest(engine), await ingest(engine, "late")
    assert [preset.view for preset in await engine.cameras.presets(again)] == [ViewValue(**view)]
    assert await engine.cameras.presets(other) == ()
    await engine.close()
    engine = await agents.start()
    job_id = await ingest(engine)
    assert [preset.name for preset in await engine.cameras.presets(job_id)] == ["left"]
    assert await engine.cameras.drop(job_id, "left") == ()
    await engine.close()
    written = [path.read_bytes() for path in agents.state_dir.rglob("*") if path.is_file()]
    assert not any(b"secret-pass" in content for content in written)


async def test_a_recall_glides_for_as_long_as_it_takes(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    await until_live(engine, job_id)
    await engine.cameras.keep(job_id, "left", center_x=0.2, zoom=2.0)
    outcome = await engine.cameras.recall(job_id, "left", 1.5)
    assert (outcome.applied, outcome.glide_seconds, outcome.preset.name) == (True, 1.75, "left")
    await until(lambda: engine.status(job_id).view == outcome.preset.view, "the camera is there")
    assert '"name":"left"' in agents.folder(job_id).noted('{"type":"recall"')[0]
    with pytest.raises(UnknownPresetError, match="there are: 'left'"):
        await engine.cameras.recall(job_id, "right", 1.5)


async def test_a_recall_before_the_process_listens_is_where_it_begins(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine, "late")
    (preset,) = await engine.cameras.keep(job_id, "left", center_x=0.2, zoom=2.0)
    outcome = await engine.cameras.recall(job_id, "left", 1.5)
    assert (outcome.applied, outcome.glide_seconds) == (False, 0.0)
    assert engine.status(job_id).view == preset.view, "that is what is shown until it has"
    await until(
        lambda: (beat := engine.status(job_id).heartbeat) and beat.view == preset.view, "the camera is there"
    )
