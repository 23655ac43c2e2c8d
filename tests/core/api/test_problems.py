"""Every refusal is a problem of a documented kind, whoever answers it."""

import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from tests.architecture import ROOT
from virtualptz import errors
from virtualptz.api.errors import OF_THE_FRAMEWORK, PROBLEMS
from virtualptz.api.problems import problem
from virtualptz.errors import JobConflictError, LimitError, MediaChangedError, StoreError, VirtualPtzError
from virtualptz.wire.problems import KINDS, MEDIA_TYPE, NAMES, Problem

from .fake import MemoryEngine, app_on, client_of, settings_for

PAGE = (ROOT / "docs" / "errors.md").read_text()
JOB = "/runner/job/status"
MOVE = "/runner/ptz/update"


def kind_of(answer: httpx2.Response) -> str:
    """The kind's name; the answer is checked as a whole."""
    told = Problem.model_validate(answer.json(), strict=True)
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json().keys() == {"type", "title", "status", "detail"}
    assert told.status == answer.status_code
    assert ("retry-after" in answer.headers) == (told.status == 503)
    name = told.type.removeprefix("urn:virtualptz:error:")
    [kind] = [each for each in KINDS.values() if each.name == name]
    assert (told.title, told.status) == (kind.title, kind.status)
    return name


def test_every_kind_is_documented_with_its_status_and_no_other_is() -> None:
    rows = re.findall(r"^## ([a-z-]+)\n\n(\d{3})\. \S", PAGE, flags=re.MULTILINE)
    assert {name: int(status) for name, status in rows} == {name: kind.status for name, kind in KINDS.items()}
    assert set(NAMES) == set(KINDS)
    assert len({kind.title for kind in KINDS.values()}) == len(KINDS)


def test_every_error_of_ours_has_a_kind() -> None:
    ours = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    without = [each for each in ours if not any(base in PROBLEMS for base in each.__mro__)]
    assert without == [VirtualPtzError]


@pytest.mark.parametrize(
    ("method", "path", "body", "kind"),
    [
        ("GET", "/nothing", None, "unknown-path"),
        ("DELETE", JOB, None, "method-not-allowed"),
        ("POST", JOB, {}, "invalid-request"),
        ("POST", JOB, {"job_id": "x" * 70_000}, "body-too-long"),
        ("POST", MOVE, {"job_id": "nobody"}, "unknown-job"),
        ("GET", "/runner/job/frames/nobody", None, "unknown-job"),
        ("POST", "/runner/plugins/nobody/enable", None, "unknown-plugin"),
        ("POST", "/runner/probe", {"source_uri_ref": "gopher://camera/"}, "cannot-work"),
    ],
)
def test_kinds_of_refusals(client: TestClient, method: str, path: str, body: Any, kind: str) -> None:
    answer = client.request(method, path, json=body)
    assert kind_of(answer) == kind
    assert ("allow" in answer.headers) == (kind == "method-not-allowed")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (JobConflictError("x"), "target-in-use"),
        (LimitError("x"), "limit-reached"),
        (StoreError("x"), "store-failed"),
        (MediaChangedError("x"), "source-failed"),
        (RuntimeError("x"), "internal"),
    ],
)
def test_kinds_of_failures(client: TestClient, engine: MemoryEngine, error: Exception, kind: str) -> None:
    engine.fails = error
    body = {"session_id": "a", "source_uri_ref": "rtmp://camera/live", "profile": "balanced"}
    assert kind_of(client.post("/runner/ingest/start", json=body)) == kind


def test_kinds_of_strangers(engine: MemoryEngine, tmp_path: Path) -> None:
    with client_of(app_on(engine, settings_for(tmp_path)), key=False) as client:
        missing = client.get("/runner/jobs")
        assert (kind_of(missing), missing.headers["www-authenticate"]) == ("no-key", "Bearer")
        assert kind_of(client.get("/runner/jobs", headers={"Authorization": "Bearer no"})) == "wrong-key"
        assert kind_of(client.get("/runner/preview/stream/x?token=1.2")) == "stale-preview"
    with client_of(app_on(engine, settings_for(tmp_path, api_key="")), host="203.0.113.7") as client:
        assert kind_of(client.get("/runner/jobs")) == "not-local"


def test_what_the_framework_cannot_read(client: TestClient) -> None:
    """FastAPI refuses with a 400 of its own what no rule of ours foresaw."""
    assert KINDS[OF_THE_FRAMEWORK.get(400, "unreadable-request")].status == 400
    answer = client.post(JOB, content=b'{"job_id"', headers={"Content-Type": "application/json"})
    assert kind_of(answer) == "invalid-request"
    assert isinstance(answer.json()["detail"], list)


def test_a_sentence_is_masked() -> None:
    answer = problem("source-failed", "cannot open rtsp://admin:hunter22@camera/x")
    assert b"hunter22" not in bytes(answer.body)
