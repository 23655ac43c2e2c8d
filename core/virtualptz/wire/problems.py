"""Answers that say no: RFC 9457's problem details, and every kind of them that the agent knows."""

from typing import Any, Literal, get_args

from pydantic import BaseModel, Field

from ..model import Frozen

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:virtualptz:error:"

Name = Literal[
    "no-key",
    "wrong-key",
    "stale-preview",
    "not-local",
    "unknown-path",
    "unknown-job",
    "unknown-plugin",
    "unknown-preset",
    "method-not-allowed",
    "late-request",
    "job-not-running",
    "target-in-use",
    "key-in-use",
    "body-too-long",
    "head-too-long",
    "unreadable-request",
    "invalid-request",
    "cannot-work",
    "key-reused",
    "internal",
    "source-failed",
    "source-timeout",
    "limit-reached",
    "too-many-connections",
    "no-picture",
    "plugin-failed",
    "stopping",
    "store-failed",
]
NAMES: tuple[Name, ...] = get_args(Name)


class Kind(Frozen):
    """One kind of error: what of an answer depends on nothing but that."""

    name: Name
    status: int
    title: str

    @property
    def type(self) -> str:
        """Its URI: never another one, and never that of another kind."""
        return TYPE_PREFIX + self.name


class Problem(BaseModel):
    type: str = Field(description="a URI for each kind of error: docs/errors.md has them all")
    title: str = Field(description="the kind in words; the same each time")
    status: int = Field(description="that of the answer")
    detail: str | list[dict[str, Any]] = Field(
        description="what is wrong this time; of a request that does not fit, each field with what is wrong"
    )


_KINDS: tuple[tuple[Name, int, str], ...] = (
    ("no-key", 401, "The API key is missing"),
    ("wrong-key", 403, "The API key is wrong"),
    ("stale-preview", 403, "The preview URL is no longer valid"),
    ("not-local", 403, "Only clients on the agent's machine are served"),
    ("unknown-path", 404, "There is nothing at this path"),
    ("unknown-job", 404, "There is no such job"),
    ("unknown-plugin", 404, "There is no such plug-in"),
    ("unknown-preset", 404, "The camera has no such preset"),
    ("method-not-allowed", 405, "This path does not take this method"),
    ("late-request", 408, "The request was not whole in time"),
    ("job-not-running", 409, "The job does not run, or cannot do that"),
    ("target-in-use", 409, "Another job publishes to the same place"),
    ("key-in-use", 409, "A request with this idempotency key is under way"),
    ("body-too-long", 413, "The body is too long"),
    ("invalid-request", 422, "A field of the request does not fit"),
    ("cannot-work", 422, "What was asked for cannot work"),
    ("key-reused", 422, "The idempotency key belongs to another request"),
    ("unreadable-request", 400, "The request cannot be read"),
    ("head-too-long", 431, "The head of the request is too long"),
    ("internal", 500, "The agent has a defect"),
    ("source-failed", 502, "The source cannot be reached or is not media"),
    ("limit-reached", 503, "A limit is reached"),
    ("too-many-connections", 503, "Too many connections are open"),
    ("no-picture", 503, "The job has no picture at the moment"),
    ("plugin-failed", 503, "A plug-in is missing, disabled or broken"),
    ("stopping", 503, "The agent is about to end"),
    ("store-failed", 503, "The agent cannot write or read its own files"),
    ("source-timeout", 504, "The source took too long"),
)
KINDS: dict[Name, Kind] = {
    name: Kind(name=name, status=status, title=title) for name, status, title in _KINDS
}
