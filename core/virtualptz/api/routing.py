"""What all routers share."""

from typing import Any

from fastapi import APIRouter, Security
from fastapi.security import HTTPBearer

from .strict import StrictRoute

ERRORS: dict[int, str] = {
    401: "no API key",
    403: "wrong API key; or no key is set and the client is not on this machine",
    404: "no such job, or nothing of that name",
    409: "the job is not running, or another one is in the way",
    413: "the body is longer than 64 KiB",
    422: "something in the request cannot work; `detail` says what",
    502: "the source cannot be reached or is not media",
    503: "a limit is reached (jobs, viewers, memory), or nothing can be put on record; `detail` says which",
    504: "the source took too long",
}
_KEY = HTTPBearer(auto_error=False, description="RUNNER_API_KEY")
"""For the OpenAPI document; `auth.AuthMiddleware` decides."""


def new_router(tag: str) -> APIRouter:
    return APIRouter(
        tags=[tag], route_class=StrictRoute, dependencies=[Security(_KEY)], responses=refusals(401, 403)
    )


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's lines for the errors that a route answers."""
    return {status: {"description": ERRORS[status]} for status in statuses}
