from typing import Any

import pytest
from starlette.testclient import TestClient

from virtualptz.errors import ConfigError, JobConflictError, LimitError
from virtualptz.jobs.rules import RuleChange
from virtualptz.jobs.status import CameraRequest
from virtualptz.model import LimitBox

from .fake import MemoryEngine

START, STOP = "/runner/ingest/start", "/runner/ingest/stop"
BODY = {"session_id": "Final-2030.1_a:b", "source_uri_ref": "srt://camera:9000", "profile": "balanced"}


@pytest.mark.parametrize("profile", ["quality", "balanced", "fluid"])
def test_an_ingest_starts(client: TestClient, engine: MemoryEngine, profile: str) -> None:
    answer = client.post(START, json={**BODY, "profile": profile, "replica_index": 2})
    assert (answer.status_code, answer.json()) == (200, {"job_id": "ingest-1", "state": "running"})
    assert engine.asked == [
        {
            "session_id": "Final-2030.1_a:b",
            "source": "srt://camera:9000",
            "profile": profile,
            "replica_index": 2,
        }
    ]


def test_the_replica_is_0_unless_told(client: TestClient, engine: MemoryEngine) -> None:
    client.post(START, json=BODY)
    assert engine.asked[0]["replica_index"] == 0


@pytest.mark.parametrize(
    ("asked", "camera"),
    [
        ({"lookahead_seconds": 0}, CameraRequest(RuleChange(lookahead_seconds=0))),
        ({"smoothing_policy": "spring"}, CameraRequest(RuleChange(policy="spring"))),
        ({"camera_mode": "manual"}, CameraRequest(RuleChange(mode="manual"))),
        ({"limits": {"left": 0.25}}, CameraRequest(RuleChange(limits=LimitBox(left=0.25)))),
        ({"framing": {"max_zoom": 2, "new": [1]}}, CameraRequest(framing={"max_zoom": 2, "new": [1]})),
        ({"decision_log": False}, CameraRequest(decision_log=False)),
        (dict.fromkeys(("lookahead_seconds", "smoothing_policy", "limits", "framing")), None),
    ],
)
def test_a_camera_as_the_job_wants_it(
    client: TestClient, engine: MemoryEngine, asked: dict[str, Any], camera: CameraRequest | None
) -> None:
    assert client.post(START, json={**BODY, **asked}).status_code == 200
    assert engine.asked[0].get("camera") == camera


@pytest.mark.parametrize(
    "wrong",
    [
        {"lookahead_seconds": 6},
        {"lookahead_seconds": "long"},
        {"smoothing_policy": ""},
        {"camera_mode": "off"},
        {"limits": {"left": 0.9}},
        {"limits": {"widht": 0.5}},
        {"framing": ["max_zoom"]},
        {"decision_log": "perhaps"},
        {"profile": "best"},
        {"profile": "Balanced"},
        {"profile": None},
        {"session_id": ""},
        {"session_id": ".."},
        {"session_id": "../../etc"},
        {"session_id": "a/b"},
        {"session_id": "a b"},
        {"session_id": "a\n"},
        {"session_id": "a" * 129},
        {"session_id": 7},
        {"replica_index": -1},
        {"replica_index": 1.5},
        {"replica_index": 10**30},
        {"source_uri_ref": ""},
        {"source_uri_ref": "/nowhere/match.mp4"},
        {"source_uri_ref": "http://169.254.169.254/latest"},
        {"source_uri_ref": ["rtmp://camera/live"]},
    ],
)
def test_what_cannot_work_is_422(client: TestClient, engine: MemoryEngine, wrong: dict[str, Any]) -> None:
    answer = client.post(START, json={**BODY, **wrong})
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert engine.known == {}


@pytest.mark.parametrize("missing", ["session_id", "source_uri_ref", "profile"])
def test_what_must_be_there(client: TestClient, missing: str) -> None:
    body = {name: value for name, value in BODY.items() if name != missing}
    answer = client.post(START, json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", missing]


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (LimitError("RUNNER_MAX_JOBS: 64 jobs run already"), 503),
        (JobConflictError("job x publishes there"), 409),
        (ConfigError("target: no such folder"), 422),
    ],
)
def test_refusals_of_the_engine(
    client: TestClient, engine: MemoryEngine, failure: Exception, status: int
) -> None:
    engine.fails = failure
    answer = client.post(START, json=BODY)
    assert (answer.status_code, answer.json()["detail"]) == (status, str(failure))
    assert (answer.headers.get("retry-after") is not None) == (status == 503)


def test_stopping_an_unknown_job_and_twice(client: TestClient, engine: MemoryEngine) -> None:
    job = engine.add("ingest")
    for job_id in ("nobody", job.job_id, job.job_id):
        answer = client.post(STOP, json={"job_id": job_id})
        assert (answer.status_code, answer.json()) == (200, {"state": "stopped"})
    assert engine.status(job.job_id).state == "stopped"


def test_a_preview_is_not_stopped_as_an_ingest(client: TestClient, engine: MemoryEngine) -> None:
    job = engine.add("preview")
    assert client.post(STOP, json={"job_id": job.job_id}).json() == {"state": "stopped"}
    assert engine.status(job.job_id).state == "running"


def test_a_detector_may_be_asked_for(client: TestClient, engine: MemoryEngine, clip: str) -> None:
    body = {"session_id": "final", "source_uri_ref": clip, "profile": "fluid"}
    for detector in ("motion", "none"):
        assert client.post("/runner/ingest/start", json={**body, "detector": detector}).status_code == 200
    assert [asked.get("detector") for asked in engine.asked] == ["motion", "none"]
