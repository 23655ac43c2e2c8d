"""The OpenAPI document in the repository: it is that of the code, valid, and its examples are true."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.testclient import TestClient

from tests.architecture import ROOT
from virtualptz import cli
from virtualptz.api.auth import OPEN_PATHS
from virtualptz.api.examples import DETAILS, EXAMPLES, INGEST, PREVIEW
from virtualptz.jobs.status import Preset
from virtualptz.wire.problems import KINDS, MEDIA_TYPE, TYPE_PREFIX
from virtualptz.wire.view import ViewValue

from .described import DOCUMENT, JSON, faults
from .fake import NOW, PLUGIN, MemoryEngine

FILE = ROOT / "docs" / "openapi.json"
PICTURES = {"preview_stream", "job_frames", "job_snapshot"}
"""Of which a document can show nothing."""


def calls() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


OPERATIONS = {operation["operationId"]: (method, path, operation) for method, path, operation in calls()}


def resolved(answer: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in answer:
        return answer
    found: dict[str, Any] = DOCUMENT["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return found


def bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every body that the document describes, and where."""
    for name, (_, _, operation) in OPERATIONS.items():
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{name} request {kind}", content
        for status, answer in operation["responses"].items():
            for kind, content in resolved(answer).get("content", {}).items():
                yield f"{name} {status} {kind}", content


def test_the_file_is_what_the_code_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["openapi", "--check", str(FILE)]) == 0, "virtualptz openapi > docs/openapi.json"
    assert cli.main(["openapi"]) == 0
    assert capsys.readouterr().out == FILE.read_text()


def test_a_file_that_says_something_else(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("{}", FILE.read_text() + "\n"):
        (tmp_path / "old.json").write_text(text)
        assert cli.main(["openapi", "--check", str(tmp_path / "old.json")]) == 1
    assert cli.main(["openapi", "--check", str(tmp_path / "none.json")]) == 1
    assert "virtualptz openapi > " in capsys.readouterr().err


def test_it_is_valid(client: TestClient) -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(DOCUMENT).validate()
    assert client.get("/openapi.json").json() == DOCUMENT
    assert json.loads(FILE.read_text()) == DOCUMENT


def test_names_that_a_generator_can_use() -> None:
    assert len(OPERATIONS) == len(list(calls())), "each is another one"
    for name in OPERATIONS:
        assert name.isidentifier(), name
    known = {
        "health",
        "probe",
        "ingest_start",
        "preview_stream",
        "job_status",
        "jobs",
        "plugins",
        "plugin_enable",
    }
    assert known <= OPERATIONS.keys()
    tags = {tag["name"]: tag["description"] for tag in DOCUMENT["tags"]}
    assert {tag for _, _, operation in calls() for tag in operation["tags"]} == tags.keys()
    assert all(tags.values())


def test_who_may_call() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert (schemes["ApiKey"]["scheme"], schemes["PreviewToken"]["name"]) == ("bearer", "token")
    for _, path, operation in calls():
        wanted: list[dict[str, list[str]]] | None = None if path in OPEN_PATHS else [{"ApiKey": []}]
        if operation["operationId"] == "preview_stream":
            wanted = [{"ApiKey": []}, {"PreviewToken": []}]
        assert operation.get("security") == wanted, path


def test_every_body_has_an_example() -> None:
    without = {where for where, content in bodies() if not content.get("examples")}
    assert {where.partition(" ")[0] for where in without} == PICTURES
    assert EXAMPLES.keys() >= OPERATIONS.keys() - PICTURES


@pytest.mark.parametrize(
    ("where", "content"), list(bodies()), ids=lambda given: given if isinstance(given, str) else ""
)
def test_examples_fit_their_schemas(where: str, content: dict[str, Any]) -> None:
    for name, example in content.get("examples", {}).items():
        assert faults(content["schema"], example["value"]) == [], name
        if "problem" in where:
            kind = KINDS[name]
            assert example["value"]["type"] == TYPE_PREFIX + kind.name
            assert where.split()[1] in (str(kind.status), "default")


def test_a_value_that_does_not_fit_is_found() -> None:
    content = OPERATIONS["ingest_start"][2]["requestBody"]["content"][JSON]
    assert faults(content["schema"], {"session_id": "a", "source_uri_ref": "x", "profile": "best"})


def test_errors_are_problems() -> None:
    for name, (_, path, operation) in OPERATIONS.items():
        answers = operation["responses"]
        assert "default" in answers, name
        for status in answers.keys() - {"200"}:
            if (name, status) != ("readyz", "503"):
                assert resolved(answers[status])["content"].keys() == {MEDIA_TYPE}, (name, status)
        assert ("401" in answers) == (path not in OPEN_PATHS)
    assert DETAILS.keys() == KINDS.keys()
    assert not {"HTTPValidationError", "ValidationError"} & DOCUMENT["components"]["schemas"].keys()


def requests() -> Iterator[tuple[str, str, Any]]:
    """All but those of what has no end."""
    for name, examples in EXAMPLES.items():
        if name not in OPERATIONS or name == "events":
            continue
        for label, body in (examples.requests or {"none": None}).items():
            yield name, label, body


@pytest.mark.parametrize(("name", "label", "body"), list(requests()))
def test_examples_are_taken_and_answered_as_shown(
    client: TestClient, engine: MemoryEngine, name: str, label: str, body: Any
) -> None:
    """On jobs of these ids."""
    ids = {INGEST: engine.add("ingest", "final").job_id, PREVIEW: engine.add("preview").job_id}
    engine.presets["left basket"] = Preset("left basket", ViewValue(), NOW)
    method, path, operation = OPERATIONS[name]
    text = json.dumps(body)
    for example, job_id in ids.items():
        text = text.replace(example, job_id)
        path = path.replace("{job_id}", job_id)
    given = json.loads(text)
    answer = client.request(
        method, path.replace("{name}", PLUGIN.name), **({} if given is None else {"json": given})
    )
    assert answer.status_code == 200, answer.text
    kind = answer.headers["content-type"].partition(";")[0]
    content = operation["responses"]["200"]["content"][kind]
    if kind == JSON:
        assert faults(content["schema"], answer.json()) == []


def test_the_events_of_the_document_are_those_that_are_told() -> None:
    content = OPERATIONS["events"][2]["responses"]["200"]["content"]["text/event-stream"]
    fields = dict(line.split(": ", 1) for line in EXAMPLES["events"].answers["usual"].splitlines() if line)
    assert set(content["x-event-data"]) == {"job", "tracking", "camera", "plugin", "gap"}
    assert faults(content["x-event-data"][fields["event"]], json.loads(fields["data"])) == []
