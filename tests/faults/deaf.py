"""Viewers who ask for pictures and do not read them, and when the agent has dropped each."""

import select
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal

from .crowd import request

Way = Literal["never reads", "a byte a second", "half closed"]
POLL_MS = 100


@dataclass
class Deaf:
    """One connection."""

    connection: socket.socket
    way: Way
    came: float
    """On the monotonic clock, as all times here."""
    gone: float | None = None
    _acted: float = 0.0

    @property
    def seconds(self) -> float:
        assert self.gone is not None, f"{self.way}: it is still connected"
        return self.gone - self.came

    def turn(self, now: float) -> None:
        if self.way == "a byte a second" and now - self._acted > 1:
            self.connection.recv(1)
            self._acted = now
        elif self.way == "half closed" and not self._acted and now - self.came > 2:
            # By now nothing more fits in: the agent's own end of it cannot be told either.
            self.connection.shutdown(socket.SHUT_WR)
            self._acted = now


@contextmanager
def deaf_viewers(url: str, ways: Sequence[Way]) -> Iterator[list[Deaf]]:
    """One for each way; all have got the beginning of the answer."""
    place, asking = request(url)
    with ExitStack() as stack:
        viewers: list[Deaf] = []
        for way in ways:
            connection = stack.enter_context(socket.create_connection(place, 10))
            connection.sendall(asking)
            viewers.append(Deaf(connection, way, time.monotonic()))
        for viewer in viewers:
            viewer.connection.recv(1, socket.MSG_PEEK)
        yield viewers


def wait_gone(viewers: Sequence[Deaf], each_turn: Callable[[], object], timeout: float = 60.0) -> None:
    """Until the agent has dropped them all; `each_turn` is called some ten times a second."""
    poll = select.poll()
    left = {viewer.connection.fileno(): viewer for viewer in viewers}
    for number in left:
        poll.register(number, 0)  # errors and hang-ups are told in any case
    deadline = time.monotonic() + timeout
    while left:
        assert time.monotonic() < deadline, f"after {timeout} s: {[viewer.way for viewer in left.values()]}"
        dropped = {number for number, _ in poll.poll(POLL_MS)}
        now = time.monotonic()
        for number in dropped:
            poll.unregister(number)
            left.pop(number).gone = now
        for viewer in left.values():
            viewer.turn(now)
        each_turn()
