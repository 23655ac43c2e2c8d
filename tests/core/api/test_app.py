"""The application as a whole: its document, its start, its stop."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from virtualptz.api.app import create_app
from virtualptz.api.auth import OPEN_PATHS
from virtualptz.api.services import Access, Services
from virtualptz.api.signals import before_stopping
from virtualptz.api.tokens import PreviewTokens
from virtualptz.errors import ConfigError
from virtualptz.keys import ApiKeys
from virtualptz.settings import Settings

from .fake import MemoryChanges, MemoryEngine, app_on, client_of, settings_for

CONTRACT = {
    ("get", "/health"),
    ("post", "/runner/probe"),
    ("post", "/runner/preview/start"),
    ("get", "/runner/preview/stream/{job_id}"),
    ("post", "/runner/preview/stop"),
    ("post", "/runner/preview/ptz/update"),
    ("post", "/runner/ingest/start"),
    ("post", "/runner/ingest/stop"),
    ("post", "/runner/job/status"),
    ("post", "/runner/ptz/update"),
    ("post", "/runner/tracking/update"),
    ("post", "/runner/tracking/status"),
}


def operations(document: dict[str, Any]) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield (method, path), operation


def test_the_document_has_every_row_of_the_contract(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    found = dict(operations(document))
    assert found.keys() >= CONTRACT
    for where, operation in found.items():
        assert operation["tags"], where
        assert operation["summary"], where
        assert ("401" in operation["responses"]) == (where[1] not in OPEN_PATHS)
    assert client.get("/docs").status_code == 200


def test_importing_starts_and_reads_nothing(tmp_path: Path) -> None:
    code = (
        "import threading, logging, virtualptz.main as main;"
        "assert threading.active_count() == 1 and not logging.getLogger().handlers;"
        "print(type(main.app).__name__)"
    )
    env = {**os.environ, "RUNNER_STATE_DIR": str(tmp_path / "state"), "RUNNER_MAX_JOBS": "not a number"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "AgentApp"
    assert not (tmp_path / "state").exists()


async def started(app: Any) -> list[Message]:
    """What the application says to the server about its start."""
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        said.append(message)

    with pytest.raises((ConfigError, RuntimeError)):
        await app({"type": "lifespan", "state": {}}, receive, send)
    return said


def failing(error: Exception) -> Any:
    @asynccontextmanager
    async def services(settings: Settings) -> AsyncIterator[Services]:
        if settings:
            raise error
        yield Services(MemoryChanges(settings), MemoryEngine(), PreviewTokens(b"", 1), Access(ApiKeys()))

    return services


async def test_a_start_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    error = ConfigError("RUNNER_STATE_DIR: another agent runs on it")
    said = await started(create_app(settings_for(tmp_path), services=failing(error)))
    assert said == [{"type": "lifespan.startup.failed", "message": str(error)}]


async def test_a_bad_setting_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNER_MAX_JOBS", "many")
    said = await started(create_app())
    assert said[0]["type"] == "lifespan.startup.failed"
    assert said[0]["message"].startswith("bad setting: ")
    assert "MAX_JOBS" in said[0]["message"]


async def test_an_unforeseen_failure_keeps_its_trace(tmp_path: Path) -> None:
    said = await started(create_app(settings_for(tmp_path), services=failing(RuntimeError("oops"))))
    assert "Traceback" in said[0]["message"]


@pytest.mark.parametrize(
    ("output", "complaint"),
    [
        ("rtmp://server/live/{session_id}-{replica_index}", None),
        ("", None),
        ("ftp://user:hunter22@server/{job_id}.mp4", "RUNNER_INGEST_OUTPUT_URI: target: use "),
        ("rtmp://server:{replica_index}/{job_id}", "RUNNER_INGEST_OUTPUT_URI: target: the port"),
    ],
)
def test_a_bad_output_is_told_at_the_start(
    engine: MemoryEngine,
    tmp_path: Path,
    output: str,
    complaint: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with client_of(app_on(engine, settings_for(tmp_path, ingest_output_uri=output))) as client:
        assert client.get("/health").status_code == 200
    errors = [record.message for record in caplog.records if record.levelno >= logging.ERROR]
    assert [error.startswith(complaint or "") for error in errors] == ([True] if complaint else [])
    assert "hunter22" not in caplog.text


async def test_a_signal_first_does_what_it_should_and_then_what_it_did() -> None:
    happened: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: happened.append("server"))
    try:
        with before_stopping(lambda: happened.append("streams")):
            signal.raise_signal(signal.SIGTERM)
            await asyncio.sleep(0)
        assert sorted(happened) == ["server", "streams"]
        signal.raise_signal(signal.SIGTERM)
        assert happened.count("server") == 2
        assert happened.count("streams") == 1
    finally:
        signal.signal(signal.SIGTERM, before)


async def test_a_signal_that_nobody_handles_stays_as_it_is() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with before_stopping(lambda: None):
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)


async def test_a_handler_that_came_later_is_left_in_place() -> None:
    def later(_number: int, _frame: Any) -> None: ...

    before = signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    try:
        with before_stopping(lambda: None):
            signal.signal(signal.SIGTERM, later)
        assert signal.getsignal(signal.SIGTERM) is later
    finally:
        signal.signal(signal.SIGTERM, before)
