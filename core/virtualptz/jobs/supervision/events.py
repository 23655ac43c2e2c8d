"""What happens, for whoever listens: numbered, kept for a while, and told in its order.

A reader has a queue of its own. One that is too slow for it is let go, and may come back for the rest.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from ...wire.events import EventBody, EventType, GapEvent

KEPT = 2000
"""Hours of a few jobs that do well, minutes of many that do not."""
BACKLOG = 500
"""Events that a reader may be behind."""


@dataclass(frozen=True, slots=True)
class Event:
    number: int
    type: EventType
    data: str
    """JSON."""
    job_id: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asked for; None: everything."""

    types: frozenset[EventType] | None = None
    job_id: str | None = None

    def __contains__(self, event: Event) -> bool:
        typed = self.types is None or event.type in self.types
        return typed and self.job_id in (None, event.job_id)


@dataclass(frozen=True, slots=True)
class Told:
    """What a reader gets next. `id`: by which it can come back for what follows; empty: not yet."""

    id: str
    type: str
    data: str


class EventStream(AsyncIterator[Told]):
    """One reader's events. Ends with the log, or where its reader is too slow."""

    def __init__(self, log: "EventLog", wanted: Wanted, first: Iterable[Told]) -> None:
        self._log = log
        self._wanted = wanted
        self._queue = deque(first)
        self._room = len(self._queue) + BACKLOG
        self._changed = asyncio.Event()
        self._closed = False
        if self._queue:
            self._changed.set()

    @property
    def newest(self) -> str:
        """The id of the newest event of all, where nothing waits; for a reader that wants few of them."""
        return self._log.newest if not self._queue else ""

    def offer(self, event: Event) -> None:
        if event not in self._wanted:
            return
        if len(self._queue) >= self._room:
            self.close()
            return
        self._queue.append(self._log.told(event))
        self._changed.set()

    async def __anext__(self) -> Told:
        """Cancelled, it has taken nothing."""
        await self._changed.wait()
        if self._closed:
            raise StopAsyncIteration
        told = self._queue.popleft()
        if not self._queue:
            self._changed.clear()
        return told

    def close(self) -> None:
        """End it at once; safe to call twice."""
        if not self._closed:
            self._closed = True
            self._queue.clear()
            self._changed.set()
            self._log.leave(self)

    async def aclose(self) -> None:
        self.close()


class EventLog:
    """One per agent, on its event loop."""

    def __init__(self, kept: int = KEPT) -> None:
        self._instance = secrets.token_hex(6)
        self._events: deque[Event] = deque(maxlen=kept)
        self._number = 0
        self._streams: set[EventStream] = set()
        self._ended = False

    @property
    def readers(self) -> int:
        return len(self._streams)

    @property
    def newest(self) -> str:
        return f"{self._instance}-{self._number}"

    def tell(self, kind: EventType, body: EventBody, job_id: str | None = None) -> None:
        self._number += 1
        event = Event(self._number, kind, body.model_dump_json(), job_id)
        self._events.append(event)
        for stream in tuple(self._streams):
            stream.offer(event)

    def open(
        self, wanted: Wanted, last_id: str | None, whole: Callable[[], Iterable[tuple[EventType, EventBody]]]
    ) -> EventStream:
        """What comes from now on; with `last_id`, all that came after that event too.

        Where that is not known, the first event is `gap`, and then comes `whole`: how everything is now.
        """
        stream = EventStream(self, wanted, self._since(wanted, last_id, whole))
        self._streams.add(stream)
        if self._ended:
            stream.close()
        return stream

    def told(self, event: Event) -> Told:
        return Told(f"{self._instance}-{event.number}", event.type, event.data)

    def leave(self, stream: EventStream) -> None:
        self._streams.discard(stream)

    def end(self) -> None:
        """End all streams, and every later one."""
        self._ended = True
        for stream in tuple(self._streams):
            stream.close()

    def _since(
        self, wanted: Wanted, last_id: str | None, whole: Callable[[], Iterable[tuple[EventType, EventBody]]]
    ) -> list[Told]:
        if last_id is None:
            return []
        instance, _, number = last_id.rpartition("-")
        if instance != self._instance or not number.isdecimal() or int(number[:20]) > self._number:
            return self._whole(wanted, GapEvent(at=datetime.now(UTC), reason="another_agent"), whole())
        missed = self._number - int(number)
        if missed > len(self._events):
            return self._whole(wanted, GapEvent(at=datetime.now(UTC), reason="too_old"), whole())
        events = islice(self._events, len(self._events) - missed, None)
        return [self.told(event) for event in events if event in wanted]

    def _whole(
        self, wanted: Wanted, gap: GapEvent, bodies: Iterable[tuple[EventType, EventBody]]
    ) -> list[Told]:
        """Only the last one has an id: who was cut off before it has to be told all of it again."""
        states = (
            Event(0, kind, body.model_dump_json(), getattr(body, "job_id", None)) for kind, body in bodies
        )
        told = [Told("", "gap", gap.model_dump_json())]
        told += [Told("", event.type, event.data) for event in states if event in wanted]
        last = told.pop()
        return [*told, Told(self.newest, last.type, last.data)]
