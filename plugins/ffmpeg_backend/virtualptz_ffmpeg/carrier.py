"""The servers of one source as this process goes to them, for an FFmpeg that goes to none of them."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from virtualptz.errors import MediaError, MediaTimeoutError
from virtualptz.reach import Reach

from .failure import network_error
from .guard import Guard
from .origin import WITH_TLS, Origin
from .talk import Talk
from .tls import tls_context

SAY_SECONDS = 5.0
"""A server that takes nothing that it is told for so long is gone."""


class Carrier:
    """`close` may be called by any thread."""

    def __init__(self, uri: str, open_timeout: float, *, verify: bool) -> None:
        """`uri` is in its normal form."""
        self.failure: MediaError | None = None
        """Why no more comes."""
        self._guard = Guard(Reach.of(uri))
        self._verify = verify
        self._deadline = monotonic() + open_timeout
        self._lock = threading.Lock()
        self._closed = False
        self._hears: socket.socket | None = None

    def why(self, error: MediaError) -> MediaError:
        """What FFmpeg cannot know, where it says `error`."""
        return self.failure or error

    def close(self) -> None:
        """Whoever reads finds an end; what FFmpeg has still to say, when it is closed, is passed on."""
        with self._lock:
            self._closed = True
            hears = self._hears
        if hears is not None:
            with suppress(OSError):
                hears.shutdown(socket.SHUT_RDWR)

    def _take_up(self, hears: socket.socket) -> bool:
        """The connection that there is from now on; False where nobody waits for it any more."""
        with self._lock:
            self._hears = hears
            return not self._closed

    def _carry(
        self,
        origin: Origin,
        asks: socket.socket,
        hears: socket.socket,
        said: Callable[[bytes], bytes] = bytes,
        first: bytes = b"",
    ) -> None:
        """From one end to the other. `first` is what the server is told to begin with."""
        try:
            with self._connect(origin) as line:
                self.failure = None
                line.sendall(first)
                Talk(line, asks, hears, said).hold()
        except MediaError as error:
            self._note(error, hears)
        except OSError as error:
            self._note(network_error(error), hears)

    def _connect(self, origin: Origin) -> socket.socket:
        scheme, host, port = origin
        line = self._guard.connect(host, port, self._left())
        try:
            if scheme in WITH_TLS:
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

    def _note(self, error: MediaError, hears: socket.socket) -> None:
        """Of the newest connection: an older one ends as a server does that leads elsewhere."""
        with self._lock:
            if not self._closed and self._hears is hears:
                self.failure = error
