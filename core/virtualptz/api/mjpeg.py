"""`multipart/x-mixed-replace`: JPEGs one after the other in one answer, as browsers paint them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import aclosing, suppress
from typing import Protocol

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from ..jobs.status import JpegFrame
from .connection import abort

log = logging.getLogger(__name__)

MEDIA_TYPE = "multipart/x-mixed-replace; boundary=frame"
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
REPEAT_AFTER = 1.0
SEND_TIMEOUT = 5.0


class Frames(Protocol):
    """An iterator over frames that gives its viewer's place up when it is closed."""

    def __aiter__(self) -> AsyncIterator[JpegFrame]: ...

    def __anext__(self) -> Awaitable[JpegFrame]: ...

    async def aclose(self) -> object: ...


def part(frame: JpegFrame) -> bytes:
    """One JPEG with its head, and the next boundary at once: a browser paints when it sees that."""
    head = (
        "Content-Type: image/jpeg\r\n"
        f"Content-Length: {len(frame.jpeg)}\r\n"
        f"X-Frame-Pts: {frame.pts:.6f}\r\n"
        f"X-Frame-Width: {frame.width}\r\n"
        f"X-Frame-Height: {frame.height}\r\n\r\n"
    )
    return head.encode() + frame.jpeg + b"\r\n--frame\r\n"


class MjpegResponse(Response):
    """Sends frames until they end or the viewer leaves, and drops a viewer who takes nothing.

    A frame is only asked for when the one before has been taken, so a slow viewer gets the newest each time.
    `repeat_after`: seconds after which the last frame is sent again where no new one came (None: never);
    `send_timeout`: seconds that the viewer's side may stay blocked.
    """

    def __init__(
        self,
        frames: Frames,
        *,
        repeat_after: float | None = REPEAT_AFTER,
        send_timeout: float = SEND_TIMEOUT,
    ) -> None:
        self.status_code = 200
        self.background = None
        self.init_headers({**HEADERS, "Content-Type": MEDIA_TYPE})
        self._frames = frames
        self._repeat_after = repeat_after
        self._send_timeout = send_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.create_task(_until_gone(receive), name="viewer-gone")
        whole = False
        try:
            whole = await self._stream(send, gone)
        except TimeoutError:
            log.info("dropped a viewer who took nothing for %g s", self._send_timeout)
        finally:
            if not whole and not gone.done():
                abort(scope)
                await asyncio.wait({gone}, timeout=self._send_timeout)
            gone.cancel()

    async def _stream(self, send: Send, gone: asyncio.Task[None]) -> bool:
        """Whether the answer was ended in form; False where the viewer left."""
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        async with aclosing(_Newest(self._frames)) as newest:
            await self._send(send, start)
            await self._send(send, _body(b"--frame\r\n"))
            while (frame := await newest.next(gone, self._repeat_after)) is not None:
                await self._send(send, _body(part(frame)))
            if gone.done():
                return False
            await self._send(send, _body(b"", more=False))
            return True

    async def _send(self, send: Send, message: Message) -> None:
        async with asyncio.timeout(self._send_timeout):
            await send(message)


class _Newest:
    """The frames of an iterator one at a time, the last one again where no new one comes."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._coming: asyncio.Task[JpegFrame | None] | None = None
        self._last: JpegFrame | None = None

    async def next(self, gone: asyncio.Task[None], repeat_after: float | None) -> JpegFrame | None:
        """None at the end of the frames, or when `gone` is done."""
        while True:
            if self._coming is None:
                self._coming = asyncio.create_task(_next(self._frames), name="viewer-frame")
            patience = repeat_after if self._last else None
            await asyncio.wait({self._coming, gone}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                return None
            if self._coming.done():
                self._last, self._coming = self._coming.result(), None
            return self._last

    async def aclose(self) -> None:
        if self._coming is not None:
            self._coming.cancel()
            with suppress(asyncio.CancelledError):
                await self._coming
        await self._frames.aclose()


async def _next(frames: Frames) -> JpegFrame | None:
    return await anext(frames, None)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _body(data: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}
