"""Where FFmpeg's RTSP comes into this process: through what it takes for an HTTP proxy.

FFmpeg can send RTSP through HTTP, and HTTP through the proxy that `http_proxy` names: no address and no
header of its RTSP is any other for that. So it comes here, wherever a server leads it: by a GET on which it
hears, and a POST on which it asks (the tunnel of QuickTime and of ONVIF's streaming specification).
"""

import logging
import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from virtualptz.errors import MediaError

from .rtsp_input import RtspInput
from .rtsp_request import Request, Requests

log = logging.getLogger(__name__)

HEAD_SECONDS = 5.0
HEAD_BYTES = 8 * 1024
AT_A_TIME = 16
"""Of whom it is not known yet who they are."""
TAKEN = b"HTTP/1.0 200 OK\r\nContent-Type: application/x-rtsp-tunnelled\r\n\r\n"
SEND_BUFFER_BYTES = 128 * 1024
"""Media waits where it did without us, in FFmpeg's buffers and in the server's."""
PROXY_NAMES = ("http_proxy", "no_proxy")
_COOKIE = re.compile(rb"\r\nx-sessioncookie: *(\w+)\r\n", re.IGNORECASE)


class Entrance:
    """Of this process. Open while a source is being opened, when FFmpeg connects, and no longer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expected: dict[str, RtspInput] = {}
        self._hearing: dict[bytes, socket.socket] = {}
        """By the cookie that both connections have."""
        self._listener: socket.socket | None = None
        self._strangers = threading.BoundedSemaphore(AT_A_TIME)

    @contextmanager
    def admits(self, source: RtspInput) -> Iterator[None]:
        """Raises MediaError where there can be no entrance."""
        with self._lock:
            if self._listener is None:
                self._listener = self._opened()
            self._expected[source.name] = source
        try:
            yield
        finally:
            with self._lock:
                del self._expected[source.name]
                if not self._expected:
                    self._shut()

    def _opened(self) -> socket.socket:
        try:
            listener = socket.create_server(("127.0.0.1", 0), backlog=AT_A_TIME)
        except OSError as error:
            raise MediaError(f"RTSP needs a port on 127.0.0.1: {error.strerror}") from None
        threading.Thread(target=self._listen, args=(listener,), name="rtsp-entrance", daemon=True).start()
        # FFmpeg asks the C library, `os.environ` is for everybody else: what stands there stays.
        os.putenv("http_proxy", f"http://127.0.0.1:{listener.getsockname()[1]}")
        os.unsetenv("no_proxy")
        return listener

    def _shut(self) -> None:
        for name in PROXY_NAMES:
            if (value := os.environ.get(name)) is None:
                os.unsetenv(name)
            else:
                os.putenv(name, value)
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # whoever waits in `accept` waits on otherwise
            listener.close()
        while self._hearing:
            self._hearing.popitem()[1].close()

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return  # it was shut
            if not self._strangers.acquire(blocking=False):
                line.close()
                continue
            threading.Thread(target=self._admit, args=(line,), name="rtsp-source", daemon=True).start()

    def _admit(self, line: socket.socket) -> None:
        try:
            known = self._known(line)
        except (OSError, ValueError) as error:
            log.debug("somebody who is not expected came for RTSP: %s", error)
            line.close()
            return
        finally:
            self._strangers.release()
        if known is not None:
            source, hears, asked, requests = known
            with line, hears:
                source.carry(asked, requests, line, hears)

    def _known(self, line: socket.socket) -> tuple[RtspInput, socket.socket, list[Request], Requests] | None:
        """Who asks there; None: the one who asks is still to come, and this one hears.

        Raises OSError, ValueError for whoever is not expected.
        """
        line.settimeout(HEAD_SECONDS)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head, data = _head(line)
        cookie = _COOKIE.search(head)
        if cookie is None:
            raise ValueError("not what FFmpeg says")
        if head.startswith(b"GET "):
            self._let_hear(line, cookie[1])
            return None
        requests = Requests()
        while not (asked := requests.take(data)):
            data = _more(line)
        with self._lock:
            source, hears = self._expected.get(asked[0].agent), self._hearing.pop(cookie[1], None)
        if hears is None:
            raise ValueError("nobody hears")
        if source is None:
            hears.close()
            raise ValueError("of no source")
        line.settimeout(None)
        return source, hears, asked, requests

    def _let_hear(self, line: socket.socket, cookie: bytes) -> None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        with self._lock:
            if self._listener is None or len(self._hearing) >= AT_A_TIME or cookie in self._hearing:
                raise ValueError("one too many")
            self._hearing[cookie] = line
        line.sendall(TAKEN)
        line.settimeout(None)


def _head(line: socket.socket) -> tuple[bytes, bytes]:
    """Of an HTTP request, and what came with it."""
    found = b""
    while b"\r\n\r\n" not in found:
        if len(found) > HEAD_BYTES:
            raise ValueError("a head without end")
        found += _more(line)
    head, _, rest = found.partition(b"\r\n\r\n")
    return head + b"\r\n", rest


def _more(line: socket.socket) -> bytes:
    data = line.recv(HEAD_BYTES)
    if not data:
        raise ConnectionResetError("it hung up")
    return data


ENTRANCE = Entrance()
