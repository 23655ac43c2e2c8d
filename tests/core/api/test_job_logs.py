"""Logs of jobs over HTTP. What is told of real jobs: tests/e2e/test_job_logs.py."""

import pytest
from starlette.testclient import TestClient

from virtualptz.errors import LimitError, StoreError

from .fake import MemoryEngine

LOGS = "/runner/job/logs/"


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", {"lines": 200}),
        ("?lines=1", {"lines": 1}),
        ("?lines=10000&follow=false", {"lines": 10000}),
        ("?follow=true", {"follow": 200}),
        ("?lines=7&follow=1", {"follow": 7}),
    ],
)
def test_text(client: TestClient, engine: MemoryEngine, query: str, asked: dict[str, int]) -> None:
    job_id = engine.add("ingest").job_id
    answer = client.get(f"{LOGS}{job_id}{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert (answer.text, answer.headers["cache-control"]) == (engine.log_text, "no-store")
    assert ("content-length" in answer.headers) == ("lines" in asked)
    assert engine.asked == [asked]


def test_an_ended_job_has_its_log(client: TestClient, engine: MemoryEngine) -> None:
    job_id = engine.add("preview").job_id
    client.post("/runner/preview/stop", json={"job_id": job_id})
    assert client.get(LOGS + job_id).text == engine.log_text
    assert client.get(f"{LOGS}{job_id}?follow=true").text == engine.log_text


@pytest.mark.parametrize(
    "query", ["lines=0", "lines=10001", "lines=-1", "lines=x", "lines=1.5", "follow=maybe"]
)
def test_what_cannot_be_asked(client: TestClient, engine: MemoryEngine, query: str) -> None:
    answer = client.get(f"{LOGS}{engine.add('ingest').job_id}?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["detail"][0]["loc"] == ["query", query.partition("=")[0]]
    assert engine.asked == []


@pytest.mark.parametrize("query", ["", "?follow=true"])
def test_whom_nobody_serves(client: TestClient, engine: MemoryEngine, query: str) -> None:
    for job_id in ("nobody", "..%2F..%2Fstore"):
        answer = client.get(f"{LOGS}{job_id}{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    job_id = engine.add("ingest").job_id
    assert client.get(LOGS + job_id + query, headers={"Authorization": ""}).status_code == 401
    for error in (LimitError("100 viewers are there already"), StoreError("the job's log cannot be read")):
        engine.fails = error
        answer = client.get(LOGS + job_id + query)
        assert (answer.status_code, answer.json()["detail"]) == (503, str(error))
