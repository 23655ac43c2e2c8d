from typing import Any

import pytest
from starlette.testclient import TestClient

from virtualptz.errors import ConfigError, StoreError

from .fake import MemoryEngine

PRESETS, RECALL = "/runner/ptz/presets", "/runner/ptz/presets/recall"
LEFT = {"center_x": 0.25, "center_y": 0.75, "zoom": 2.5}
WHEN = "2030-01-02T03:04:05Z"


@pytest.fixture
def job_id(engine: MemoryEngine) -> str:
    return engine.add("ingest").job_id


def names(client: TestClient, job_id: str) -> list[str]:
    return [preset["name"] for preset in client.post(PRESETS, json={"job_id": job_id}).json()["presets"]]


def test_stored_listed_and_deleted(client: TestClient, job_id: str) -> None:
    answer = client.post(PRESETS, json={"job_id": job_id, "name": "left basket", **LEFT})
    there = {"job_id": job_id, "presets": [{**LEFT, "name": "left basket", "updated_at": WHEN}]}
    assert (answer.status_code, answer.json()) == (200, there)
    assert client.post(PRESETS, json={"job_id": job_id}).json() == there
    gone = client.post(PRESETS, json={"job_id": job_id, "name": "left basket", "delete": True})
    assert (gone.status_code, gone.json()) == (200, {"job_id": job_id, "presets": []})
    again = client.post(PRESETS, json={"job_id": job_id, "name": "left basket", "delete": True})
    assert again.status_code == 404


def test_what_is_not_given_is_as_the_camera_looks(client: TestClient, job_id: str) -> None:
    client.post(PRESETS, json={"job_id": job_id, "name": "here"})
    (here,) = client.post(PRESETS, json={"job_id": job_id, "name": "here", "zoom": 3}).json()["presets"]
    assert (here["center_x"], here["center_y"], here["zoom"]) == (0.5, 0.5, 3.0)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  wide ", "wide"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("左のゴール", "左のゴール"),
        ("a" * 64, "a" * 64),
        ("🏀", "🏀"),
    ],
)
def test_a_name_is_trimmed_and_may_be_of_any_script(
    client: TestClient, job_id: str, typed: str, name: str
) -> None:
    client.post(PRESETS, json={"job_id": job_id, "name": typed})
    assert names(client, job_id) == [name]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "a" * 65},
        {"name": "a\nb"},
        {"name": "a\x00"},
        {"name": 7},
        {"name": "left", "zoom": 4.5},
        {"name": "left", "center_x": -0.1},
        {"name": "left", "center_y": 1.5},
        {"name": "left", "zoom": 2, "delete": True},
        {"zoom": 2},
        {"delete": True},
        {"name": "left", "delete": "perhaps"},
    ],
)
def test_what_cannot_be_stored(
    client: TestClient, engine: MemoryEngine, job_id: str, wrong: dict[str, Any]
) -> None:
    answer = client.post(PRESETS, json={"job_id": job_id, **wrong})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["msg"]
    assert engine.presets == {}


def test_one_too_many_and_no_room(client: TestClient, engine: MemoryEngine, job_id: str) -> None:
    for error, status in ((ConfigError("64 presets already"), 422), (StoreError("disk full"), 503)):
        engine.fails = error
        answer = client.post(PRESETS, json={"job_id": job_id, "name": "left"})
        assert (answer.status_code, answer.json()["detail"]) == (status, str(error))


@pytest.mark.parametrize(
    ("asked", "takes"), [({}, 1.5), ({"glide_seconds": 30}, 30), ({"glide_seconds": 0}, 0.8)]
)
def test_a_recall_says_how_long_it_takes(
    client: TestClient, job_id: str, asked: dict[str, float], takes: float
) -> None:
    client.post(PRESETS, json={"job_id": job_id, "name": "left", **LEFT})
    answer = client.post(RECALL, json={"job_id": job_id, "name": " left ", **asked})
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "job_id": job_id,
            "state": "running",
            "name": "left",
            "ptz": LEFT,
            "glide_seconds": takes,
            "applied": True,
            "queued": False,
            "reason": "applied",
        },
    )


def test_a_recall_that_has_to_wait(client: TestClient, engine: MemoryEngine, job_id: str) -> None:
    client.post(PRESETS, json={"job_id": job_id, "name": "left", **LEFT})
    engine.answers = False
    answer = client.post(RECALL, json={"job_id": job_id, "name": "left"}).json()
    assert (answer["applied"], answer["queued"], answer["reason"]) == (False, True, "job_starting")
    assert (answer["ptz"], answer["glide_seconds"]) == (LEFT, 0.0)


@pytest.mark.parametrize(
    "wrong", [{"glide_seconds": -1}, {"glide_seconds": 31}, {"name": None}, {"name": ""}]
)
def test_a_recall_that_cannot_be(
    client: TestClient, engine: MemoryEngine, job_id: str, wrong: dict[str, Any]
) -> None:
    assert client.post(RECALL, json={"job_id": job_id, "name": "left", **wrong}).status_code == 422
    assert engine.asked == []


def test_unknown_not_running_and_of_another_kind(client: TestClient, engine: MemoryEngine) -> None:
    preview, ingest = engine.add("preview"), engine.add("ingest")
    for path in (PRESETS, RECALL):
        for job_id in ("nobody", preview.job_id):
            assert client.post(path, json={"job_id": job_id, "name": "left"}).status_code == 404
    unknown = client.post(RECALL, json={"job_id": ingest.job_id, "name": "left"})
    assert (unknown.status_code, "there are: none" in unknown.json()["detail"]) == (404, True)
    client.post("/runner/ingest/stop", json={"job_id": ingest.job_id})
    for path in (PRESETS, RECALL):
        assert client.post(path, json={"job_id": ingest.job_id, "name": "left"}).status_code == 409
