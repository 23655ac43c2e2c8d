"""Bodies that are too long, no JSON, or JSON that cannot be sent back."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from virtualptz.api.limits import MAX_BODY, BodyLimitMiddleware
from virtualptz.api.strict import parse_json
from virtualptz.model import TrackingUpdate

from .fake import MemoryEngine

STATUS, UPDATE = "/runner/job/status", "/runner/tracking/update"
JSON = {"Content-Type": "application/json"}


def padded(size: int) -> bytes:
    body = b'{"job_id": "x", "pad": "%s"}'
    return body % (b"a" * (size - len(body) + 2))


def test_the_limit_is_64_kib_to_the_byte(client: TestClient) -> None:
    assert client.post(STATUS, content=padded(MAX_BODY), headers=JSON).status_code == 200
    answer = client.post(STATUS, content=padded(MAX_BODY + 1), headers=JSON)
    assert (answer.status_code, answer.json()["detail"]) == (413, "the body is longer than 65536 bytes")


def test_bytes_are_counted_where_no_length_is_told(client: TestClient) -> None:
    def chunks(size: int) -> Iterator[bytes]:
        body = padded(size)
        yield from (body[at : at + 1000] for at in range(0, len(body), 1000))

    assert client.post(STATUS, content=chunks(MAX_BODY), headers=JSON).status_code == 200
    assert client.post(STATUS, content=chunks(MAX_BODY + 1), headers=JSON).status_code == 413


def test_too_long_comes_before_malformed(client: TestClient) -> None:
    assert client.post(STATUS, content=b"{" * (MAX_BODY + 1), headers=JSON).status_code == 413


async def run_limited(messages: list[Message], declared: bytes | None = None) -> tuple[list[Message], int]:
    """What was sent, and how many messages were received."""
    sent: list[Message] = []
    received = 0

    async def receive() -> Message:
        nonlocal received
        received += 1
        return messages[received - 1]

    async def send(message: Message) -> None:
        sent.append(message)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"%d" % len(body)})

    headers = [] if declared is None else [(b"content-length", declared)]
    scope = {"type": "http", "method": "POST", "headers": headers}
    await BodyLimitMiddleware(app, limit=10)(scope, receive, send)
    return sent, received


def chunk(size: int, *, more: bool) -> Message:
    return {"type": "http.request", "body": b"x" * size, "more_body": more}


async def test_reading_ends_with_the_limit() -> None:
    sent, received = await run_limited([chunk(8, more=True)] * 100)
    assert (sent[0]["status"], received) == (413, 2)


async def test_a_declared_length_is_enough_to_refuse() -> None:
    sent, received = await run_limited([], declared=b"9" * 40)
    assert (sent[0]["status"], received) == (413, 0)


async def test_a_wrong_declared_length_does_not_help() -> None:
    sent, _ = await run_limited([chunk(8, more=True), chunk(8, more=False)], declared=b"3")
    assert sent[0]["status"] == 413


async def test_a_client_that_leaves_gets_no_answer() -> None:
    assert await run_limited([chunk(3, more=True), {"type": "http.disconnect"}]) == ([], 2)


async def test_a_body_that_stays_away_is_408() -> None:
    sent: list[Message] = []

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("no body, no request")

    scope = {"type": "http", "method": "POST", "headers": []}
    await BodyLimitMiddleware(app, seconds=0.01)(scope, never, send)
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert json.loads(sent[1]["body"])["detail"] == "the body was not whole within 0.01 s"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"\xff\xfe",
        b'{"job_id": "\xff"}',
        b'{"job_id": "x", "a": NaN}',
        b'{"job_id": "x", "a": Infinity}',
        b'{"job_id": "x", "a": -Infinity}',
        b'{"job_id": "x", "a": 1e999}',
        b'{"job_id": "x", "a": -1e999}',
        b'{"job_id": "x", "a": "\\ud800"}',
        b'{"job_id": "\\udfff"}',
        b'{"job_id": "x", "a": 1' + b"0" * 5000 + b"}",
        b'{"job_id": "x", "a": ' + b"[" * 30000 + b"]" * 30000 + b"}",
        b'{"job_id": 7}',
        b'{"job_id": null}',
        b"job_id=x",
    ],
)
def test_what_is_no_request_is_422_and_its_answer_is_json(client: TestClient, body: bytes) -> None:
    answer = client.post(STATUS, content=body, headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_only_json_is_read(client: TestClient, content_type: str) -> None:
    """A page on another site can post these without asking the browser; it cannot post JSON."""
    answer = client.post(STATUS, content=b'{"job_id": "x"}', headers={"Content-Type": content_type})
    assert answer.status_code == 422


@pytest.mark.parametrize("field", ["tracking_confidence", "frame_pts", "ball_velocity_x", "target_zoom"])
@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", "1" + "0" * 400])
def test_numbers_that_are_none(client: TestClient, engine: MemoryEngine, field: str, value: str) -> None:
    job = engine.add("ingest")
    body = f'{{"job_id": "{job.job_id}", "tracking_confidence": 0.5, "{field}": {value}}}'
    assert client.post(UPDATE, content=body.encode(), headers=JSON).status_code == 422


def test_a_target_may_bring_anything_that_is_json(client: TestClient, engine: MemoryEngine) -> None:
    target = {
        "x": 0.5,
        "y": 0.5,
        "confidence": 1,
        "cls": "ball",
        "deep": {"a": [None, "\U0001f3c0"]},
        "n": 10**300,
    }
    body = {"job_id": engine.add("ingest").job_id, "tracking_confidence": 0.5, "targets": [target]}
    assert client.post(UPDATE, json=body).json()["targets"] == [target]


@pytest.mark.parametrize(
    "body",
    [
        {"source_uri_ref": ["rtsp://user:hunter22@camera/x"]},
        {"source_uri_ref": "rtsp://user:hunter22@169.254.169.254/x"},
        {"source_uri_ref": "rtsp://user:hunter22@camera/x", "timeout_seconds": "rtsp://user:hunter22@x"},
        "rtsp://user:hunter22@camera/x",
    ],
)
def test_an_invalid_request_is_not_repeated(client: TestClient, body: Any) -> None:
    answer = client.post("/runner/probe", json=body)
    assert answer.status_code == 422
    assert "hunter22" not in answer.text


def test_a_bad_scale_with_a_credential_in_it(client: TestClient) -> None:
    body = {"source_uri_ref": "rtmp://c/l", "profile": {"scale": "rtsp://user:hunter22@camera/x"}}
    answer = client.post("/runner/preview/start", json=body)
    assert answer.status_code == 422
    assert "hunter22" not in answer.text


def test_an_unforeseen_error_shows_nothing_of_the_inside(client: TestClient, engine: MemoryEngine) -> None:
    engine.fails = RuntimeError("rtsp://user:hunter22@camera/x at /home/agent")
    answer = client.post("/runner/probe", json={"source_uri_ref": "rtmp://camera/live"})
    assert (answer.status_code, answer.json()["detail"]) == (
        500,
        "internal error; the agent's log says more",
    )


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


FIELDS: dict[str, tuple[str, ...]] = {
    "/runner/probe": ("source_uri_ref", "timeout_seconds"),
    "/runner/preview/start": ("source_uri_ref", "profile"),
    "/runner/preview/stop": ("job_id",),
    "/runner/preview/ptz/update": ("job_id", "center_x", "center_y", "zoom"),
    "/runner/ingest/start": ("session_id", "source_uri_ref", "profile", "replica_index"),
    "/runner/ingest/stop": ("job_id",),
    "/runner/job/status": ("job_id",),
    "/runner/ptz/update": ("job_id", "center_x", "center_y", "zoom"),
    "/runner/tracking/update": ("job_id", *TrackingUpdate.model_fields),
    "/runner/tracking/status": ("job_id",),
}
LIKELY: st.SearchStrategy[Any] = st.sampled_from(
    ["ingest-1", "preview-2", "rtmp://camera/live", "balanced", "640:-1", 0, 0.5, 1, 2, True, None, {}, []]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_is_posted_is_answered_without_a_defect(
    client: TestClient, engine: MemoryEngine, data: st.DataObject
) -> None:
    engine.known.clear()
    engine.add("ingest")
    engine.add("preview")
    path = data.draw(st.sampled_from(sorted(FIELDS)))
    known = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS[path], LIKELY | JSON_VALUES))
    body = data.draw(known | JSON_VALUES)
    answer = client.post(path, json=body)
    assert answer.status_code in (200, 404, 422)
    assert isinstance(answer.json(), dict)


@given(JSON_VALUES, st.booleans())
def test_json_is_read_as_it_is(value: Any, ascii_only: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=100) | st.text('{}[]",:\\udD89eE+-.0NaInfity', max_size=60).map(str.encode))
def test_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        value = parse_json(body)
    except json.JSONDecodeError:
        return
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
