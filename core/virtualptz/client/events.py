"""What happens in an agent, followed across lost connections and new agents."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from pydantic import BaseModel, TypeAdapter

from ..backoff import Backoff
from ..wire.events import CameraEvent, GapEvent, JobEvent, PluginEvent, TrackingEvent
from .call import Query, Request, Stream
from .errors import RunnerError, RunnerRefusedError, RunnerUnreachableError
from .lines import LineReader
from .understanding import understood

log = logging.getLogger(__name__)

QUIET_SECONDS = 40.0
"""The agent gives a sign of life every 15 s."""
LONGEST_PAUSE = 8.0
UNKNOWN_ID = "none"
"""No agent gives it, so each answers with how everything is now."""
MEDIA_TYPE = "text/event-stream"

EventBody = JobEvent | TrackingEvent | CameraEvent | PluginEvent | GapEvent
BODIES: Mapping[str, type[BaseModel]] = {
    "job": JobEvent,
    "tracking": TrackingEvent,
    "camera": CameraEvent,
    "plugin": PluginEvent,
    "gap": GapEvent,
}


@dataclass(frozen=True, slots=True)
class Event:
    """`gap`: something may have been missed, and a `job` event for each job comes next."""

    id: str
    """To go on after it with `last_event_id`, even in another process; "" where the agent gave none."""
    type: str
    """`job`, `tracking`, `camera`, `plugin` or `gap`."""
    body: EventBody


class EventsFollowed:
    """Where one reader is, and when it connects again. Any one thread's or task's."""

    def __init__(self, query: Query, last_event_id: str = "") -> None:
        self._query = query
        self._last_id = last_event_id
        self._connected = False
        self._backoff = Backoff(longest=LONGEST_PAUSE)

    def stream(self) -> Stream[Event]:
        """The next connection's, which goes on where the last one ended."""
        headers = {"Accept": MEDIA_TYPE}
        if self._last_id:
            headers["Last-Event-ID"] = self._last_id
        request = Request("GET", "/runner/events", self._query, headers=headers, seconds=QUIET_SECONDS)
        return Stream(request, self._reader, MEDIA_TYPE)

    def pause_after(self, error: RunnerError | None) -> float:
        """Seconds until the next connection; None: the last one ended in form.

        Raises the error where nobody was ever reached, or where another try would be refused as well.
        """
        refused = error if isinstance(error, RunnerRefusedError) else None
        if error is not None and (not self._connected or (refused and refused.status < 500)):
            raise error
        return self._backoff.failed(pause=refused.retry_after if refused else None)

    def _reader(self) -> "_EventReader":
        self._connected = True
        return _EventReader(self._took)

    def _took(self, event_id: str) -> None:
        self._last_id = event_id
        self._backoff.working()


class _EventReader:
    """Server-sent events (WHATWG HTML, 9.2) of one connection, whose lines end as our agents end them."""

    def __init__(self, note_id: Callable[[str], None]) -> None:
        self._note_id = note_id
        self._lines = LineReader()
        self._id = ""
        self._fields: dict[str, list[str]] = {}

    def __call__(self, chunk: bytes) -> Iterator[Event]:
        for line in self._lines(chunk):
            if event := self._take(line):
                yield event

    def _take(self, line: str) -> Event | None:
        """The event that this line, an empty one, makes whole."""
        if line:
            name, _, value = line.partition(":")
            self._fields.setdefault(name, []).append(value.removeprefix(" "))
            return None
        fields, self._fields = self._fields, {}
        if "id" in fields:
            self._id = fields["id"][-1]
            self._note_id(self._id)
        body = BODIES.get(fields.get("event", [""])[-1])
        if body is None or "data" not in fields:
            return None
        try:
            told = understood(TypeAdapter(body), json.loads("\n".join(fields["data"])))
        except (ValueError, RunnerUnreachableError) as error:
            # Another connection would bring the same again.
            log.warning("event %s is left out: %s", self._id, error)
            return None
        return Event(self._id, fields["event"][-1], cast("EventBody", told))
