"""RTSP servers that mean ill: each answer is made up on the spot, and all that was asked is kept."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    method: str
    uri: str
    authorization: str
    agent: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.uri.rpartition("/")[2]


Answer = Callable[[Asked], str]
"""The status, and what headers there are, in lines."""


def moved(uri: str) -> str:
    return f"302 Moved\nLocation: {uri}"


class _Server(ThreadingTCPServer):
    daemon_threads = True
    context: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.context is not None:
            try:
                request = self.context.wrap_socket(request, server_side=True)
            except OSError:
                return  # a client that does not trust it
        with request:
            super().finish_request(request, client_address)


@contextmanager
def rtsp_server(
    answer: Answer, address: str = "127.0.0.1", certificate: Path | None = None
) -> Iterator[tuple[str, list[Asked]]]:
    """Its base URL, and what it was asked so far. An empty answer hangs up. `certificate`: by TLS."""
    asked: list[Asked] = []

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            lines: list[str] = []
            for line in self.rfile:
                if text := line.decode(errors="replace").strip():
                    lines.append(text)
                elif not self._answers(lines):
                    return
                else:
                    lines = []

        def _answers(self, lines: list[str]) -> bool:
            method, uri, _ = lines[0].split()
            headers = {
                name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines[1:])
            }
            asked.append(Asked(method, uri, headers.get("authorization", ""), headers.get("user-agent", "")))
            said = answer(asked[-1])
            head = f"RTSP/1.0 {said}\nCSeq: {headers['cseq']}\n\n" if said else ""
            self.wfile.write(head.replace("\n", "\r\n").encode())
            return bool(said)

    with _Server((address, 0), Handler) as server:
        if certificate is not None:
            server.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            server.context.load_cert_chain(certificate)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="hostile-rtsp")
        thread.start()
        try:
            scheme = "rtsp" if certificate is None else "rtsps"
            yield f"{scheme}://{address}:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join(10)
