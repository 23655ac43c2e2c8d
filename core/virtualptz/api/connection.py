"""A way to drop a client's connection, which ASGI has no message for."""

from collections.abc import Callable
from typing import cast

from starlette.types import Scope, Send

_ABORT = "virtualptz.abort"


def keep_abort(scope: Scope, send: Send) -> None:
    """Note in the scope how to drop this connection; `send` as the server gave it, before any middleware.

    uvicorn's is bound to the request's cycle, which holds the transport. An answer that is merely left
    unfinished stays in the buffer of a client who reads nothing, and the server waits for it when it stops.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    abort = getattr(transport, "abort", None)
    if callable(abort):
        scope[_ABORT] = abort


def abort(scope: Scope) -> None:
    """Drop the connection at once. Under a server that shows no transport, the server's own end must do."""
    drop = cast("Callable[[], None] | None", scope.get(_ABORT))
    if drop is not None:
        drop()
