"""No request body over 64 KiB is taken in, whatever its headers say, nor waited for without end."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problems import problem

MAX_BODY = 64 * 1024
BODY_SECONDS = 10.0


class BodyLimitMiddleware:
    """Reads a body whole before anything parses it; 413 as soon as it is too long, 408 where it is late."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._limit = limit
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        try:
            async with asyncio.timeout(self._seconds):
                body = b"" if self._too_long(declared) else await self._read(receive)
        except TimeoutError:
            detail = f"the body was not whole within {self._seconds:g} s"
            # What comes of it now must not be taken for the next request.
            await problem("late-request", detail, {"Connection": "close"})(scope, receive, send)
            return
        if body is None:
            return
        if self._too_long(declared) or len(body) > self._limit:
            detail = f"the body is longer than {self._limit} bytes"
            await problem("body-too-long", detail)(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    def _too_long(self, declared: str) -> bool:
        return declared.isdecimal() and int(declared[:20]) > self._limit

    async def _read(self, receive: Receive) -> bytes | None:
        """The body, or the first bytes past the limit; None where the client left."""
        body = bytearray()
        while len(body) <= self._limit:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
