"""Events as text, and what is refused. What is told of real jobs: tests/e2e/test_events.py."""

import asyncio
import re

import pytest
from starlette.testclient import TestClient

from virtualptz.api import routes_events
from virtualptz.api.routes_events import HEADERS, Lines
from virtualptz.api.streaming import StreamResponse
from virtualptz.errors import LimitError
from virtualptz.jobs.supervision.events import EventLog, Wanted

from .fake import MemoryEngine, job_event
from .running import Served, wait_for
from .test_mjpeg import Viewer
from .test_served import established, first_bytes, server

__all__ = ["server"]

EVENTS = "/runner/events"


def log_of(*job_ids: str) -> EventLog:
    log = EventLog()
    for job_id in job_ids:
        log.tell("job", job_event(job_id, last_error="line\nbreak"), job_id)
    return log


async def test_events_as_text() -> None:
    log = log_of("before")
    instance = log.newest.removesuffix("-1")
    stream = log.open(Wanted(), None, list)
    log.tell("job", job_event("ing_1", last_error="line\nbreak"), "ing_1")
    async with asyncio.timeout(10):
        written = (await anext(Lines(stream))).decode()
    assert written == (
        f'id: {instance}-2\nevent: job\ndata: {{"at":"2030-01-02T03:04:05Z","job_id":"ing_1","kind":"ingest",'
        '"session_id":"","state":"running","phase":"connecting","restart_count":0,'
        '"last_error":"line\\nbreak","publish_state":null}\n\n'
    )


async def test_a_sign_of_life_where_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes_events, "QUIET_SECONDS", 0.01)
    log = log_of("a", "b")
    lines = Lines(log.open(Wanted(), None, list))
    async with asyncio.timeout(10):
        assert await anext(lines) == f"id: {log.newest}\n: still here\n\n".encode()
        log.tell("job", job_event("c"), "c")
        assert b'"job_id":"c"' in await anext(lines)
        log.end()
        assert [line async for line in lines] == []


async def test_a_reader_who_takes_nothing_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    log, reader = log_of(), Viewer()
    response = StreamResponse(
        Lines(log.open(Wanted(), None, list)), bytes, HEADERS, first=b"", send_timeout=0.1
    )
    reader.reads.clear()
    with caplog.at_level("INFO"):
        async with asyncio.timeout(10):
            await response(reader.scope, reader.receive, reader.send)
    assert (log.readers, reader.leaves.is_set()) == (0, True)
    assert "dropped a viewer" in caplog.text


@pytest.mark.parametrize("query", ["types=", "types=job,frame", "types=,"])
def test_types_that_are_none(client: TestClient, query: str) -> None:
    answer = client.get(f"{EVENTS}?{query}")
    assert (answer.status_code, "job, tracking, camera, plugin" in answer.json()["detail"]) == (422, True)


def test_whom_nobody_serves(client: TestClient, engine: MemoryEngine) -> None:
    assert client.get(f"{EVENTS}?job_id=nobody").status_code == 404
    assert client.get(EVENTS, headers={"Authorization": ""}).status_code == 401
    engine.fails = LimitError("100 viewers are there already")
    assert client.get(EVENTS).status_code == 503


@pytest.mark.parametrize(
    ("query", "headers", "wanted", "last_id"),
    [
        ("", {}, Wanted(), None),
        ("?types=job,camera", {}, Wanted(frozenset({"job", "camera"})), None),
        ("?types=job&job_id=ingest-1", {}, Wanted(frozenset({"job"}), "ingest-1"), None),
        ("", {"Last-Event-ID": "x-1"}, Wanted(), "x-1"),
        ("?last_event_id=x-2", {}, Wanted(), "x-2"),
        ("?last_event_id=x-2", {"Last-Event-ID": "x-1"}, Wanted(), "x-1"),
        ("", {"Last-Event-ID": ""}, Wanted(), None),
    ],
)
def test_what_is_asked_for(
    client: TestClient,
    engine: MemoryEngine,
    query: str,
    headers: dict[str, str],
    wanted: Wanted,
    last_id: str | None,
) -> None:
    engine.add("ingest")
    engine.log.end()
    answer = client.get(f"{EVENTS}{query}", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert re.fullmatch(r"retry: 1000\nid: [0-9a-f]{12}-0\n\n", answer.text)
    assert engine.asked == [{"events": wanted, "last_id": last_id}]


def test_an_id_that_is_nonsense_is_a_gap(client: TestClient, engine: MemoryEngine) -> None:
    for last_id in ("%00-9", "%ff", "\u00e9-1", "-" * 9000, f"x-{'9' * 9000}", "0-\u0661"):
        engine.log.end()
        assert client.get(EVENTS, params={"last_event_id": last_id}).status_code == 200, last_id
        stream = EventLog().open(Wanted(), last_id, list)
        assert stream.newest == "", "something is told first"


def test_a_reader_who_leaves_is_noticed_and_one_who_stays_delays_no_end(server: Served) -> None:
    with server.raw(EVENTS) as reader:
        first_bytes(reader)
    wait_for(lambda: not established(server.port), "the stream ends")
    with server.raw(EVENTS) as reader:
        first_bytes(reader)
        server.stop()
        while reader.recv(1 << 20):
            pass
    assert "Traceback" not in server.log
    assert "Cancel" not in server.log
