"""The proxy does to what passes what it says."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from ..e2e.processes import wait_for
from .proxy import Proxy


@contextmanager
def echo() -> Iterator[int]:
    """A server that sends back what it gets; its port."""

    def serve(connection: socket.socket) -> None:
        with connection, suppress(ConnectionError):
            while piece := connection.recv(65536):
                connection.sendall(piece)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                threading.Thread(target=serve, args=(connection,), name="echo", daemon=True).start()

    server = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=accept, name="echo-server", daemon=True)
    thread.start()
    try:
        yield int(server.getsockname()[1])
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(10)


@pytest.fixture
def client(proxy: type[Proxy]) -> Iterator[tuple[Proxy, socket.socket]]:
    with echo() as port:
        between = proxy(port)
        with socket.create_connection(("127.0.0.1", between.port), timeout=5) as connection:
            yield between, connection


def said(connection: socket.socket, text: bytes) -> bytes:
    connection.sendall(text)
    got = b""
    while len(got) < len(text) and (piece := connection.recv(len(text))):
        got += piece
    return got


def test_what_is_whole_passes_whole(client: tuple[Proxy, socket.socket]) -> None:
    between, connection = client
    assert said(connection, b"play" * 9000) == b"play" * 9000
    assert (between.bytes_up, between.connections) == (36_000, 1)


def test_a_cut_drops_old_connections_and_new_ones_until_it_is_mended(
    client: tuple[Proxy, socket.socket],
) -> None:
    between, connection = client
    assert said(connection, b"1") == b"1"
    between.cut()
    with suppress(ConnectionError):
        assert connection.recv(1) == b""
    with socket.create_connection(("127.0.0.1", between.port), timeout=5) as late, suppress(ConnectionError):
        assert late.recv(1) == b""
    between.mend()
    with socket.create_connection(("127.0.0.1", between.port), timeout=5) as again:
        assert said(again, b"2") == b"2"


def test_frozen_nothing_passes_and_nothing_is_lost(client: tuple[Proxy, socket.socket]) -> None:
    between, connection = client
    between.freeze()
    connection.sendall(b"later")
    connection.settimeout(0.3)
    with pytest.raises(TimeoutError):
        connection.recv(1)
    between.mend()
    connection.settimeout(5)
    wait_for("the bytes", lambda: connection.recv(5) == b"later")


def test_damage_changes_about_that_share_of_the_bytes(client: tuple[Proxy, socket.socket]) -> None:
    between, connection = client
    between.damage(0.01)
    got = said(connection, bytes(20_000))
    assert len(got) == 20_000
    assert 150 < sum(byte != 0 for byte in got) < 650  # both ways, 400
