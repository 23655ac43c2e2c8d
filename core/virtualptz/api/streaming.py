"""Answers without an end: pieces as they come, to a viewer who may be slow, stuck or gone."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from time import monotonic
from typing import Generic, Protocol, TypeVar

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from .connection import Taking, abort, hold_back_little, notice_absence

log = logging.getLogger(__name__)

SEND_TIMEOUT = 4.0
LOOK_SECONDS = 0.5
KERNEL_BYTES = 128 * 1024
"""Enough for 10 Mbit/s over a way of a tenth of a second."""

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Source(Protocol[T_co]):
    """An iterator that gives its viewer's place up when it is closed."""

    def __aiter__(self) -> AsyncIterator[T_co]: ...

    def __anext__(self) -> Awaitable[T_co]: ...

    async def aclose(self) -> object: ...


class StreamResponse(Response, Generic[T]):
    """Sends pieces until they end or the viewer leaves, and drops a viewer who takes nothing.

    A piece is only asked for when the one before has been taken. `first`: what is sent before all of them;
    `repeat_after`: seconds after which the last piece is sent again where no new one came (None: never);
    `send_timeout`: seconds that the viewer's side may stay blocked.
    """

    def __init__(
        self,
        source: Source[T],
        write: Callable[[T], bytes],
        headers: Mapping[str, str],
        *,
        first: bytes,
        repeat_after: float | None = None,
        send_timeout: float = SEND_TIMEOUT,
    ) -> None:
        self.status_code = 200
        self.background = None
        self.init_headers(headers)
        self._source = source
        self._write = write
        self._first = first
        self._repeat_after = repeat_after
        self._send_timeout = send_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hold_back_little(scope, KERNEL_BYTES)
        notice_absence(scope)
        gone = asyncio.create_task(_until_gone(receive), name="viewer-gone")
        viewer = _Viewer(send, Taking(scope), self._repeat_after, self._send_timeout)
        whole = False
        try:
            async with aclosing(self._source):
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
        await viewer.send(_body(self._first))
        async for item in self._source:
            await viewer.show(_body(self._write(item)))
        await viewer.send(_body(b"", more=False))


class _Viewer:
    """Takes one message at a time. `watch` is one task a viewer: a piece starts no task and no timer."""

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

    async def show(self, piece: Message) -> None:
        self._last = piece
        await self.send(piece)

    async def watch(self) -> None:
        """Sends the last piece again where nothing new comes; TimeoutError where the viewer takes nothing."""
        while True:
            allowed = self._send_timeout if self._sending else self._pause
            wait = self._since + allowed - monotonic()
            patience = self._send_timeout - self._taking.stuck_seconds()
            if patience <= 0:
                raise TimeoutError
            if wait > 0:
                await asyncio.sleep(min(wait, patience, self._pause, LOOK_SECONDS))
            elif self._sending:
                raise TimeoutError
            elif self._last is None or not self._repeats:
                await asyncio.sleep(min(patience, self._pause, LOOK_SECONDS))
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
