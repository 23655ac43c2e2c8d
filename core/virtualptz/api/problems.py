"""Problem details as answers, for the application and for what answers in front of it."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

from ..redact import mask
from ..wire.problems import KINDS, MEDIA_TYPE, Name

RETRY_AFTER_SECONDS = 5


class ProblemResponse(JSONResponse):
    media_type = MEDIA_TYPE


def problem(
    name: Name, detail: str | list[dict[str, Any]], headers: Mapping[str, str] | None = None
) -> ProblemResponse:
    """An answer of this kind; what is secret in a sentence is masked, fields must come without it."""
    kind = KINDS[name]
    more = {"Retry-After": str(RETRY_AFTER_SECONDS)} if kind.status == 503 else {}
    return ProblemResponse(body_of(name, detail), kind.status, {**more, **(headers or {})})


def body_of(name: Name, detail: str | list[dict[str, Any]]) -> dict[str, Any]:
    kind = KINDS[name]
    said = mask(detail) if isinstance(detail, str) else detail
    return {"type": kind.type, "title": kind.title, "status": kind.status, "detail": said}
