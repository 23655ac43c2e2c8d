from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

from virtualptz.errors import ConfigError
from virtualptz.jobs.messages import Heartbeat
from virtualptz.jobs.rules import CameraRules, RuleChange
from virtualptz.model import NO_LIMITS, CameraQuality, CameraReport, LimitBox, View
from virtualptz.wire.camera import ModeRequest
from virtualptz.wire.ingest import IngestStartRequest
from virtualptz.wire.presets import PresetsRequest, RecallRequest
from virtualptz.wire.view import ViewValue

from .fake import MemoryEngine

MODE, STATUS = "/runner/ptz/mode", "/runner/ptz/status"
BOX = {"left": 0.125, "top": 0.25, "right": 0.875, "bottom": 1.0}
FIGURES = {name: None if info.default is None else 0.0 for name, info in CameraQuality.model_fields.items()}
NEUTRAL = {
    "available": False,
    "view": {"center_x": 0.5, "center_y": 0.5, "zoom": 1.0},
    "wanted": None,
    "holder": "none",
    "reason": "",
    "mode": "auto",
    "policy": "",
    "policy_asked": "",
    "lookahead_seconds": 0.0,
    "lookahead_asked_seconds": 0.0,
    "takeover_seconds_left": None,
    "limits": None,
    "problem": None,
    "quality": FIGURES,
}


def told(engine: MemoryEngine, **more: Any) -> str:
    """An ingest whose camera has reported."""
    job = engine.add("ingest")
    report = CameraReport(
        **{
            "view": View(0.25, 0.5, 2.0),
            "wanted": View(0.5, 0.5, 2.0),
            "holder": "manual",
            "reason": "preset left",
            "policy": "lookahead",
            "lookahead_seconds": 0.75,
            "takeover_seconds_left": 3.5,
            "limits": LimitBox(**BOX),
            "problem": "no memory for rtmp://u:hunter22@camera/live",
            "quality": CameraQuality(seconds=12.0, rms_jerk=0.25, ball_in_view=0.5),
            **more,
        }
    )
    beat = Heartbeat(job_id=job.job_id, pid=7, phase="streaming", camera=report)
    engine.known[job.job_id] = replace(job, heartbeat=beat, rules=CameraRules(lookahead_seconds=1.0))
    return job.job_id


def test_all_that_a_camera_tells(client: TestClient, engine: MemoryEngine) -> None:
    job_id = told(engine)
    answer = client.post(STATUS, json={"job_id": job_id})
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "job_id": job_id,
            "state": "running",
            "available": True,
            "view": {"center_x": 0.25, "center_y": 0.5, "zoom": 2.0},
            "wanted": {"center_x": 0.5, "center_y": 0.5, "zoom": 2.0},
            "holder": "manual",
            "reason": "preset left",
            "mode": "auto",
            "policy": "lookahead",
            "policy_asked": "auto",
            "lookahead_seconds": 0.75,
            "lookahead_asked_seconds": 1.0,
            "takeover_seconds_left": 3.5,
            "limits": BOX,
            "problem": "no memory for rtmp://camera/***",
            "quality": {**FIGURES, "seconds": 12.0, "rms_jerk": 0.25, "ball_in_view": 0.5},
        },
    )


def test_limits_that_limit_nothing_are_none(client: TestClient, engine: MemoryEngine) -> None:
    job_id = told(engine, limits=NO_LIMITS, wanted=None)
    answer = client.post(STATUS, json={"job_id": job_id}).json()
    assert (answer["limits"], answer["wanted"]) == (None, None)


def test_until_a_camera_tells_it_is_what_was_asked_for(client: TestClient, engine: MemoryEngine) -> None:
    job = engine.add("ingest")
    rules = CameraRules("manual", "spring", 2.0, LimitBox(**BOX))
    engine.known[job.job_id] = replace(job, rules=rules, view=ViewValue(center_x=0.3, zoom=3.0))
    assert client.post(STATUS, json={"job_id": job.job_id}).json() == {
        **NEUTRAL,
        "job_id": job.job_id,
        "state": "running",
        "view": {"center_x": 0.3, "center_y": 0.5, "zoom": 3.0},
        "mode": "manual",
        "policy": "spring",
        "policy_asked": "spring",
        "lookahead_seconds": 2.0,
        "lookahead_asked_seconds": 2.0,
        "limits": BOX,
    }


def test_a_job_that_has_ended_shows_its_last(client: TestClient, engine: MemoryEngine) -> None:
    job_id = told(engine)
    client.post("/runner/ingest/stop", json={"job_id": job_id})
    answer = client.post(STATUS, json={"job_id": job_id}).json()
    assert (answer["state"], answer["available"], answer["view"]["zoom"]) == ("stopped", True, 2.0)


def test_where_there_is_no_camera_that_is_an_answer(client: TestClient, engine: MemoryEngine) -> None:
    for job_id in ("nobody", engine.add("preview").job_id):
        answer = client.post(STATUS, json={"job_id": job_id})
        assert answer.status_code == 200
        assert answer.json() == {**NEUTRAL, "job_id": job_id, "state": "unknown"}


def test_a_preview_does_not_pass_its_hosts_camera_for_its_own(
    client: TestClient, engine: MemoryEngine
) -> None:
    host, preview = told(engine), engine.add("preview")
    engine.known[preview.job_id] = replace(preview, heartbeat=engine.known[host].heartbeat)
    assert not client.post(STATUS, json={"job_id": preview.job_id}).json()["available"]
    status = client.post("/runner/job/status", json={"job_id": preview.job_id}).json()
    assert "policy" not in status


def test_the_jobs_status_says_how_its_camera_works(client: TestClient, engine: MemoryEngine) -> None:
    status = client.post("/runner/job/status", json={"job_id": told(engine)}).json()
    named = ("camera_mode", "policy", "lookahead_seconds", "camera_problem")
    assert [status[name] for name in named] == ["auto", "lookahead", 0.75, "no memory for rtmp://camera/***"]


@pytest.mark.parametrize(
    ("body", "change"),
    [
        ({}, RuleChange()),
        ({"mode": "manual"}, RuleChange(mode="manual")),
        ({"policy": "spring", "lookahead_seconds": 0}, RuleChange(policy="spring", lookahead_seconds=0)),
        ({"limits": BOX}, RuleChange(limits=LimitBox(**BOX))),
        ({"limits": {"right": 0.5}}, RuleChange(limits=LimitBox(right=0.5))),
        ({"limits": {}}, RuleChange(limits=NO_LIMITS)),
        ({"limits": None}, RuleChange(limits=NO_LIMITS)),
        ({"mode": None, "policy": None, "lookahead_seconds": None}, RuleChange()),
    ],
)
def test_what_is_asked_of_a_camera(
    client: TestClient, engine: MemoryEngine, body: dict[str, Any], change: RuleChange
) -> None:
    job = engine.add("ingest")
    answer = client.post(MODE, json={"job_id": job.job_id, **body})
    assert answer.status_code == 200
    assert engine.asked == [{"rule": change}]


@pytest.mark.parametrize("answers", [True, False])
def test_the_answer_is_how_it_works_then(client: TestClient, engine: MemoryEngine, answers: bool) -> None:
    engine.answers = answers
    job = engine.add("ingest")
    answer = client.post(MODE, json={"job_id": job.job_id, "mode": "manual", "limits": BOX}).json()
    assert (answer["applied"], answer["queued"]) == (answers, not answers)
    assert (answer["mode"], answer["limits"], answer["state"]) == ("manual", BOX, "running")
    assert answer.keys() == {*NEUTRAL, "job_id", "state", "applied", "queued"}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"mode": "off"}, "'auto' or 'manual'"),
        ({"mode": "AUTO"}, "'auto' or 'manual'"),
        ({"lookahead_seconds": -0.1}, "greater than or equal to 0"),
        ({"lookahead_seconds": 5.1}, "less than or equal to 5"),
        ({"lookahead_seconds": "soon"}, "valid number"),
        ({"policy": ""}, "at least 1 character"),
        ({"limits": {"left": 0.5, "right": 0.6}}, "at least 0.25 wide and high"),
        ({"limits": {"left": 0.8, "right": 0.2}}, "at least 0.25 wide and high"),
        ({"limits": {"top": -1}}, "greater than or equal to 0"),
        ({"limits": {"rigth": 0.5}}, "not permitted"),
        ({"limits": [0, 0, 1, 1]}, "valid dictionary"),
    ],
)
def test_what_cannot_be_says_what_can(
    client: TestClient, engine: MemoryEngine, wrong: dict[str, Any], words: str
) -> None:
    job = engine.add("ingest")
    answer = client.post(MODE, json={"job_id": job.job_id, **wrong})
    assert answer.status_code == 422
    assert words in answer.json()["detail"][0]["msg"]
    assert engine.asked == []


def test_a_policy_that_is_not_there(client: TestClient, engine: MemoryEngine) -> None:
    job = engine.add("ingest")
    engine.fails = ConfigError("policy: there is no smoothing policy 'x'; there are: spring; or auto")
    answer = client.post(MODE, json={"job_id": job.job_id, "policy": "x"})
    assert (answer.status_code, answer.json()["detail"]) == (422, str(engine.fails))


@pytest.mark.parametrize("body", [ModeRequest, PresetsRequest, RecallRequest, IngestStartRequest])
def test_the_examples_of_the_documentation_are_accepted(client: TestClient, body: type[BaseModel]) -> None:
    schema = client.get("/openapi.json").json()["components"]["schemas"][body.__name__]
    for example in schema["examples"]:
        assert body.model_validate(example)


def test_unknown_not_running_and_of_another_kind(client: TestClient, engine: MemoryEngine) -> None:
    preview, ingest = engine.add("preview"), engine.add("ingest")
    assert client.post(MODE, json={"job_id": "nobody", "mode": "auto"}).status_code == 404
    assert client.post(MODE, json={"job_id": preview.job_id, "mode": "auto"}).status_code == 404
    client.post("/runner/ingest/stop", json={"job_id": ingest.job_id})
    assert client.post(MODE, json={"job_id": ingest.job_id, "mode": "auto"}).status_code == 409
