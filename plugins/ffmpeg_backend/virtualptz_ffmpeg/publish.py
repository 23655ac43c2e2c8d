"""The publishing process: `python -m virtualptz_ffmpeg.publish`, everything it must know on its stdin.

It connects, copies coded packets into a container and sends it off. How the connection stands goes out on
its stdout (`report.py`); after an attempt that failed it waits to be told to try again, so that the pace is
the job's. A connection that is lost ends it. What hangs is seen by the kernel's count of acknowledged bytes,
and by the kill of the process, which always helps. At the end of its input it finishes the file, also when
the job was killed.
"""

import io
import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import av
import av.error
import av.logging
from av.container import InputContainer

from .coded import AGAIN, HEAD, HELLO, VIDEO, Coded
from .delivery import Wedge
from .naming import unknown_name
from .remux import Remuxer, read_header
from .report import ACKNOWLEDGED, CALLING, GREETED, Report

WEDGED, LOST = 3, 4
_ERRORS = (av.error.FFmpegError, OSError, ValueError)
FINISH_SECONDS = 5
WATCH_SECONDS = 0.5
SIGN_OF_LIFE = b"\n"
_REFUSALS = (
    av.error.HTTPBadRequestError,
    av.error.HTTPUnauthorizedError,
    av.error.HTTPForbiddenError,
    av.error.HTTPNotFoundError,
    av.error.HTTPOtherClientError,
)
_HANDSHAKE_DONE = "Proto = "
"""What FFmpeg's RTMP logs when the server has spoken RTMP: whoever hangs up then, has heard who we are."""
_SERVER_ERROR = "Server error: "

CALL_SECONDS = 3.5
"""For a host to answer. The kernel calls again after 1 and 3 s, then ever more seldom."""
RTMP = ("rtmp", "rtmps")
PORTS = {"rtmp": 1935, "rtmps": 443, "rtsp": 554}

Hello = dict[str, Any]


def main() -> int:
    stdin = io.BufferedReader(io.FileIO(0), 1 << 16)
    lengths = stdin.read(HELLO.size)
    if len(lengths) < HELLO.size:
        return 0
    hello_length, header_length = HELLO.unpack(lengths)
    hello = json.loads(stdin.read(hello_length))
    template = read_header(stdin.read(header_length))
    threading.Thread(target=_watch, args=(hello,), name="delivery", daemon=True).start()
    remuxer = _connect(stdin, hello, template)
    if remuxer is None:
        return 0
    av.logging.restore_default_callback()
    av.logging.set_libav_level(av.logging.WARNING if hello["network"] else av.logging.ERROR)
    try:
        _copy(stdin, remuxer, Threshold([Fraction(*base) for base in hello["time_bases"]]))
    except _ERRORS as error:
        _say(Report(False, _reason(error)))
        return LOST
    if hello["network"]:
        signal.alarm(FINISH_SECONDS)
    remuxer.close()
    return 0


def _connect(stdin: BinaryIO, hello: Hello, template: InputContainer) -> Remuxer | None:
    """Tries as often as it is told to; None where its input ended instead."""
    av.logging.set_level(av.logging.DEBUG)
    knock = hello.get("knock", False)
    said = Said(tells=hello.get("tells", False) and urlsplit(hello["url"]).scheme in RTMP)
    while True:
        try:
            if knock:
                _knock(hello["url"])
            said.begin()
            remuxer = _open(hello, template)
        except _ERRORS as error:
            report = _failure(error, said, hello["url"])
        else:
            _say(Report(True))
            return remuxer
        _say(report)
        if stdin.read(1) != AGAIN:
            return None


def _knock(url: str) -> None:
    """Raises OSError where nobody is there.

    FFmpeg would wait for a host that is dark, and not see for many seconds that it has come back. It costs a
    connection, which one that listens once takes for the program: so it is for dark hosts only.
    """
    parts = urlsplit(url)
    if parts.hostname is not None and parts.scheme in PORTS:
        address = parts.hostname, parts.port or PORTS[parts.scheme]
        socket.create_connection(address, timeout=CALL_SECONDS).close()


def _open(hello: Hello, template: InputContainer) -> Remuxer:
    output = av.open(hello["url"], "w", format=hello["muxer"], options=hello["options"])
    return Remuxer(output, template, [Fraction(*base) for base in hello["time_bases"]])


class Said(logging.Handler):
    """What FFmpeg's RTMP says of an attempt, as it says it.

    `tells`: and the job is told when the call begins and when the server has answered it. Nobody else in this
    process could: PyAV connects with Python's lock held.
    """

    def __init__(self, *, tells: bool) -> None:
        super().__init__()
        self._tells = tells
        self._lines: list[str] = []
        everything = logging.getLogger("libav")
        everything.addHandler(self)
        everything.setLevel(1)  # what FFmpeg calls DEBUG is below Python's
        everything.propagate = False

    def begin(self) -> None:
        self._lines.clear()
        self._tell(CALLING)

    def emit(self, record: logging.LogRecord) -> None:
        if record.name != "libav.rtmp":
            return
        line = record.getMessage()
        self._lines.append(line)
        if line.startswith(_HANDSHAKE_DONE):
            self._tell(GREETED)

    @property
    def greeted(self) -> bool:
        return any(line.startswith(_HANDSHAKE_DONE) for line in self._lines)

    @property
    def refusal(self) -> str:
        return next((line for line in self._lines if line.startswith(_SERVER_ERROR)), "it hangs up")

    def _tell(self, word: bytes) -> None:
        if self._tells:
            _told(word)


def _failure(error: Exception, said: Said, url: str) -> Report:
    if isinstance(error, _REFUSALS):
        return Report(False, f"the server refuses: {error.strerror}", refused=True)
    if not said.greeted:
        return Report(False, unknown_name(error, url) or _reason(error))
    why = said.refusal
    return Report(False, f"the server refuses: {why.removeprefix(_SERVER_ERROR)}", refused=True)


def _reason(error: Exception) -> str:
    """Without the log's last line and the address, which PyAV puts behind it."""
    if isinstance(error, TimeoutError) and not error.errno:
        return f"the server has not answered the call for {CALL_SECONDS:g} s"
    if isinstance(error, OSError) and error.errno and 0 < error.errno < 200:
        return os.strerror(error.errno)
    return str(getattr(error, "strerror", None) or type(error).__name__)


def _say(report: Report) -> None:
    _told(report.line())


def _told(line: bytes) -> bool:
    """False where the job is gone. Unbuffered: two threads speak."""
    try:
        os.write(1, line)
    except BrokenPipeError:
        return False
    return True


class Threshold:
    """Where a connection begins: with its first key frame.

    FLV takes nothing that is older than its first packet, and would end over it each time the same packets
    are sent again.
    """

    def __init__(self, time_bases: Sequence[Fraction]) -> None:
        self._time_bases = time_bases
        self._begins: Fraction | None = None

    def lets_in(self, coded: Coded) -> bool:
        at = coded.dts * self._time_bases[coded.stream]
        if self._begins is None:
            self._begins = at if coded.starts_gop else None
            return True
        return coded.stream == VIDEO or at >= self._begins


def _copy(stdin: BinaryIO, remuxer: Remuxer, threshold: Threshold) -> None:
    while len(head := stdin.read(HEAD.size)) == HEAD.size:
        stream, keyframe, pts, dts, duration, size = HEAD.unpack(head)
        data = stdin.read(size)
        if len(data) < size:
            return
        coded = Coded(stream, data, pts, dts, duration, bool(keyframe))
        if threshold.lets_in(coded):
            remuxer.write(coded)


def _watch(hello: Hello) -> None:
    """Gives signs of life, where the job is not of an older version that knows none, and sees what hangs."""
    wedge = Wedge() if hello["network"] else None
    signs = hello.get("signs", False)
    tick = threading.Event()
    while not tick.wait(WATCH_SECONDS):
        signs = signs and _told(SIGN_OF_LIFE)
        trouble = None if wedge is None else wedge.seen()
        if wedge is not None and wedge.acknowledged and hello.get("counts", False):
            _told(b"%s%d\n" % (ACKNOWLEDGED, wedge.acknowledged))
        if trouble is not None:
            _say(Report(False, trouble))
            os._exit(WEDGED)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = main()
    except _ERRORS as error:
        sys.exit(f"publishing failed: {_reason(error)}")
    # What is left open leads to a server that has gone: to close it properly could take for ever.
    os._exit(code)
