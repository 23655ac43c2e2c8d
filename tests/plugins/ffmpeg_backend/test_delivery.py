import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from virtualptz_ffmpeg import delivery
from virtualptz_ffmpeg.delivery import Connection, Wedge

from .stage import eventually

PIECE = bytes(4000)


@pytest.fixture(autouse=True)
def own_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks at all of its process: here, not at what tests before have left open, who may be stuck."""
    look = delivery._connections
    strangers = set(look(0.0))

    def own(now: float) -> dict[int, Connection]:
        return {inode: each for inode, each in look(now).items() if inode not in strangers}

    monkeypatch.setattr(delivery, "_connections", own)


def test_what_others_have_left_is_not_looked_at() -> None:
    assert delivery._connections(0.0) == {}


@contextmanager
def connected(room: int = 1 << 17) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a connection, which have greeted each other; the second takes `room` bytes or so unread."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        sender = socket.create_connection(server.getsockname())
        receiver, _ = server.accept()
        with sender, receiver:
            for one, other in ((sender, receiver), (receiver, sender)):
                one.sendall(b"welcome")
                other.recv(100)
            yield sender, receiver


def fill(sender: socket.socket) -> int:
    """As many bytes as it takes; how many."""
    sender.setblocking(False)
    taken = 0
    while True:
        try:
            taken += sender.send(PIECE)
        except BlockingIOError:
            return taken


def drain(receiver: socket.socket) -> None:
    """All that comes, until nothing has come for a moment."""
    receiver.settimeout(0.02)
    with suppress(TimeoutError):
        while receiver.recv(1 << 20):
            pass


def test_a_server_that_takes_nothing_is_seen() -> None:
    with connected() as (sender, _):
        wedge = Wedge(haste=0.06)
        assert wedge.seen() is None
        fill(sender)
        assert eventually(lambda: wedge.seen() == "the server has taken nothing for 0.3 s")


def test_a_server_that_stops_reading_is_seen_while_its_kernel_still_takes_all() -> None:
    with connected(room=1 << 20) as (sender, receiver):
        wedge = Wedge(haste=0.1)
        for _ in range(20):
            assert wedge.seen() is None
            fill(sender)
            drain(receiver)
        began, sent = time.monotonic(), 0
        while (trouble := wedge.seen()) is None:
            due = 200_000 * (time.monotonic() - began)  # a stream's pace
            while sent < due:
                sent += sender.send(PIECE)  # BlockingIOError: its kernel was full first
            time.sleep(0.01)
        assert trouble == "the server has hardly read anything for 0.5 s"


def test_a_connection_that_is_read_is_no_wedge() -> None:
    with connected() as (sender, receiver):
        wedge = Wedge(haste=0.04)
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            sender.sendall(PIECE)
            receiver.recv(len(PIECE), socket.MSG_WAITALL)
            assert wedge.seen() is None


def test_a_connection_that_has_nothing_to_do_is_no_wedge() -> None:
    with connected():
        wedge = Wedge(haste=0.02)
        deadline = time.monotonic() + 0.5
        while time.monotonic() < deadline:
            assert wedge.seen() is None


def test_a_connection_that_is_slow_holds_little() -> None:
    with connected() as (sender, receiver):
        free = fill(sender)
        Wedge().seen()
        drain(receiver)
        assert fill(sender) < free / 2
