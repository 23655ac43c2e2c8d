"""What the publishing server has acknowledged is counted over connections and over publishing processes."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence

from virtualptz_ffmpeg.child import Child, Command
from virtualptz_ffmpeg.coded import VIDEO, VIDEO_RATE, Coded
from virtualptz_ffmpeg.delivery import Wedge
from virtualptz_ffmpeg.gops import GopQueue
from virtualptz_ffmpeg.pipe import PipeEnd
from virtualptz_ffmpeg.publisher import Publisher, Route
from virtualptz_ffmpeg.report import Report

from .stage import eventually
from .test_delivery import connected

SAYS = """
import sys
print('{"connected": true}', flush=True)
print('acknowledged 1000', flush=True)
print('acknowledged 5000', flush=True)
sys.stdin.buffer.read()
"""


class Written:
    def __init__(self, pipe: PipeEnd) -> None:
        self._pipe = pipe

    def write(self, packets: Sequence[Coded]) -> None:
        self._pipe.write(b"".join(part for packet in packets for part in packet.parts()))

    def finish(self) -> None:
        """The end of the pipe says it."""


def start(on_line: Callable[[str], None]) -> Child:
    return Child(
        "publisher",
        Command([sys.executable, "-c", SAYS]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        on_line=on_line,
    )


def test_bytes_count_once_over_connections_that_come_and_go() -> None:
    def sent(sender: socket.socket, receiver: socket.socket) -> None:
        sender.sendall(bytes(10_000))
        receiver.recv(10_000, socket.MSG_WAITALL)

    wedge = Wedge()
    with connected() as (sender, receiver):
        assert eventually(lambda: wedge.seen() is None and wedge.acknowledged >= 14)
        greeted = wedge.acknowledged
        sent(sender, receiver)
        assert eventually(lambda: wedge.seen() is None and wedge.acknowledged >= greeted + 10_000)
        first = wedge.acknowledged
        wedge.seen()
        assert wedge.acknowledged == first
    wedge.seen()
    assert wedge.acknowledged == first, "what is closed has been acknowledged all the same"
    with connected() as (sender, receiver):
        sent(sender, receiver)
        assert eventually(lambda: wedge.seen() is None and wedge.acknowledged >= first + 10_000)


def test_a_publisher_counts_on_where_its_process_is_replaced() -> None:
    queue = GopQueue(10.0, VIDEO_RATE)
    publisher = Publisher(queue, Route(start, lambda pipe, _: Written(pipe), Report.parse))
    try:
        assert publisher.bytes_acknowledged is None
        queue.put(Coded(VIDEO, bytes(100), 0, 0, 3000, True))
        assert eventually(lambda: publisher.bytes_acknowledged == 5000)
        assert eventually(lambda: sum(publisher.took_out.histogram.counts) == 1)
        pid = publisher.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: publisher.bytes_acknowledged == 10_000)
    finally:
        publisher.close()
