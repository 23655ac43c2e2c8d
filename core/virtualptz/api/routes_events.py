"""`GET /runner/events`: what happens, as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Header, Query, Response

from ..errors import ConfigError
from ..jobs.supervision.events import EventStream, Told, Wanted
from ..wire.events import EVENT_TYPES, EventType
from .routing import new_router, refusals
from .services import ServicesNow
from .streaming import StreamResponse

router = new_router("events")

MEDIA_TYPE = "text/event-stream"
HEADERS = {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
QUIET_SECONDS = 15.0
"""Longer than that without a byte, and something on the way may take the connection for dead."""
RETRY_MS = 1000


@router.get(
    "/runner/events",
    summary="What happens, as it happens",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}}, **refusals(404, 422, 503)},
)
async def events(
    services: ServicesNow,
    types: Annotated[
        str | None, Query(description="some of job, tracking, camera, plugin, with commas; else all")
    ] = None,
    job_id: Annotated[str | None, Query(description="only what is of this job")] = None,
    last_event_id: Annotated[
        str | None, Header(description="go on after this one: what was missed comes first")
    ] = None,
    last_id: Annotated[
        str | None, Query(alias="last_event_id", description="the same, for who can send no header")
    ] = None,
) -> Response:
    """Server-sent events. `gap` first: not all that was missed is known; how each job is now comes next.

    Without an id it begins with what happens next.
    """
    wanted = Wanted(None if types is None else _types(types), job_id)
    stream = services.engine.events.open(wanted, last_event_id or last_id or None)
    return StreamResponse(Lines(stream), lambda piece: piece, HEADERS, first=_first(stream))


class Lines(AsyncIterator[bytes]):
    """Events as text, and a sign of life where there are none."""

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream

    async def __anext__(self) -> bytes:
        try:
            async with asyncio.timeout(QUIET_SECONDS):
                told = await anext(self._stream)
        except TimeoutError:
            # The id spares a reader that wants few of many events a gap when it comes back.
            return _mark(self._stream.newest) + b": still here\n\n"
        return _written(told)

    async def aclose(self) -> None:
        self._stream.close()


def _types(text: str) -> frozenset[EventType]:
    """Raises ConfigError."""
    asked = {name.strip() for name in text.split(",") if name.strip()}
    if not asked or not asked <= set(EVENT_TYPES):
        raise ConfigError(f"types: some of {', '.join(EVENT_TYPES)}, with commas between them")
    return frozenset(name for name in EVENT_TYPES if name in asked)


def _first(stream: EventStream) -> bytes:
    """Who is cut off before the first event can come back without a loss, too."""
    return f"retry: {RETRY_MS}\n".encode() + _mark(stream.newest) + b"\n"


def _mark(event_id: str) -> bytes:
    """A block with nothing but an id is no event: the reader notes the id."""
    return f"id: {event_id}\n".encode() if event_id else b""


def _written(told: Told) -> bytes:
    """`data` is JSON of one line."""
    return _mark(told.id) + f"event: {told.type}\ndata: {told.data}\n\n".encode()
