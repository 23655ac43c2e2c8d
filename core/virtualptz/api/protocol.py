"""uvicorn's HTTP connection, with an end to what a client may leave undone.

By itself uvicorn waits for ever: for a request's head, for its body, for the client to take the answer.
"""

import asyncio
import logging
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from ..wire.problems import Name
from .connection import drop
from .problems import problem

log = logging.getLogger(__name__)

CHECK_SECONDS = 1.0
SPARE_CONNECTIONS = 400
"""Beside those of viewers."""
WARN_EVERY = 60.0


class Dropped:
    """Tells how many connections were ended and why, once a minute and reason: strangers must fill no log."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._due: dict[str, float] = {}

    def note(self, why: str) -> None:
        self._counts[why] += 1
        now = self._clock()
        if now >= self._due.get(why, now):
            self._due[why] = now + WARN_EVERY
            log.warning("connections %s: %d so far", why, self._counts[why])


class AgentProtocol(H11Protocol):
    """One connection. A class for each server: see `protocol`."""

    head_seconds = 5.0
    """From a connection's or a request's first moment until its head is whole."""
    body_seconds = 15.0
    """Longer than an answer of `BodyLimitMiddleware` takes, which says more."""
    unread_seconds = 10.0
    """That long an answer may wait for its client; viewers of pictures have less."""
    most = SPARE_CONNECTIONS
    dropped = Dropped()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.since = self.loop.time()
        """When the client began to owe what it owes, or the last answer was whole."""
        self._begun = False
        self._owed_before: object = h11.IDLE
        self._stuck_since: float | None = None
        self._check_timer = self.loop.call_later(CHECK_SECONDS, self._check)
        if len(self.connections) > self.most:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._check_timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.owes is h11.IDLE and not self._begun:
            self._begun, self.since = True, self.loop.time()
        super().data_received(data)
        self._note()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._note()

    def pause_writing(self) -> None:
        self._stuck_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._stuck_since = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Also called where an answer is on its way already, which nothing can follow then."""
        too_long = getattr(sys.exception(), "error_status_hint", 400) == 431
        self._refuse("head-too-long" if too_long else "unreadable-request", msg)

    @property
    def owes(self) -> object:
        """IDLE: the head of a request; SEND_BODY: the rest of its body; None: nothing."""
        state = self.conn.their_state
        return state if state in (h11.IDLE, h11.SEND_BODY) else None

    def _note(self) -> None:
        if self.owes is not self._owed_before:
            self._owed_before, self.since, self._begun = self.owes, self.loop.time(), False

    def _check(self) -> None:
        now = self.loop.time()
        if self._stuck_since is None and self.transport.is_closing():
            self._stuck_since = now
        if self._stuck_since is not None and now - self._stuck_since > self.unread_seconds:
            self._drop("that took no answer were dropped")
            return
        self._check_timer = self.loop.call_later(CHECK_SECONDS, self._check)
        late = now - self.since
        if self.transport.is_closing():
            return
        if self.owes is h11.IDLE and late > self.head_seconds:
            self._end_idle()
        elif self.owes is h11.SEND_BODY and late > self.body_seconds:
            self._drop("that did not finish a request were ended")

    def _end_idle(self) -> None:
        if self._begun:
            self.dropped.note("that did not finish a request were ended")
            self._refuse(
                "late-request", f"the head of the request was not whole within {self.head_seconds:g} s"
            )
        else:
            self.transport.close()

    def _make_room(self) -> None:
        """For this connection at the cost of the one that has owed something the longest."""
        there = [cast("AgentProtocol", each) for each in self.connections if not each.transport.is_closing()]
        if len(there) <= self.most:
            return
        owing = [each for each in there if each is not self and each.owes is not None]
        if owing:
            min(owing, key=lambda each: each.since)._drop("that kept others out were dropped")
        else:
            self.dropped.note("over the limit were refused")
            self._refuse("too-many-connections", f"{self.most} connections are open already")

    def _drop(self, why: str) -> None:
        self.dropped.note(why)
        drop(self.transport)

    def _refuse(self, name: Name, detail: str) -> None:
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            answer = problem(name, detail, {"Connection": "close"})
            status = answer.status_code
            head = h11.Response(status_code=status, headers=answer.raw_headers, reason=STATUS_PHRASES[status])
            for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def protocol(viewers: int) -> type[AgentProtocol]:
    """For a server of so many viewers; a quarter of what descriptors there may be is left for all else."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = sys.maxsize if allowed == resource.RLIM_INFINITY else allowed * 3 // 4
    attributes: dict[str, Any] = {"most": min(viewers + SPARE_CONNECTIONS, room), "dropped": Dropped()}
    return type("AgentProtocol", (AgentProtocol,), attributes)
