"""Every error as `{"detail": ...}`: what is wrong, never what was sent, never what is inside."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from ..errors import (
    ConfigError,
    JobConflictError,
    JobNotRunningError,
    LimitError,
    MediaError,
    MediaTimeoutError,
    PluginError,
    StoppingError,
    StoreError,
    UnknownJobError,
    UnknownPluginError,
    UnknownPresetError,
    VirtualPtzError,
)
from ..redact import mask

RETRY_AFTER_SECONDS = 5
STATUS: dict[type[VirtualPtzError], int] = {
    UnknownJobError: 404,
    UnknownPluginError: 404,
    UnknownPresetError: 404,
    JobNotRunningError: 409,
    JobConflictError: 409,
    ConfigError: 422,
    MediaTimeoutError: 504,
    MediaError: 502,
    LimitError: 503,
    PluginError: 503,
    StoppingError: 503,
    StoreError: 503,
}


def install_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(RequestValidationError, _invalid)
    for kind in STATUS:
        app.add_exception_handler(kind, _refused)
    app.add_exception_handler(Exception, _unforeseen)


def error(status: int, detail: str) -> JSONResponse:
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else None
    return JSONResponse({"detail": mask(detail)}, status, headers)


async def _refused(_request: Request, exception: Exception) -> JSONResponse:
    kinds = (STATUS[kind] for kind in type(exception).__mro__ if kind in STATUS)
    return error(next(kinds), str(exception))


async def _invalid(_request: Request, exception: Exception) -> JSONResponse:
    """FastAPI's own answer repeats the input, which may hold a camera's password."""
    problems = exception.errors() if isinstance(exception, RequestValidationError) else []
    return JSONResponse({"detail": [_problem(problem) for problem in problems]}, 422)


def _problem(problem: dict[str, Any]) -> dict[str, Any]:
    reason = problem.get("ctx", {}).get("error") if problem["type"] == "json_invalid" else None
    message = problem["msg"] if reason is None else f"{problem['msg']}: {reason}"
    return {"type": problem["type"], "loc": list(problem["loc"]), "msg": mask(message)}


async def _unforeseen(_request: Request, _exception: Exception) -> JSONResponse:
    """Starlette raises it again after this answer, and the server logs it with its trace: once."""
    return error(500, "internal error; the agent's log says more")
