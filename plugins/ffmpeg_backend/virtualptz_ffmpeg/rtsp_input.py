"""What FFmpeg and the RTSP servers of one source say to each other, carried between them.

FFmpeg follows a server's redirect wherever that leads, gives whoever is there the source's login, and looks
a name up again after it was judged. So it is made to speak to this process alone (`rtsp_entrance`): its
requests are read here, each server is judged and connected to, and what that answers is handed back as it is.
"""

import logging
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from select import POLLIN, poll
from time import monotonic

from virtualptz import __version__
from virtualptz.errors import MediaError, MediaRefusedError, MediaTimeoutError
from virtualptz.reach import Reach

from .failure import network_error
from .guard import Guard
from .rtsp_request import Origin, Request, Requests, origin_of
from .tls import tls_context

log = logging.getLogger(__name__)

AGENT = f"VirtualPTZ/{__version__}"
MOST_REDIRECTS = 8
PIECE_BYTES = 64 * 1024
SAY_SECONDS = 5.0
"""A server that takes no request for so long is gone."""
LAST_WORDS_MS = 1000
"""For the TEARDOWN of who hears no more."""


class RtspInput:
    """Of one source; `close` may be called by any thread."""

    def __init__(self, uri: str, open_timeout: float, *, verify: bool) -> None:
        """Raises ValueError for what is no address of an RTSP server."""
        self.name = secrets.token_hex(16)
        """By which its requests are known: FFmpeg says it, and nobody else knows it."""
        self.failure: MediaError | None = None
        """Why no more comes."""
        self._origin = origin_of(uri)
        self._guard = Guard(Reach.of(uri))
        self._verify = verify
        self._deadline = monotonic() + open_timeout
        self._lock = threading.Lock()
        self._closed = False
        self._connections = 0
        self._hears: socket.socket | None = None
        self._withheld_from: str | None = None
        """The host of a server that would have got another one's login."""

    def carry(
        self, asked: list[Request], requests: Requests, asks: socket.socket, hears: socket.socket
    ) -> None:
        """One connection: FFmpeg asks on `asks`, `asked` to begin with, and is answered on `hears`.

        Until either end hangs up.
        """
        try:
            self._take_up(hears)
            origin = asked[0].origin
            with self._connect(origin) as line:
                self.failure = self._withheld_from = None
                _Talk(line, asks, hears, requests, partial(self._said_to, origin)).hold(asked)
        except MediaError as error:
            self._note(error)
        except OSError as error:
            self._note(network_error(error))
        except ValueError:
            self._note(MediaError("it leads to what is no address of an RTSP server", retryable=False))

    def why(self, error: MediaError) -> MediaError:
        """What FFmpeg cannot know, where it says `error`."""
        if self.failure is None and self._withheld_from and isinstance(error, MediaRefusedError):
            who = f"it leads to {self._withheld_from}, which asks for a login"
            return MediaRefusedError(f"{who}: the source's is for its own server alone")
        return self.failure or error

    def close(self) -> None:
        """Whoever reads finds an end; what FFmpeg has still to say, when it is closed, is passed on."""
        with self._lock:
            self._closed = True
            hears = self._hears
        if hears is not None:
            with suppress(OSError):
                hears.shutdown(socket.SHUT_RDWR)

    def _said_to(self, origin: Origin, request: Request) -> bytes:
        """FFmpeg takes the login along, wherever it is led."""
        is_own = origin == self._origin
        if request.has_login and not is_own:
            self._withheld_from = origin[1]
        return request.said_by(AGENT, logging_in=is_own)

    def _take_up(self, hears: socket.socket) -> None:
        with self._lock:
            self._hears = hears
            self._connections += 1
            if self._closed:
                raise MediaError("it is closed")
        if self._connections > 1 + MOST_REDIRECTS:
            raise MediaError("it leads from one address to the next, without end")

    def _connect(self, origin: Origin) -> socket.socket:
        scheme, host, port = origin
        line = self._guard.connect(host, port, self._left())
        try:
            if scheme == "rtsps":
                line.settimeout(self._left())
                line = tls_context(verify=self._verify).wrap_socket(line, server_hostname=host)
            line.settimeout(SAY_SECONDS)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            line.close()
            raise
        return line

    def _left(self) -> float:
        left = self._deadline - monotonic()
        if left <= 0:
            raise MediaTimeoutError("nothing came in time")
        return left

    def _note(self, error: MediaError) -> None:
        if not self._closed:
            self.failure = error


class _Talk:
    """With one server."""

    def __init__(
        self,
        line: socket.socket,
        asks: socket.socket,
        hears: socket.socket,
        requests: Requests,
        said: Callable[[Request], bytes],
    ) -> None:
        self._line = line
        self._asks = asks
        self._hears = hears
        self._requests = requests
        self._said = said
        self._piece = memoryview(bytearray(PIECE_BYTES))

    def hold(self, asked: list[Request]) -> None:
        """Raises MediaError, OSError where the server is the one who ends it, ValueError."""
        self._say(asked)
        poller = poll()
        poller.register(self._asks, POLLIN)
        poller.register(self._line, POLLIN)
        is_heard = True
        while ready := [number for number, _ in poller.poll(None if is_heard else LAST_WORDS_MS)]:
            if self._asks.fileno() in ready and not self._pass_on():
                return
            if self._line.fileno() in ready and not self._hand_back():
                poller.unregister(self._line)
                is_heard = False

    def _pass_on(self) -> bool:
        """Whether there may be more."""
        try:
            data = self._asks.recv(PIECE_BYTES)
        except OSError:
            return False
        self._say(self._requests.take(data))
        return bool(data)

    def _say(self, asked: list[Request]) -> None:
        for request in asked:
            self._line.sendall(self._said(request))

    def _hand_back(self) -> bool:
        """Whether anybody hears it."""
        size = self._line.recv_into(self._piece)
        if not size:
            raise MediaError("the server hung up")
        try:
            self._hears.sendall(self._piece[:size])
        except OSError:
            return False
        return True
