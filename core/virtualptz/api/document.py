"""The OpenAPI document: what FastAPI reads from the routes, and what it cannot know."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ..wire.events import CameraEvent, GapEvent, JobEvent, PluginEvent, TrackingEvent
from ..wire.problems import Problem
from .examples import EXAMPLES, NOT_READY, Examples
from .routing import KEY_SCHEME, USUAL, refusal

DESCRIPTION = """Steers virtual cameras: a fixed wide picture in, a moving broadcast window out.

Errors are problems as RFC 9457 has them; `type` says which kind, and docs/errors.md has them all.
Unknown fields in a request are ignored, and fields may be added to answers."""
TAGS: Mapping[str, str] = {
    "health": "Whether the agent runs. Needs no key.",
    "probe": "Looking at a source without starting anything.",
    "ingest": "A camera in, a program out.",
    "preview": "A source in a browser.",
    "jobs": "What runs, and how it looks.",
    "events": "What happens, as it happens.",
    "ptz": "The camera on air.",
    "tracking": "Where play is.",
    "plugins": "What is installed.",
    "metrics": "Time series.",
}
EVENTS: Mapping[str, type[BaseModel]] = {
    "job": JobEvent,
    "tracking": TrackingEvent,
    "camera": CameraEvent,
    "plugin": PluginEvent,
    "gap": GapEvent,
}
TOKEN_SCHEME = "PreviewToken"  # noqa: S105 - a name
REF = "#/components/schemas/"
JSON = "application/json"
SHARED: Mapping[str, dict[str, Any]] = {
    "NoKey": refusal(*USUAL[401]),
    "NotAllowed": refusal(*USUAL[403]),
    "UnknownJob": refusal(*USUAL[404]),
    "NotRunning": refusal(*USUAL[409]),
    "Invalid": refusal("invalid-request"),
    "CannotWork": refusal(*USUAL[422]),
    "Limit": refusal(*USUAL[503]),
    "AnyOther": {
        **refusal("unreadable-request", "late-request", "body-too-long", "internal", "store-failed"),
        "description": "any other refusal",
    },
}
"""Answers that many operations have."""


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """FastAPI's document with examples, problems, tags and the bodies of events; it is changed."""
    info = document["info"]
    document["info"] = {**info, "description": DESCRIPTION, "license": {"name": "Apache-2.0"}}
    document["tags"] = [{"name": name, "description": words} for name, words in TAGS.items()]
    schemas = document["components"]["schemas"]
    schemas.update(_schemas(Problem, *EVENTS.values()))
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    for operation in operations(document):
        _complete(operation)
    _open_by_token(document)
    _share(document)
    return document


def operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()


def _complete(operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    if "422" in answers and JSON in answers["422"].get("content", {}):
        answers["422"] = refusal("invalid-request")
    answers["default"] = SHARED["AnyOther"]
    examples = EXAMPLES.get(operation["operationId"])
    if examples is not None:
        _exemplify(operation, examples)
    if operation["operationId"] == "readyz":
        answers["503"]["content"][JSON]["examples"] = {"usual": {"value": NOT_READY}}
    if operation["operationId"] == "events":
        refs = {name: {"$ref": REF + model.__name__} for name, model in EVENTS.items()}
        answers["200"]["content"]["text/event-stream"]["x-event-data"] = refs


def _share(document: dict[str, Any]) -> None:
    document["components"]["responses"] = dict(SHARED)
    for operation in operations(document):
        answers = operation["responses"]
        for status, answer in answers.items():
            name = next((name for name, shared in SHARED.items() if shared == answer), None)
            answers[status] = answer if name is None else {"$ref": f"#/components/responses/{name}"}


def _exemplify(operation: dict[str, Any], examples: Examples) -> None:
    for content in operation["responses"]["200"]["content"].values():
        content.setdefault("schema", {"type": "string"})
        content["examples"] = _named(examples.answers)
    if examples.requests:
        operation["requestBody"]["content"][JSON]["examples"] = _named(examples.requests)


def _named(examples: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"value": value} for name, value in examples.items()}


def _schemas(*models: type[BaseModel]) -> dict[str, Any]:
    wanted = [(model, "serialization") for model in models]
    _, found = models_json_schema(wanted, ref_template=REF + "{model}")  # type: ignore[arg-type]
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def _open_by_token(document: dict[str, Any]) -> None:
    document["components"]["securitySchemes"][TOKEN_SCHEME] = {
        "type": "apiKey",
        "in": "query",
        "name": "token",
        "description": "the one that `preview_url` and `overlay_url` carry",
    }
    stream = document["paths"]["/runner/preview/stream/{job_id}"]["get"]
    stream["security"] = [{KEY_SCHEME: []}, {TOKEN_SCHEME: []}]
    stream["responses"]["403"] = refusal("wrong-key", "not-local", "stale-preview")
