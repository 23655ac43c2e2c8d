"""A proxy between FFmpeg and the HTTP servers of one source: it goes only where that source may lead.

FFmpeg follows redirects and playlists by itself, and looks up each name for itself. What it is told to reach
by a proxy on this machine is seen here before any connection is made.
"""

import asyncio
import logging
import os
import socket
import struct
import threading
from concurrent.futures import Future
from contextlib import suppress
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from virtualptz.errors import MediaError
from virtualptz.reach import Reach
from virtualptz.waiting import first_of

from .proxy_request import ProxyRequest

log = logging.getLogger(__name__)

CONNECT_SECONDS = 3.0
"""For one address, where another one is left to try."""
CLOSE_SECONDS = 1.0
HEAD_BYTES = 64 * 1024
PIECE_BYTES = 256 * 1024
AT_A_TIME = 32
"""Connections of one source: FFmpeg has a few for each of a playlist's streams."""
TABLE = Path("/proc/self/net/tcp")
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_FAILED = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class HttpGuard:
    """On a thread of its own from its making to `close`. Raises MediaError where it cannot listen."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._over = asyncio.Event()
        self._open = 0
        self._failure: MediaError | None = None
        listening: Future[tuple[asyncio.AbstractEventLoop, str]] = Future()
        self._thread = threading.Thread(target=self._run, args=(listening,), name="http-guard", daemon=True)
        self._thread.start()
        self._loop, self.address = listening.result()
        """What FFmpeg's `http_proxy` is set to."""

    @property
    def failure(self) -> MediaError | None:
        """Why it could not go where it was last asked to go."""
        return self._failure

    def close(self) -> None:
        """From any thread; more than once does no harm. Does not wait for a look-up that hangs."""
        with suppress(RuntimeError):  # it is over already
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(CLOSE_SECONDS)

    def _run(self, listening: "Future[tuple[asyncio.AbstractEventLoop, str]]") -> None:
        try:
            asyncio.run(self._serve(listening))
        except OSError as error:
            failure = MediaError(f"no proxy to HTTP servers can be set up: {error.strerror}")
            if not listening.done():
                listening.set_exception(failure)
        finally:
            listening.cancel()  # nobody waits for ever

    async def _serve(self, listening: "Future[tuple[asyncio.AbstractEventLoop, str]]") -> None:
        server = await asyncio.start_server(self._guarded, "127.0.0.1", 0, limit=HEAD_BYTES)
        port = server.sockets[0].getsockname()[1]
        listening.set_result((asyncio.get_running_loop(), f"http://127.0.0.1:{port}"))
        await self._over.wait()
        server.close()

    async def _guarded(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        try:
            if _is_ours(to_client) and self._open < AT_A_TIME:
                await self._counted(client, to_client)
        except asyncio.CancelledError:  # the guard is closed: nobody waits for the rest
            to_client.transport.abort()
        except (OSError, ValueError, asyncio.LimitOverrunError) as error:
            log.debug("a connection of the source's broke: %s", error)
            _reset(to_client)
        except EOFError:
            log.debug("a connection of the source's ended")
        finally:
            to_client.close()

    async def _counted(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            await self._serve_one(client, to_client)
        finally:
            self._open -= 1

    async def _serve_one(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        try:
            request = ProxyRequest.of(await client.readuntil(b"\r\n\r\n"))
            server, to_server = await self._dial(request)
        except (MediaError, ValueError, OSError) as error:
            self._tell(error)
            to_client.write(_FAILED)
            await to_client.drain()
            return
        self._failure = None
        try:
            if request.tunnel:
                to_client.write(_ESTABLISHED)
                there = _pass_on(client, to_server)
            else:
                to_server.write(request.text)
                there = _pass_requests_on(client, to_server, request)
            await first_of(there, _pass_on(server, to_client))
        finally:
            to_server.transport.abort()

    async def _dial(self, request: ProxyRequest) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Raises MediaError where it may not be gone to, OSError where nobody answers."""
        addresses = await asyncio.to_thread(self._reach.addresses, request.host)
        for address in addresses[:-1]:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await _connected(address, request.port)
            except OSError as error:
                log.debug("%s does not answer (%s): the next one is tried", address, error)
        return await _connected(addresses[-1], request.port)

    def _tell(self, error: Exception) -> None:
        failure = error if isinstance(error, MediaError) else MediaError(_reason(error), retryable=True)
        if not failure.retryable and str(failure) != str(self._failure):
            log.warning("what the source names is not followed: %s", failure)
        self._failure = failure


def _is_ours(to_client: asyncio.StreamWriter) -> bool:
    """Whether a process of this user is at the other end: nobody else is to reach out as the agent.

    By the kernel's table of connections (proc_pid_net(5)): addresses in hexadecimal, the user in the eighth
    column.
    """
    (_, here), (_, there) = (to_client.get_extra_info(name)[:2] for name in ("sockname", "peername"))
    ends = [f"0100007F:{port:04X}" for port in (there, here)]
    rows = (line.split() for line in TABLE.read_text().splitlines())
    return any(row[1:3] == ends and int(row[7]) == os.getuid() for row in rows)


def _reset(to_client: asyncio.StreamWriter) -> None:
    """A stream that broke off is not to look like one that ended."""
    connection = to_client.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    to_client.transport.abort()


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno)
    return str(error) or type(error).__name__


async def _connected(
    address: IPv4Address | IPv6Address, port: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(str(address), port, limit=PIECE_BYTES)


async def _pass_on(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    while data := await source.read(PIECE_BYTES):
        to.write(data)
        await to.drain()


async def _pass_requests_on(
    source: asyncio.StreamReader, to: asyncio.StreamWriter, first: ProxyRequest
) -> None:
    """The next ones over the same connection, which are for the same server."""
    while True:
        request = ProxyRequest.of(await source.readuntil(b"\r\n\r\n"))
        if (request.host, request.port, request.tunnel) != (first.host, first.port, False):
            raise ConnectionResetError("another server's request over this connection")
        to.write(request.text)
        await to.drain()


def guard_for(uri: str) -> HttpGuard | None:
    """None where the environment names a proxy for this source: then its rules hold, wherever that one leads.

    FFmpeg goes past any proxy to the hosts of `no_proxy`, wherever they were named: so it never sees those. A
    source that is one of them has a guard.
    """
    bypassed = _bypassed()
    proxied = os.environ.get("http_proxy", "").startswith("http://")
    reach = Reach.of(uri)
    if proxied and not proxy_bypass_environment(reach.host, {"no": bypassed}):
        return None
    return HttpGuard(reach)


@cache
def _bypassed() -> str:
    return os.environ.pop("no_proxy", "")
