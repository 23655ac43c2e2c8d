"""The agent's port, taken before anything else of the agent is there."""

import errno
import socket
from contextlib import ExitStack

from ..errors import ConfigError


def listeners(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to every address of `host` (empty: of this machine); nobody can connect to them yet.

    Raises ConfigError.
    """
    try:
        return _bound(host, port)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {host or 'any address'}, port {port}: {error.strerror}"
        ) from error


def _bound(host: str, port: int) -> list[socket.socket]:
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    bound: list[socket.socket] = []
    with ExitStack() as stack:
        for family, kind, protocol, _, address in found:
            try:
                made = stack.enter_context(socket.socket(family, kind, protocol))
            except OSError:
                continue  # an address of a family that this system does not have
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            made.bind(address)
            bound.append(made)
        if not bound:
            raise OSError(errno.EADDRNOTAVAIL, "this system has no address of it")
        stack.pop_all()
    return bound
