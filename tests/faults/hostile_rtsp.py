"""RTSP servers that mean ill: each answer is made up on the spot, and all that was asked is kept."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socketserver import StreamRequestHandler, ThreadingTCPServer


@dataclass(frozen=True)
class Asked:
    method: str
    uri: str
    authorization: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.uri.rpartition("/")[2]


Answer = Callable[[Asked], str]
"""The status, and what headers there are, in lines."""


def moved(uri: str) -> str:
    return f"302 Moved\nLocation: {uri}"


@contextmanager
def rtsp_server(answer: Answer, address: str = "127.0.0.1") -> Iterator[tuple[str, list[Asked]]]:
    """Its base URL, and what it was asked so far."""
    asked: list[Asked] = []

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            lines: list[str] = []
            for line in self.rfile:
                if text := line.decode(errors="replace").strip():
                    lines.append(text)
                else:
                    self._answer(lines)
                    lines = []

        def _answer(self, lines: list[str]) -> None:
            method, uri, _ = lines[0].split()
            headers = {
                name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines[1:])
            }
            asked.append(Asked(method, uri, headers.get("authorization", "")))
            head = f"RTSP/1.0 {answer(asked[-1])}\nCSeq: {headers['cseq']}\n\n"
            self.wfile.write(head.replace("\n", "\r\n").encode())

    with ThreadingTCPServer((address, 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="hostile-rtsp")
        thread.start()
        try:
            yield f"rtsp://{address}:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join(10)
