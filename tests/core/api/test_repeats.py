"""`Idempotency-Key` on the starts."""

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from virtualptz.errors import LimitError
from virtualptz.jobs.status import Once

from .fake import MemoryEngine

INGEST, PREVIEW = "/runner/ingest/start", "/runner/preview/start"
BODY: dict[str, Any] = {"session_id": "a", "source_uri_ref": "rtmp://camera/live", "profile": "balanced"}
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


@pytest.mark.parametrize(
    ("path", "again"),
    [
        (INGEST, {**BODY, "unknown": 1}),
        (INGEST, dict(reversed(BODY.items()))),
        (PREVIEW, {"source_uri_ref": "rtmp://camera/live"}),
    ],
)
def test_the_same_again_starts_nothing(
    client: TestClient, engine: MemoryEngine, path: str, again: dict[str, Any]
) -> None:
    body = BODY if path == INGEST else {"source_uri_ref": "rtmp://camera/live"}
    first = client.post(path, json=body, headers=KEY)
    second = client.post(path, json=again, headers=KEY)
    assert (first.status_code, "idempotency-replayed" in first.headers) == (200, False)
    assert (second.status_code, second.headers["idempotency-replayed"]) == (200, "true")
    assert second.json()["job_id"] == first.json()["job_id"]
    assert second.json().keys() == first.json().keys()
    assert len(engine.jobs()) == 1
    assert client.post(path, json=body).json() != first.json(), "without a key it is another job"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (INGEST, {**BODY, "session_id": "b"}),
        (INGEST, {**BODY, "replica_index": 0}),
        (PREVIEW, {"source_uri_ref": "rtmp://camera/live"}),
    ],
)
def test_a_key_stands_for_one_request(
    client: TestClient, engine: MemoryEngine, path: str, body: dict[str, Any]
) -> None:
    assert client.post(INGEST, json=BODY, headers=KEY).status_code == 200
    answer = client.post(path, json=body, headers=KEY)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:virtualptz:error:key-reused")
    assert len(engine.jobs()) == 1


def test_a_refused_start_may_be_tried_again_with_its_key(client: TestClient, engine: MemoryEngine) -> None:
    engine.fails = LimitError("8 jobs run already")
    assert client.post(INGEST, json=BODY, headers=KEY).status_code == 503
    engine.fails = None
    answer = client.post(INGEST, json={**BODY, "session_id": "b"}, headers=KEY)
    assert (answer.status_code, "idempotency-replayed" in answer.headers) == (200, False)


def test_one_at_a_time(client: TestClient, engine: MemoryEngine) -> None:
    with engine.starts.claim(Once(KEY["Idempotency-Key"], "")):
        answer = client.post(INGEST, json=BODY, headers=KEY)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:virtualptz:error:key-in-use")
    assert client.post(INGEST, json=BODY, headers=KEY).status_code == 200


def test_nothing_is_looked_at_again(client: TestClient, engine: MemoryEngine, clip: str) -> None:
    body = {"source_uri_ref": clip}
    first = client.post(PREVIEW, json=body, headers=KEY)
    Path(clip).unlink()
    assert client.post(PREVIEW, json=body, headers=KEY).json()["job_id"] == first.json()["job_id"]


@pytest.mark.parametrize("key", [b"", b"x" * 256, b"a\tb", "key-\xe9".encode("latin-1")])
def test_keys_that_are_none(client: TestClient, engine: MemoryEngine, key: bytes) -> None:
    answer = client.post(INGEST, json=BODY, headers=[(b"Idempotency-Key", key)])
    assert (answer.status_code, engine.jobs()) == (422, [])
    assert answer.json()["detail"][0]["loc"] == ["header", "Idempotency-Key"]
