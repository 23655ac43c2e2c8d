"""What all routers share."""

from typing import Any

from fastapi import APIRouter, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from ..wire.problems import KINDS, MEDIA_TYPE, Name
from .examples import DETAILS
from .problems import body_of
from .strict import StrictRoute

KEY_SCHEME = "ApiKey"
USUAL: dict[int, tuple[Name, ...]] = {
    401: ("no-key",),
    403: ("wrong-key", "not-local"),
    404: ("unknown-job",),
    409: ("job-not-running",),
    422: ("invalid-request", "cannot-work"),
    502: ("source-failed",),
    503: ("limit-reached",),
    504: ("source-timeout",),
}
"""What a status mostly means."""
_KEY = HTTPBearer(auto_error=False, scheme_name=KEY_SCHEME, description="RUNNER_API_KEY")
"""For the OpenAPI document; `auth.AuthMiddleware` decides."""


def new_router(tag: str) -> APIRouter:
    return APIRouter(
        tags=[tag], route_class=StrictRoute, dependencies=[Security(_KEY)], responses=refusals(401, 403)
    )


def refusals(*which: int | Name) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's lines for what a route refuses: kinds of errors, or a status for its usual ones."""
    names = [name for each in which for name in (USUAL[each] if isinstance(each, int) else (each,))]
    by_status: dict[int, list[Name]] = {}
    for name in names:
        by_status.setdefault(KINDS[name].status, []).append(name)
    return {status: refusal(*kinds) for status, kinds in by_status.items()}


def refusal(*names: Name) -> dict[str, Any]:
    """An OpenAPI response: one of these kinds, each with an example."""
    return {
        "description": "; ".join(f"`{name}`: {KINDS[name].title}" for name in names),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {name: {"value": body_of(name, DETAILS[name])} for name in names},
            }
        },
    }


def operation_id(route: APIRoute) -> str:
    """The words of the path; one thing of a list has the list's name in the singular: `plugin_enable`."""
    words: list[str] = []
    for part in route.path_format.strip("/").split("/"):
        if part == "{name}":
            words[-1] = words[-1].removesuffix("s")
        elif part != "runner" and not part.startswith("{"):
            words.append(part)
    return "_".join(words)
