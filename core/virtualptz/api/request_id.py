"""Every request has an id: its own `X-Request-Id` where that is sane, else a new one."""

import re
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..logs import about_job, about_request

HEADER = "X-Request-Id"
SANE = re.compile(r"[A-Za-z0-9._-]{1,128}")
JOB_ID = re.compile(r"(?:ing|prv)_[A-Za-z0-9_-]{12}")


class RequestIdMiddleware:
    """Outermost, so that refusals have it, too. It goes back in the answer and into what is logged.

    With it goes the id of the job whose address was asked.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if SANE.fullmatch(given) else uuid4().hex

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        with about_request(request_id), about_job(_job_of(scope)):
            await self._app(scope, receive, told)


def _job_of(scope: Scope) -> str:
    """Whose address it is: a job's id stands at the end of the paths that have one."""
    last = scope["path"].rpartition("/")[2]
    return last if JOB_ID.fullmatch(last) else ""
