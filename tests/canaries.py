"""Things that nobody may touch, and that know whether somebody did."""

import ctypes
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

IN_OPEN, IN_ACCESS = 0x20, 0x1
EVENT = struct.Struct("iIII")


class Canary:
    """A file, of which the kernel tells who opens or reads it; a look at its size is nothing."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @property
    def touched(self) -> bool:
        """Since it was last asked."""
        try:
            return bool(os.read(self._descriptor, 64 * EVENT.size))
        except BlockingIOError:
            return False


@contextmanager
def canary(path: Path) -> Iterator[Canary]:
    """inotify(7) on a file that is there."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    assert descriptor >= 0
    try:
        assert libc.inotify_add_watch(descriptor, os.fsencode(path), IN_OPEN | IN_ACCESS) >= 0
        yield Canary(path, descriptor)
    finally:
        os.close(descriptor)


class Listener:
    """A port of this machine that counts who comes."""

    def __init__(self, server: socket.socket) -> None:
        self.port: int = server.getsockname()[1]
        self.calls: list[bytes] = []
        """What each sent first."""
        self._server = server

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(1)
                try:
                    self.calls.append(connection.recv(4096))
                except OSError:
                    self.calls.append(b"")


@contextmanager
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        listens = Listener(server)
        thread = threading.Thread(target=listens.serve)
        thread.start()
        try:
            yield listens
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
