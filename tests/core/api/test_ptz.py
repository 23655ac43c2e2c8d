from typing import Any

import pytest
from starlette.testclient import TestClient

from virtualptz.wire.view import ViewValue

from .fake import MemoryEngine

UPDATE = "/runner/ptz/update"


@pytest.mark.parametrize(
    "outcome",
    [(True, False, "applied"), (False, False, "tiny_delta"), (False, True, "queued_cooldown")],
)
def test_what_became_of_it(client: TestClient, engine: MemoryEngine, outcome: tuple[bool, bool, str]) -> None:
    engine.outcome = outcome
    job = engine.add("ingest")
    ptz = {"center_x": 0.25, "center_y": 0.75, "zoom": 3.0}
    answer = client.post(UPDATE, json={"job_id": job.job_id, **ptz})
    applied, queued, reason = outcome
    assert answer.status_code == 200
    assert answer.json() == {
        "job_id": job.job_id,
        "state": "running",
        "ptz": ptz,
        "applied": applied,
        "queued": queued,
        "reason": reason,
    }
    assert engine.asked == [{"view": ViewValue(**ptz)}]


def test_the_defaults_are_the_whole_frame(client: TestClient, engine: MemoryEngine) -> None:
    answer = client.post(UPDATE, json={"job_id": engine.add("ingest").job_id})
    assert answer.json()["ptz"] == {"center_x": 0.5, "center_y": 0.5, "zoom": 1.0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"center_x": -0.01},
        {"center_x": 1.01},
        {"center_y": 2},
        {"zoom": 0.99},
        {"zoom": 4.01},
        {"zoom": None},
    ],
)
def test_out_of_range(client: TestClient, engine: MemoryEngine, wrong: dict[str, Any]) -> None:
    job = engine.add("ingest")
    assert client.post(UPDATE, json={"job_id": job.job_id, **wrong}).status_code == 422
    assert engine.asked == []


def test_unknown_not_running_and_of_another_kind(client: TestClient, engine: MemoryEngine) -> None:
    preview, ingest = engine.add("preview"), engine.add("ingest")
    assert client.post(UPDATE, json={"job_id": "nobody"}).status_code == 404
    assert client.post(UPDATE, json={"job_id": preview.job_id}).status_code == 404
    client.post("/runner/ingest/stop", json={"job_id": ingest.job_id})
    assert client.post(UPDATE, json={"job_id": ingest.job_id}).status_code == 409
