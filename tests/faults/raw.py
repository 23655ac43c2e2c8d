"""HTTP as bytes on a socket, for requests that no HTTP client would send."""

import json
import socket
import time
from dataclasses import dataclass
from typing import Any

PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    head: bytes
    body: bytes

    @property
    def detail(self) -> Any:
        """What an error says; KeyError where it says nothing."""
        return json.loads(self.body)["detail"]


class Talk:
    """One connection. TimeoutError where the other side is silent for `timeout` seconds."""

    def __init__(self, port: int, timeout: float = 30.0) -> None:
        self._connection = socket.create_connection(("127.0.0.1", port), timeout)
        self._waiting = b""

    def send(self, data: bytes) -> None:
        """All of it, or what the other side takes before it hangs up, which is no error here."""
        try:
            self._connection.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return

    def answer(self) -> Answer | None:
        """The next; None where the connection ended before one came whole."""
        try:
            head, _, self._waiting = self._until(b"\r\n\r\n").partition(b"\r\n\r\n")
            length = _length(head)
            while len(self._waiting) < length:
                self._more()
        except (EOFError, ConnectionResetError):
            return None
        body, self._waiting = self._waiting[:length], self._waiting[length:]
        return Answer(int(head.split(None, 2)[1]), head, body)

    def over(self) -> bool:
        """Whether the other side has ended the connection; what it said before is thrown away."""
        self._connection.setblocking(False)
        try:
            while self._connection.recv(PIECE):
                pass
        except BlockingIOError:
            return False
        except (ConnectionResetError, BrokenPipeError):
            return True
        return True

    def close(self) -> None:
        self._connection.close()

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._waiting:
            self._more()
        return self._waiting

    def _more(self) -> None:
        piece = self._connection.recv(PIECE)
        if not piece:
            raise EOFError
        self._waiting += piece


def ask(port: int, data: bytes, answers: int = 1) -> tuple[list[Answer | None], float]:
    """Over a connection of its own; with the seconds until the last answer was whole."""
    begun = time.perf_counter()
    talk = Talk(port)
    try:
        talk.send(data)
        got = [talk.answer() for _ in range(answers)]
        return got, time.perf_counter() - begun
    finally:
        talk.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0
