"""The agent as a process of its own, and a client that speaks to it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from ...ports import free_port
from .fake import BEARER, KEY

DEADLINE = 20.0


def wait_for(condition: Callable[[], Any], what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


@dataclass
class Served:
    process: subprocess.Popen[bytes]
    port: int
    log_file: Path
    plain: bool
    """Plain uvicorn passes the signal on when it has stopped, and so ends with its number."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    def get(self, path: str, **more: Any) -> httpx2.Response:
        return httpx2.get(self.url + path, **{"headers": BEARER, **more})

    def post(self, path: str, **more: Any) -> httpx2.Response:
        return httpx2.post(self.url + path, **{"headers": BEARER, **more})

    def is_up(self) -> bool:
        assert self.process.poll() is None, self.log
        try:
            return self.get("/health").is_success
        except httpx2.TransportError:
            return False

    def raw(self, path: str, *, receive_buffer: int | None = None) -> socket.socket:
        """A connection on which a request was sent, and nothing read."""
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(DEADLINE)
        connection.connect(("127.0.0.1", self.port))
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode())
        return connection

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(DEADLINE)


@contextmanager
def served(command: list[str], tmp_path: Path, **env: str) -> Iterator[Served]:
    port, log_file = free_port(), tmp_path / "server.log"
    environ = {**os.environ, "RUNNER_API_KEY": KEY, "RUNNER_STATE_DIR": str(tmp_path / "state"), **env}
    with log_file.open("wb") as log:
        process = subprocess.Popen([sys.executable, *command, str(port)], stdout=log, stderr=log, env=environ)
    server = Served(process, port, log_file, plain="uvicorn" in command)
    try:
        wait_for(server.is_up, "the server starts")
        yield server
    finally:
        process.kill()
        process.wait()
