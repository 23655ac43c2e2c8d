"""Viewers of previews who take little, or nothing."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from ..e2e.previews import PreviewViewer
from ..e2e.processes import wait_for

SMALL_BUFFER = 4096
SIP_BYTES = 2000
SIP_SECONDS = 0.1
STUCK_SECONDS = 0.5


class Sipper:
    """Reads a stream more slowly than it comes; with `thirst` 0 not at all, but stays connected."""

    def __init__(self, url: str, *, thirst: bool) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        self._socket.connect((parts.hostname, parts.port))
        request = f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n"
        self._socket.sendall(request.encode())
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._sip, name="sipper", daemon=True)
        if thirst:
            self._thread.start()

    def _sip(self) -> None:
        try:
            while self._socket.recv(SIP_BYTES) and not self._leave.wait(SIP_SECONDS):
                pass
        except OSError:
            return  # the agent broke the connection off, as it may

    def close(self) -> None:
        self._leave.set()
        self._socket.close()


@contextmanager
def audience(urls: Sequence[str], *, good: int, slow: int, stalled: int) -> Iterator[list[PreviewViewer]]:
    """So many viewers of each kind, spread over the URLs; each has what makes it one of its kind."""
    with ExitStack() as stack:
        for index in range(slow + stalled):
            sipper = Sipper(urls[index % len(urls)], thirst=index < slow)
            stack.callback(sipper.close)
        viewers: list[PreviewViewer] = []
        for index in range(good):
            viewers.append(PreviewViewer(urls[index % len(urls)]))
            stack.callback(viewers[-1].close)
        for viewer in viewers:
            viewer.wait_parts(2, first=True)
        port = urlsplit(urls[0]).port
        assert port is not None
        _wait_stuck(port, stalled)
        yield viewers


def _wait_stuck(port: int, number: int) -> None:
    """Until so many of a server's connections hold as many unsent bytes as a moment ago."""
    before: dict[str, int] = {}

    def stuck() -> bool:
        nonlocal before
        now = _unsent(port)
        same = [client for client, size in now.items() if size > 0 and before.get(client) == size]
        before = now
        return len(same) >= number

    wait_for(f"{number} viewers who are stuck", stuck, every=STUCK_SECONDS)


def _unsent(port: int) -> dict[str, int]:
    """Bytes that the kernel holds for each of a server's clients."""
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    ours = (row for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01")
    return {row[2]: int(row[4].partition(":")[0], 16) for row in ours}
