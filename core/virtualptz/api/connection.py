"""What ASGI has no message for: a client's connection itself."""

import asyncio
import fcntl
import socket
import struct
import termios
from time import monotonic
from typing import NamedTuple, cast

from starlette.types import Scope, Send

_TRANSPORT = "virtualptz.transport"
_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER for no seconds: what was not taken yet is thrown away, and the other side is told."""
_TCP_INFO = struct.Struct("44xI8xI60xQ")
"""`tcpi_last_data_sent`, `tcpi_last_ack_recv` (milliseconds ago) and `tcpi_bytes_acked` in struct tcp_info
(linux/tcp.h); the last one since Linux 4.1."""
_INT = struct.Struct("i")
_ASKING = ((socket.TCP_KEEPIDLE, 20), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 3))
"""Seconds of quiet, seconds between questions, how many go unanswered."""


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


def notice_absence(scope: Scope) -> None:
    """Have the kernel ask now and then whether the client's machine is there, though nothing is sent."""
    transport = _transport(scope)
    connection = None if transport is None else transport.get_extra_info("socket")
    if connection is None or connection.fileno() < 0 or connection.family == socket.AF_UNIX:
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _ASKING:
        connection.setsockopt(socket.IPPROTO_TCP, option, value)


class Taking:
    """Whether a client's system takes what is sent. Whether its program does shows late: systems buffer."""

    def __init__(self, scope: Scope) -> None:
        self._transport = _transport(scope)
        self._acknowledged: int | None = None
        self._looked = self._since = monotonic()

    def stuck_seconds(self) -> float:
        """Since it acknowledged no more, while bytes are on their way; 0: it does, or that is not known."""
        seen, now = _way(self._transport), monotonic()
        if seen is None:
            self._acknowledged, self._since = None, now
        elif seen.acknowledged != self._acknowledged:
            self._acknowledged, self._since = seen.acknowledged, max(self._looked, now - seen.quiet_seconds)
        self._looked = now
        return now - self._since


class _Way(NamedTuple):
    """What the kernel knows of bytes that are on their way."""

    acknowledged: int
    """Bytes so far."""
    quiet_seconds: float
    """Since anything was sent or acknowledged: whatever was acknowledged last was so before that."""


def _way(transport: asyncio.Transport | None) -> _Way | None:
    """None where no bytes are on their way, or where this is no TCP."""
    connection = None if transport is None else transport.get_extra_info("socket")
    if connection is None or connection.fileno() < 0:
        return None
    try:
        (waiting,) = _INT.unpack(fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(_INT.size)))
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    except OSError:
        return None
    if not waiting or len(info) != _TCP_INFO.size:
        return None
    sent, heard, acknowledged = _TCP_INFO.unpack(info)
    return _Way(acknowledged, min(sent, heard) / 1000)


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
