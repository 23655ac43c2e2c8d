"""Connections to HTTP servers, each made by the guard, and checked where it is TLS."""

import socket
from base64 import b64encode
from collections.abc import Callable
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import unquote

from .guard import Guard
from .http_line import Line, TlsLine
from .origin import Origin
from .tls import tls_context


def connection_to(origin: Origin, guard: Guard, *, verify: bool, left: Callable[[], float]) -> HTTPConnection:
    """Connected, in the seconds that are left."""
    scheme, host, port = origin
    connection: HTTPConnection
    there = (host, port) if guard.proxy is None else (guard.proxy.hostname or "", guard.proxy.port or 80)
    if scheme == "https":
        connection = HTTPSConnection(*there, timeout=left(), context=tls_context(verify=verify))
        if guard.proxy is not None:
            connection.set_tunnel(host, port, proxy_login(guard))
    else:
        connection = HTTPConnection(*there, timeout=left())

    def dial(address: tuple[str, int], timeout: float, _: object) -> socket.socket:
        return Line.over(guard.connect(*address, timeout), left)

    connection._create_connection = dial  # type: ignore[attr-defined]  # what http.client has for this
    try:
        connection.connect()
    except BaseException:
        connection.close()
        raise
    assert isinstance(connection.sock, (Line, TlsLine))  # noqa: S101 - made here, or by the context
    connection.sock.left = left
    return connection


def proxy_login(guard: Guard) -> dict[str, str]:
    if guard.proxy is None or guard.proxy.username is None:
        return {}
    return {"Proxy-Authorization": basic(guard.proxy.username, guard.proxy.password)}


def basic(user: str, password: str | None) -> str:
    """By RFC 7617, of what stands in a URL."""
    login = f"{unquote(user)}:{unquote(password or '')}"
    return f"Basic {b64encode(login.encode()).decode()}"
