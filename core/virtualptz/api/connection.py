"""What ASGI has no message for: a client's connection itself."""

import asyncio
import fcntl
import socket
import struct
import termios
from time import monotonic
from typing import cast

from starlette.types import Scope, Send

_TRANSPORT = "virtualptz.transport"
_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER for no seconds: what was not taken yet is thrown away, and the other side is told."""
_ACKNOWLEDGED = struct.Struct("120xQ")
"""`tcpi_bytes_acked` in struct tcp_info (linux/tcp.h); since Linux 4.1."""
_INT = struct.Struct("i")


def keep_transport(scope: Scope, send: Send) -> None:
    """Note in the scope what carries this request; `send` as the server gave it, before any middleware.

    uvicorn's is bound to the request's cycle, which holds the transport. An answer that is merely left
    unfinished stays in the buffer of a client who reads nothing, and the server waits for it when it stops.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if callable(getattr(transport, "abort", None)):
        scope[_TRANSPORT] = transport


def abort(scope: Scope) -> None:
    """Drop the connection at once. Under a server that shows no transport, the server's own end must do."""
    transport = _transport(scope)
    if transport is not None:
        drop(transport)


def hold_back_little(scope: Scope, kernel_bytes: int) -> None:
    """Of what the client does not take, this process keeps one message and the kernel about so much.

    By itself the kernel takes megabytes: many seconds of pictures that are old when they are seen.
    """
    transport = _transport(scope)
    if transport is not None:
        transport.set_write_buffer_limits(high=0)
        _set(transport, socket.SO_SNDBUF, kernel_bytes)


class Taking:
    """Whether a client's system takes what is sent. Whether its program does shows late: systems buffer."""

    def __init__(self, scope: Scope) -> None:
        self._transport = _transport(scope)
        self._acknowledged = -1
        self._since = monotonic()

    def stuck_seconds(self) -> float:
        """Since it was first seen to acknowledge no more, while bytes are on their way; 0: not, or not known.

        As exact as one looks often.
        """
        acknowledged = _acknowledged(self._transport)
        now = monotonic()
        if acknowledged is None or acknowledged != self._acknowledged:
            self._acknowledged, self._since = -1 if acknowledged is None else acknowledged, now
        return now - self._since


def _acknowledged(transport: asyncio.Transport | None) -> int | None:
    """Bytes so far; None where none are on their way, or where this is no TCP."""
    connection = None if transport is None else transport.get_extra_info("socket")
    if connection is None or connection.fileno() < 0:
        return None
    try:
        (waiting,) = _INT.unpack(fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(_INT.size)))
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _ACKNOWLEDGED.size)
    except OSError:
        return None
    return int(_ACKNOWLEDGED.unpack(info)[0]) if waiting and len(info) == _ACKNOWLEDGED.size else None


def drop(transport: asyncio.Transport) -> None:
    """Without a rest that the kernel would still try to deliver for minutes."""
    _set(transport, socket.SO_LINGER, _AT_ONCE)
    transport.abort()


def _transport(scope: Scope) -> asyncio.Transport | None:
    return cast("asyncio.Transport | None", scope.get(_TRANSPORT))


def _set(transport: asyncio.Transport, option: int, value: int | bytes) -> None:
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.fileno() >= 0:
        connection.setsockopt(socket.SOL_SOCKET, option, value)
