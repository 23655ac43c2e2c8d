"""Many cheap viewers of one preview, in a process of their own: `python -m tests.faults.crowd URL COUNT`.

Prints a line of JSON a second: pictures so far of each viewer, and those who have left. It ends when its
standard input does.
"""

import json
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

BOUNDARY = b"--frame\r\n"
PIECE = 1 << 18


@dataclass(slots=True)
class _Watcher:
    connection: socket.socket
    pictures: int = -1
    """The boundary before the first picture counts as well."""
    newest: float = 0.0
    """When the last one was whole."""
    tail: bytes = b""
    status: int = 0

    def take(self, data: bytes) -> None:
        if not self.status:
            self.status = int(data.split(None, 2)[1])
        data = self.tail + data
        if found := data.count(BOUNDARY):
            self.pictures += found
            self.newest = time.monotonic()
        end = data.rfind(BOUNDARY)
        begin = end + len(BOUNDARY) if end >= 0 else 0
        self.tail = data[max(begin, len(data) - len(BOUNDARY) + 1) :]


def request(url: str) -> tuple[tuple[str, int], bytes]:
    """Where a preview's URL leads, and what a browser would say there."""
    address = urlsplit(url)
    assert address.hostname is not None
    assert address.port is not None
    text = f"GET {address.path}?{address.query} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n"
    return (address.hostname, address.port), text.encode()


def main(url: str, count: int) -> None:
    place, asking = request(url)
    poll = select.epoll()
    watchers: dict[int, _Watcher] = {}
    gone: list[_Watcher] = []
    for _ in range(count):
        connection = socket.create_connection(place, 10)
        connection.sendall(asking)
        connection.setblocking(False)
        watchers[connection.fileno()] = _Watcher(connection)
        poll.register(connection, select.EPOLLIN)
    poll.register(sys.stdin, select.EPOLLIN)
    due = time.monotonic() + 1
    while True:
        for number, _ in poll.poll(max(0.0, due - time.monotonic())):
            if number == sys.stdin.fileno():
                return
            if data := _read(watchers[number].connection):
                watchers[number].take(data)
            else:
                watchers[number].connection.close()
                gone.append(watchers.pop(number))
        if time.monotonic() >= due:
            due = time.monotonic() + 1
            _tell(list(watchers.values()), gone)


def _read(connection: socket.socket) -> bytes:
    try:
        return connection.recv(PIECE)
    except ConnectionResetError:
        return b""


def _tell(here: list[_Watcher], gone: list[_Watcher]) -> None:
    told = {
        "pictures": [watcher.pictures for watcher in here],
        "times": [watcher.newest for watcher in here],
        "gone": [watcher.status for watcher in gone],
    }
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Count:
    """What the crowd had got by some moment."""

    pictures: tuple[int, ...] = ()
    times: tuple[float, ...] = ()
    """Of the newest picture of each, on the monotonic clock."""
    gone: tuple[int, ...] = ()
    """The status of the answers that have ended."""

    def slowest_since(self, before: "Count") -> float:
        """Pictures a second of the viewer who got the fewest. All must have stayed."""
        assert len(self.pictures) == len(before.pictures), f"{self.gone} have left"
        return min(
            (pictures - pictures_before) / (at - at_before)
            for pictures, pictures_before, at, at_before in zip(
                self.pictures, before.pictures, self.times, before.times, strict=True
            )
        )


@dataclass
class Crowd:
    """The process, and what it told last."""

    process: "subprocess.Popen[str]"
    last: Count = Count()

    def __post_init__(self) -> None:
        self._change = threading.Condition()
        self._thread = threading.Thread(target=self._listen, name="crowd", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            told = json.loads(line)
            with self._change:
                self.last = Count(**{name: _frozen(value) for name, value in told.items()})
                self._change.notify_all()

    def wait_pictures(self, least: int, timeout: float = 60.0) -> Count:
        """The first count by which every viewer has that many."""
        with self._change:
            met = self._change.wait_for(
                lambda: bool(self.last.pictures) and min(self.last.pictures) >= least, timeout
            )
        assert met, f"after {timeout} s: {self.last}"
        return self.last

    def wait_gone(self, number: int, timeout: float = 60.0) -> Count:
        with self._change:
            met = self._change.wait_for(lambda: len(self.last.gone) >= number, timeout)
        assert met, f"after {timeout} s: {self.last}"
        return self.last

    def freeze(self) -> None:
        """Their system takes what it has room for, and no word of an end comes."""
        self.process.send_signal(signal.SIGSTOP)

    def close(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(20)
        self._thread.join(20)
        assert self.process.stdout is not None
        self.process.stdout.close()


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@contextmanager
def crowd(url: str, count: int) -> Iterator[Crowd]:
    command = [sys.executable, "-m", "tests.faults.crowd", url, str(count)]
    project = Path(__file__).parents[2]
    process = subprocess.Popen(command, cwd=project, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    watching = Crowd(process)
    try:
        yield watching
    finally:
        watching.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
