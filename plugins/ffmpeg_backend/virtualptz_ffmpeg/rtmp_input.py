"""RTMP sources that have a name, or speak TLS: FFmpeg goes to a port of this process, and this to the server.

FFmpeg looks a name up again after it was judged, and checks no certificate. What it says stays the same: the
address that a server is to be known by goes into RTMP's `tcUrl` (Adobe's RTMP specification 1.0, 7.2.1.1).
"""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

from virtualptz.errors import MediaError
from virtualptz.reach import Reach

from .carrier import Carrier
from .origin import RTMP, WITH_TLS, origin_of

COME_SECONDS = 5.0
"""For FFmpeg, which comes at once."""
MOST_CONNECTIONS = 4
"""One after the other: logging in takes three (Adobe's and Limelight's way)."""


def needs_carrying(uri: str) -> bool:
    """Whether FFmpeg cannot simply go there."""
    return urlsplit(uri).scheme in WITH_TLS or Reach.of(uri).is_named


class RtmpInput(Carrier):
    """Of one source, on a port of 127.0.0.1."""

    def __init__(self, uri: str, open_timeout: float, *, verify: bool) -> None:
        """Raises MediaError where there can be no port."""
        super().__init__(uri, open_timeout, verify=verify)
        parts = urlsplit(uri)
        self._origin = origin_of(parts, RTMP)
        try:
            self._listener = socket.create_server(("127.0.0.1", 0), backlog=1)
        except OSError as error:
            raise MediaError(f"a source by its name needs a port on 127.0.0.1: {error.strerror}") from None
        self._listener.settimeout(COME_SECONDS)
        login, at, _ = parts.netloc.rpartition("@")
        tail = uri.partition("://")[2].removeprefix(parts.netloc)
        self.uri = f"rtmp://{login}{at}127.0.0.1:{self._listener.getsockname()[1]}{tail}"
        """What FFmpeg is to open."""
        self.options = {"rtmp_tcurl": tc_url(uri)}
        threading.Thread(target=self._take, name="rtmp-source", daemon=True).start()

    def close(self) -> None:
        super().close()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # whoever waits in `accept` waits on otherwise

    def _take(self) -> None:
        with self._listener:
            for _ in range(MOST_CONNECTIONS):
                try:
                    line, _ = self._listener.accept()
                except OSError:
                    return  # nobody came, or it was closed
                with line:
                    line.settimeout(None)
                    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    if self._take_up(line):
                        self._carry(self._origin, line, line)


def tc_url(uri: str) -> str:
    """What FFmpeg's RTMP says where it goes to `uri` itself: its server and application, without a login.

    An application has one part, or two where the stream has a part of its own behind them; a colon begins
    that of a stream (`mp4:name`).
    """
    parts = urlsplit(uri)
    scheme, host, port = origin_of(parts, RTMP)
    rest = uri.partition("://")[2].removeprefix(parts.netloc).removeprefix("/")
    first = rest.find("/")
    second = rest.find("/", first + 1)
    colon = rest.find(":", first + 1)
    if first < 0:
        application = rest
    elif rest.startswith("ondemand/") or second < 0 or 0 <= colon < second:
        application = rest[:first]
    else:
        application = rest[:second]
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/{application}"
