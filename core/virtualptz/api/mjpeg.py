"""`multipart/x-mixed-replace`: JPEGs one after the other in one answer, as browsers paint them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import aclosing, contextmanager
from functools import lru_cache
from time import monotonic
from typing import Protocol

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from ..jobs.status import JpegFrame
from .connection import Taking, abort, hold_back_little

log = logging.getLogger(__name__)

MEDIA_TYPE = "multipart/x-mixed-replace; boundary=frame"
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
REPEAT_AFTER = 1.0
SEND_TIMEOUT = 4.0
LOOK_SECONDS = 0.5
KERNEL_BYTES = 128 * 1024
"""Enough for 10 Mbit/s over a way of a tenth of a second."""


class Frames(Protocol):
    """An iterator over frames that gives its viewer's place up when it is closed."""

    def __aiter__(self) -> AsyncIterator[JpegFrame]: ...

    def __anext__(self) -> Awaitable[JpegFrame]: ...

    async def aclose(self) -> object: ...


@lru_cache(maxsize=4)
def part(frame: JpegFrame) -> bytes:
    """A picture, or where it lies, with its head, and the next boundary at once: browsers paint at that.

    One for all viewers, who ask for it one after the other.
    """
    kind, shared = "image/jpeg", ""
    if frame.place:
        kind, shared = "application/octet-stream", f"X-Frame-Shared: {frame.place}\r\n"
    head = (
        f"Content-Type: {kind}\r\n"
        f"Content-Length: {len(frame.jpeg)}\r\n"
        f"X-Frame-Pts: {frame.pts:.6f}\r\n"
        f"X-Frame-Width: {frame.width}\r\n"
        f"X-Frame-Height: {frame.height}\r\n{shared}\r\n"
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
        hold_back_little(scope, KERNEL_BYTES)
        gone = asyncio.create_task(_until_gone(receive), name="viewer-gone")
        viewer = _Viewer(send, Taking(scope), self._repeat_after, self._send_timeout)
        whole = False
        try:
            async with aclosing(self._frames):
                whole = await self._stream(viewer, gone)
        except TimeoutError:
            log.info("dropped a viewer who took nothing for %g s", self._send_timeout)
        finally:
            if not whole and not gone.done():
                abort(scope)
                await asyncio.wait({gone}, timeout=self._send_timeout)
            gone.cancel()

    async def _stream(self, viewer: "_Viewer", gone: asyncio.Task[None]) -> bool:
        """Whether the answer was ended in form; False where the viewer left. TimeoutError: it is stuck."""
        watch = asyncio.create_task(viewer.watch(), name="viewer-watch")
        whole = False
        try:
            with _until_done(gone, watch):
                await self._send_all(viewer)
                whole = True
            if not whole and watch.done():
                watch.result()
            return whole
        finally:
            watch.cancel()

    async def _send_all(self, viewer: "_Viewer") -> None:
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        await viewer.send(start)
        await viewer.send(_body(b"--frame\r\n"))
        async for frame in self._frames:
            await viewer.show(_body(part(frame)))
        await viewer.send(_body(b"", more=False))


class _Viewer:
    """Takes one message at a time. `watch` is one task a viewer: a frame starts no task and no timer."""

    def __init__(self, send: Send, taking: Taking, repeat_after: float | None, send_timeout: float) -> None:
        self._send = send
        self._taking = taking
        self._repeats = repeat_after is not None
        self._pause = send_timeout if repeat_after is None else min(repeat_after, send_timeout)
        self._send_timeout = send_timeout
        self._turn = asyncio.Lock()
        self._sending = False
        self._since = monotonic()
        """When the sending began, or the last one ended."""
        self._last: Message | None = None

    async def send(self, message: Message) -> None:
        async with self._turn:
            self._sending, self._since = True, monotonic()
            await self._send(message)
            self._sending, self._since = False, monotonic()

    async def show(self, frame: Message) -> None:
        self._last = frame
        await self.send(frame)

    async def watch(self) -> None:
        """Sends the last frame again where nothing new comes; TimeoutError where the viewer takes nothing."""
        while True:
            allowed = self._send_timeout if self._sending else self._pause
            wait = self._since + allowed - monotonic()
            if self._taking.stuck_seconds() > self._send_timeout:
                raise TimeoutError
            if wait > 0:
                await asyncio.sleep(min(wait, self._pause, LOOK_SECONDS))
            elif self._sending:
                raise TimeoutError
            elif self._last is None or not self._repeats:
                await asyncio.sleep(min(self._pause, LOOK_SECONDS))
            else:
                async with asyncio.timeout(self._send_timeout):
                    await self.send(self._last)


@contextmanager
def _until_done(*tasks: asyncio.Task[None]) -> Iterator[None]:
    """Breaks the body off, without an error, as soon as one of the tasks is done."""
    body, broken = asyncio.current_task(), False
    assert body is not None  # noqa: S101 - called by coroutines only

    def break_off(_: asyncio.Task[None]) -> None:
        nonlocal broken
        if not broken:
            broken = True
            body.cancel()

    for task in tasks:
        task.add_done_callback(break_off)
    try:
        yield
    except asyncio.CancelledError:
        if not broken or body.uncancel() > 0:
            raise
    finally:
        for task in tasks:
            task.remove_done_callback(break_off)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _body(data: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}
