"""A camera made of bytes: sends what it is given at the moments it is told, over UDP and HTTP at once."""

import http.server
import itertools
import queue
import random
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

Harm = Callable[[bytes], bytes | None]
"""What becomes of a datagram or piece on its way; None: it is lost."""
DATAGRAM = 7 * 188


def wrong_bytes(share: float, seed: int = 7) -> Harm:
    """That share of the bytes become other ones."""
    dice = random.Random(seed)

    def harmed(data: bytes) -> bytes:
        wrong = bytearray(data)
        for index in range(len(wrong)):
            if dice.random() < share:
                wrong[index] = dice.randrange(256)
        return bytes(wrong)

    return harmed


def lost_datagrams(share: float, seed: int = 7) -> Harm:
    dice = random.Random(seed)
    return lambda data: None if dice.random() < share else data


class Playout:
    """Sends each piece at its second after `start`; ends with the pieces or with `close`.

    Over UDP to a port; over HTTP to whoever asks, from the piece on that is due then, behind `head`.
    """

    def __init__(
        self, pieces: Iterable[tuple[float, bytes]], *, head: bytes = b"", content: str = "video/mp2t"
    ) -> None:
        self._pieces = iter(pieces)
        self._head = head
        self._content = content
        self.harm: Harm | None = None
        """May be set at any time."""
        self.at = 0.0
        """The second that is being sent."""
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp_port: int | None = None
        self._viewers: set[queue.SimpleQueue[bytes | None]] = set()
        self._over = threading.Event()
        self._server: http.server.ThreadingHTTPServer | None = None
        self._threads = [threading.Thread(target=self._play, name="playout", daemon=True)]

    def over_udp(self, port: int) -> str:
        """Where to read it."""
        self._udp_port = port
        return f"udp://127.0.0.1:{port}"

    def over_http(self) -> str:
        """Where to read it."""
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._threads.append(
            threading.Thread(target=self._server.serve_forever, name="playout-http", daemon=True)
        )
        return f"http://127.0.0.1:{self._server.server_port}/stream"

    def __enter__(self) -> "Playout":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        for thread in self._threads:
            thread.join(10)
        self._udp.close()

    def _play(self) -> None:
        begun = time.monotonic()
        for at, together in itertools.groupby(self._pieces, key=lambda piece: piece[0]):
            self._over.wait(max(0.0, begun + at - time.monotonic()))
            if self._over.is_set():
                break
            self.at = at
            self._send(b"".join(data for _, data in together))
        for viewer in list(self._viewers):
            viewer.put(None)

    def _send(self, data: bytes) -> None:
        for start in range(0, len(data), DATAGRAM):
            piece: bytes | None = data[start : start + DATAGRAM]
            if self.harm is not None and piece is not None:
                piece = self.harm(piece)
            if piece is None:
                continue
            if self._udp_port is not None:
                self._udp.sendto(piece, ("127.0.0.1", self._udp_port))
            for viewer in list(self._viewers):
                viewer.put(piece)

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        playout = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                pieces: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
                self.send_response(200)
                self.send_header("Content-Type", playout._content)
                self.end_headers()
                playout._viewers.add(pieces)
                try:
                    self.wfile.write(playout._head)
                    while (data := pieces.get()) is not None:
                        self.wfile.write(data)
                except OSError:
                    pass  # the viewer has left
                finally:
                    playout._viewers.discard(pieces)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Requests are of no interest."""

        return Handler
