"""An agent's few endpoints on a real socket, which remember what came and answer as told."""

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any

Answer = tuple[int, dict[str, Any] | str]
AS_EVER: Answer = (200, "")
"""What the path answers where it is told nothing."""
HEALTHY: dict[str, Any] = {"restart_count": 0, "last_error": None}
"""What each job's status has, beside who it is and its state."""


@dataclass
class Call:
    method: str
    path: str
    body: dict[str, Any]
    authorization: str | None
    at: float
    connection: int
    """Tells one kept-alive connection from another."""
    idempotency_key: str | None = None
    last_event_id: str | None = None


@dataclass
class Agent:
    """Any path can be told its answers: the first one is used up, the last one stays."""

    port: int = 0
    calls: list[Call] = field(default_factory=list)
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    pts_began: float | None = None
    """While set, `job/status` tells a stream time that counts from there."""
    hang: threading.Event = field(default_factory=threading.Event)
    """While set, no request is answered."""
    frames: list[tuple[float, bytes]] = field(default_factory=list)
    """What a connection that asks for frames gets before it is closed."""
    events: list[bytes] = field(default_factory=list)
    """What each connection that asks for events gets before it is closed, one after the other."""
    log: Iterable[bytes] = ()
    """What one that follows a log gets, piece by piece, before it is closed."""
    frames_once: bool = False
    """Later connections get none."""
    live_jpeg: bytes = b""
    """Where set, a connection that asks for frames gets this picture again and again, at advancing times."""
    shared_frames: list[tuple[float, str, int, int]] = field(default_factory=list)
    """Time, place, width and height of what one gets that asks for shared memory, before it is closed."""
    retry_after: str = ""
    """Of each answer that comes as a whole."""
    jobs: list[dict[str, Any]] = field(default_factory=list)
    """What `GET /runner/jobs` lists."""
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pushes(self) -> list[dict[str, Any]]:
        return [call.body for call in self.of("/runner/tracking/update")]

    def of(self, path: str) -> list[Call]:
        with self.changed:
            return [call for call in self.calls if call.path == path]

    def wait_for(self, path: str, count: int, seconds: float = 30.0) -> list[Call]:
        with self.changed:
            came = self.changed.wait_for(
                lambda: sum(call.path == path for call in self.calls) >= count, seconds
            )
        assert came, f"{len(self.of(path))} of {count} calls of {path} came"
        return self.of(path)

    def wait_until(self, condition: Callable[["Agent"], object], seconds: float = 30.0) -> None:
        """Looked at whenever a call came."""
        with self.changed:
            assert self.changed.wait_for(lambda: condition(self), seconds), "it did not happen"

    def pushed_for(self, job_id: str) -> int:
        """How many pushes of that job came."""
        return sum(body["job_id"] == job_id for body in self.pushes)

    def wait_for_pushes(self, count: int) -> list[dict[str, Any]]:
        self.wait_for("/runner/tracking/update", count)
        return self.pushes

    def took(self, call: Call) -> Answer:
        with self.changed:
            self.calls.append(call)
            self.changed.notify_all()
            told = self.answers.get(call.path)
            if told:
                answer = told.pop(0) if len(told) > 1 else told[0]
                if answer is not AS_EVER:
                    return answer
        if call.path == "/runner/job/status":
            pts = {} if self.pts_began is None else {"pts": monotonic() - self.pts_began}
            return 200, {**HEALTHY, "job_id": call.body["job_id"], "state": "running", **pts}
        if call.path.partition("?")[0] == "/runner/jobs":
            return 200, {"jobs": [{**HEALTHY, **job} for job in self.jobs]}
        if call.path == "/runner/tracking/update":
            return 200, {**call.body, "updated_at": "2026-01-01T12:00:00Z"}
        if call.path.endswith("/stop"):
            return 200, {"state": "stopped"}
        return 200, {"job_id": "job-1", "state": "running"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self._open: list[socket.socket] = []

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.append(connection)
        return connection, address

    def die(self) -> None:
        """As a killed process: nobody listens, and every connection is gone."""
        self.shutdown()
        self.server_close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A worker that ends while it is answered is no error here."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def running(agent: Agent | None = None) -> Iterator[Agent]:
    agent = agent or Agent()
    server = _Server(agent.port, _handler(agent))
    agent.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="stand-in agent")
    thread.start()
    try:
        yield agent
    finally:
        agent.hang.clear()
        server.die()
        thread.join()


def _parts(agent: Agent, path: str) -> Iterator[bytes]:
    for pts, jpeg, more in _told(agent, path):
        head = f"Content-Length: {len(jpeg)}\r\nX-Frame-Pts: {pts:.6f}\r\n{more}\r\n"
        yield b"--frame\r\n" + head.encode() + jpeg + b"\r\n"


def _stream(agent: Agent, path: str) -> tuple[str, Iterable[bytes]] | None:
    """Media type and pieces of what goes on and on; None: the answer is of another kind."""
    if path.startswith("/runner/job/frames/"):
        return "multipart/x-mixed-replace; boundary=frame", _parts(agent, path)
    if path.startswith("/runner/events") and agent.events:
        return "text/event-stream", [agent.events.pop(0)]
    if path.startswith("/runner/job/logs/") and "follow=true" in path:
        return "text/plain; charset=utf-8", agent.log
    return None


def _told(agent: Agent, path: str) -> Iterator[tuple[float, bytes, str]]:
    """What one connection for frames gets: time, picture, and more lines of the part's head."""
    if "transport=shared" in path and agent.shared_frames:
        for pts, place, width, height in agent.shared_frames:
            size = f"X-Frame-Width: {width}\r\nX-Frame-Height: {height}\r\n"
            yield pts, b"", f"X-Frame-Shared: {place}\r\n{size}"
        return
    frames = agent.frames
    if agent.frames_once:
        agent.frames = []
    yield from ((pts, jpeg, "") for pts, jpeg in frames)
    while agent.live_jpeg:
        yield monotonic(), agent.live_jpeg, ""
        threading.Event().wait(0.02)


def _handler(agent: Agent) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self.answer(self.took(json.loads(self.rfile.read(length))))

        def do_GET(self) -> None:
            status, answer = self.took({})
            stream = _stream(agent, self.path)
            if stream is None or status != 200:
                self.answer((status, answer))
                return
            self.send_response(200)
            self.send_header("Content-Type", stream[0])
            self.send_header("Connection", "close")
            self.end_headers()
            with suppress(ConnectionError):
                for piece in stream[1]:
                    self.wfile.write(piece)
            self.close_connection = True

        def took(self, body: dict[str, Any]) -> Answer:
            key = self.headers.get("Authorization")
            more = (self.headers.get(name) for name in ("Idempotency-Key", "Last-Event-ID"))
            call = Call(self.command, self.path, body, key, monotonic(), self.client_address[1], *more)
            answer = agent.took(call)
            while agent.hang.is_set():
                threading.Event().wait(0.02)
            return answer

        def answer(self, told: Answer) -> None:
            status, answer = told
            payload = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.send_header("Retry-After", agent.retry_after)
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(payload)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    return Handler
