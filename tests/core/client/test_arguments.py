"""Whatever a call can be asked, the client can ask: every field of a body, every parameter of a query."""

import inspect
import re
from collections import defaultdict
from types import ModuleType
from typing import Any

from virtualptz.api.app import create_app
from virtualptz.client.call import Request
from virtualptz.client.calls import agent, job, steering
from virtualptz.client.sync import RunnerClient
from virtualptz.model import LimitBox, TrackingUpdate
from virtualptz.wire.view import ViewValue

from .test_surface import methods

VALUES: dict[str, Any] = {
    "camera_mode": "manual",
    "center_x": 0.4,
    "center_y": 0.5,
    "decision_log": True,
    "detector": "motion",
    "fps": 5.0,
    "framing": {"max_zoom": 2.0},
    "glide_seconds": 1.0,
    "height": 180,
    "idempotency_key": "k",
    "job_id": "job-1",
    "kind": "ingest",
    "last_event_id": "a-1",
    "limits": LimitBox(),
    "lines": 50,
    "lookahead_seconds": 1.0,
    "mode": "manual",
    "name": "left",
    "of": "source",
    "overlay": True,
    "policy": "spring",
    "profile": "fluid",
    "quality": 5,
    "replica_index": 1,
    "scale": "320:-1",
    "session_id": "final",
    "shared": True,
    "smoothing_policy": "spring",
    "source": "rtsp://camera/wide",
    "start_seconds": 1.0,
    "state": ["running"],
    "timeout_seconds": 3.0,
    "types": ["job"],
    "update": TrackingUpdate(tracking_confidence=0.5),
    "view": ViewValue(),
    "width": 320,
    "zoom": 2.0,
}
NOT_SENT = {
    "POST /runner/tracking/update": set(TrackingUpdate.model_fields) - {"tracking_confidence"},
    "GET /runner/events": {"last_event_id"},
    "POST /runner/preview/start": {"q", "transport"},
}
"""What an update does not set is not sent; the newest event's id is sent as a header; `q` is `q_v` in another
word, and there is one transport."""


def call_of(name: str) -> Any:
    modules: tuple[ModuleType, ...] = (agent, job, steering)
    return next(getattr(module, name) for module in modules if hasattr(module, name))


def fullest(name: str) -> Request:
    """The method's request where everything that it can be told is told."""
    call = call_of(name)
    names = inspect.signature(call).parameters
    made = call(**{each: VALUES[each] for each in names if each != "current"})
    request: Request = (made.stream() if hasattr(made, "stream") else made).request
    return request


def endpoint_of(request: Request) -> str:
    for path, verbs in DOCUMENT["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", path)
        if request.method.lower() in verbs and re.fullmatch(pattern, request.path):
            return f"{request.method} {path}"
    raise AssertionError(f"no endpoint for {request}")


def asked() -> dict[str, set[str]]:
    """By endpoint, what the client can send of query and body, and of a preview's profile."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in methods(RunnerClient):
        request = fullest(name)
        body = request.body or {}
        profile = body.get("profile")
        inner = profile if isinstance(profile, dict) else {}
        found[endpoint_of(request)] |= {*request.query, *body, *inner}
    return found


DOCUMENT = create_app().openapi()


def fields(schema: dict[str, Any]) -> set[str]:
    """Of a body, and of a profile within it."""
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    names = set(schema.get("properties", ()))
    for each in schema.get("properties", {}).get("profile", {}).get("anyOf", ()):
        names |= fields(each)
    return names


def takes(operation: dict[str, Any]) -> set[str]:
    queried = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    bodies = operation.get("requestBody", {}).get("content", {}).values()
    return queried.union(*(fields(body["schema"]) for body in bodies))


def test_whatever_an_endpoint_takes_can_be_asked_and_nothing_else() -> None:
    can = asked()
    for path, verbs in DOCUMENT["paths"].items():
        for verb, operation in verbs.items():
            endpoint = f"{verb.upper()} {path}"
            assert can[endpoint] == takes(operation) - NOT_SENT.get(endpoint, set()), endpoint
