"""Sockets that give up at one moment, however little comes at a time."""

import socket
import ssl
from collections.abc import Callable
from typing import Any


class _Timed(socket.socket):
    left: Callable[[], float] | None = None
    """How many seconds there are from now on. May raise what is to be raised in place of waiting."""

    def recv_into(self, *args: Any, **more: Any) -> int:
        if self.left is not None:
            self.settimeout(self.left())
        return super().recv_into(*args, **more)


class Line(_Timed):
    """To a server."""

    @classmethod
    def over(cls, connected: socket.socket, left: Callable[[], float]) -> "Line":
        """In its place."""
        line = cls(fileno=connected.detach())
        line.left = left
        return line


class TlsLine(_Timed, ssl.SSLSocket):
    """The same, where it is TLS: a context makes it."""
