"""Every error as a problem: what is wrong, never what was sent, never what is inside."""

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from ..errors import (
    ConfigError,
    JobConflictError,
    JobNotRunningError,
    KeyInUseError,
    KeyReusedError,
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
from ..wire.problems import Name
from .problems import problem

PROBLEMS: dict[type[VirtualPtzError], Name] = {
    UnknownJobError: "unknown-job",
    UnknownPluginError: "unknown-plugin",
    UnknownPresetError: "unknown-preset",
    JobNotRunningError: "job-not-running",
    JobConflictError: "target-in-use",
    KeyInUseError: "key-in-use",
    KeyReusedError: "key-reused",
    ConfigError: "cannot-work",
    MediaTimeoutError: "source-timeout",
    MediaError: "source-failed",
    LimitError: "limit-reached",
    PluginError: "plugin-failed",
    StoppingError: "stopping",
    StoreError: "store-failed",
}
OF_THE_FRAMEWORK: dict[int, Name] = {404: "unknown-path", 405: "method-not-allowed"}
"""What Starlette and FastAPI refuse by themselves; all else of theirs is about what cannot be read."""


def install_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused_by_framework)
    for kind in PROBLEMS:
        app.add_exception_handler(kind, _refused)
    app.add_exception_handler(Exception, _unforeseen)


async def _refused(_request: Request, exception: Exception) -> Response:
    kinds = (PROBLEMS[kind] for kind in type(exception).__mro__ if kind in PROBLEMS)
    return problem(next(kinds), str(exception))


async def _refused_by_framework(_request: Request, exception: Exception) -> Response:
    if not isinstance(exception, HTTPException):
        raise exception
    name = OF_THE_FRAMEWORK.get(exception.status_code, "unreadable-request")
    return problem(name, exception.detail, exception.headers)


async def _invalid(_request: Request, exception: Exception) -> Response:
    """FastAPI's own answer repeats the input, which may hold a camera's password."""
    faults = exception.errors() if isinstance(exception, RequestValidationError) else []
    return problem("invalid-request", [_fault(fault) for fault in faults])


def _fault(fault: dict[str, Any]) -> dict[str, Any]:
    reason = fault.get("ctx", {}).get("error") if fault["type"] == "json_invalid" else None
    message = fault["msg"] if reason is None else f"{fault['msg']}: {reason}"
    return {"type": fault["type"], "loc": list(fault["loc"]), "msg": mask(message)}


async def _unforeseen(_request: Request, _exception: Exception) -> Response:
    """Starlette raises it again after this answer, and the server logs it with its trace: once."""
    return problem("internal", "internal error; the agent's log says more")
