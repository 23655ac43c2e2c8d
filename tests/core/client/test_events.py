import json
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from virtualptz.client import RunnerRefusedError, RunnerUnreachableError
from virtualptz.client.events import EventsFollowed
from virtualptz.wire.events import CameraEvent, GapEvent

from ..tracking.worker.agent import Agent
from .conftest import Open

AT = "2026-01-01T12:00:00Z"
CAMERA = {"at": AT, "job_id": "job-1", "mode": "auto", "reason": "play", "holder": "auto"}


def event(number: int, kind: str = "camera", **more: Any) -> bytes:
    data = json.dumps({**CAMERA, "policy": "spring", "problem": None, **more})
    return f"id: a-{number}\nevent: {kind}\ndata: {data}\n\n".encode()


def test_they_go_on_behind_the_last_one_when_the_connection_is_lost(agent: Agent, connect: Open) -> None:
    gap = f'id: b-1\nevent: gap\ndata: {{"at": "{AT}", "reason": "another_agent"}}\n\n'.encode()
    agent.events = [b"retry: 1000\nid: a-0\n\n" + event(1), event(2)[:-20], gap + event(3)]
    with connect(agent.url) as client:
        events = client.events(types=["camera", "job"], job_id="job-1")
        first, missed, last = islice(events, 3)
        events.close()
    assert [each.id for each in (first, missed, last)] == ["a-1", "b-1", "a-3"]
    assert isinstance(first.body, CameraEvent)
    assert isinstance(missed.body, GapEvent)
    assert (first.type, first.body.reason, missed.body.reason) == ("camera", "play", "another_agent")
    assert [call.last_event_id for call in agent.calls] == [None, "a-1", "a-1"]
    assert parse_qs(urlsplit(agent.calls[0].path).query) == {"types": ["camera,job"], "job_id": ["job-1"]}


def test_a_reader_can_begin_where_another_one_ended(agent: Agent, connect: Open) -> None:
    agent.events = [event(8)]
    with connect(agent.url) as client:
        assert next(client.events(last_event_id="a-7")).id == "a-8"
    assert agent.calls[0].last_event_id == "a-7"


def test_what_is_newer_or_no_event_is_passed_over(
    agent: Agent, connect: Open, caplog: pytest.LogCaptureFixture
) -> None:
    quiet = b": still here\n\nid: a-2\n: still here\n\n"
    strange = event(4, mode="dreaming") + b"event: camera\ndata: {\n\n"
    agent.events = [event(1, "weather") + quiet + event(3, mood="good") + strange + event(5)]
    with connect(agent.url) as client:
        assert [each.id for each in islice(client.events(), 2)] == ["a-3", "a-5"]
    assert [record.getMessage()[:23] for record in caplog.records if "left out" in record.message] == [
        "event a-4 is left out: "
    ] * 2


def test_nobody_there_and_a_refusal_are_told_at_once(agent: Agent, connect: Open) -> None:
    with connect("http://127.0.0.1:1") as client, pytest.raises(RunnerUnreachableError):
        next(client.events())
    agent.answers["/runner/events"] = [(404, {"detail": "unknown job"})]
    with connect(agent.url) as client, pytest.raises(RunnerRefusedError, match="404 unknown job"):
        next(client.events())


def test_an_answer_that_is_no_stream_of_events_is_said_to_be_none(agent: Agent, connect: Open) -> None:
    with (
        connect(agent.url) as client,
        pytest.raises(RunnerUnreachableError, match="is not text/event-stream"),
    ):
        next(client.events())


def test_once_reached_an_agent_may_be_away_or_busy_and_a_wrong_key_ends_it() -> None:
    followed = EventsFollowed({})
    followed.stream().reader()
    assert 0 < followed.pause_after(None) < 1
    assert 0 < followed.pause_after(RunnerUnreachableError("gone")) < 2
    assert followed.pause_after(RunnerRefusedError(503, retry_after=5.0)) == 5.0
    with pytest.raises(RunnerRefusedError, match="403"):
        followed.pause_after(RunnerRefusedError(403))
