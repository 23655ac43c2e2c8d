"""The two ways to the far side: the publishing process, and for SRT an ffmpeg process that copies."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction

import av

from .binary import require_ffmpeg
from .child import PLACEHOLDER, Child, Command
from .coded import HELLO, Coded
from .pipe import PipeEnd
from .publisher import Feeder, Route
from .remux import Remuxer, read_header
from .report import Report
from .targets import INTERLEAVE_MICROSECONDS, Target, prepare

PROGRAM = f"{__package__}.publish"
FINISH_SECONDS = 9.0
"""For a file to be written to its end, while its writer is alive. A live program's end is worth less."""


class RouteTo:
    """Starts children for one target. `shown` is where the newest of them writes, with nothing secret."""

    def __init__(self, target: Target, header: bytes, time_bases: list[Fraction], ffmpeg: str) -> None:
        self._asked = target
        self._target = target if target.network else prepare(target)
        self._fresh = True
        self._header = header
        self._time_bases = time_bases
        self._ffmpeg = require_ffmpeg(ffmpeg, "srt") if target.relayed else ""

    @property
    def shown(self) -> str:
        return self._target.shown

    @property
    def route(self) -> Route:
        if self._target.relayed:
            return Route(self._start, self._feeder, Report.parse_progress, connects_first=False)
        if self._target.network:
            return Route(self._start, self._feeder, Report.parse)
        return Route(self._start, self._feeder, Report.parse, drain_seconds=FINISH_SECONDS)

    def _start(self, on_line: Callable[[str], None]) -> Child:
        if not self._target.network and not self._fresh:
            self._target = prepare(self._asked)
        self._fresh = False
        return Child(
            "publisher", self._command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, on_line=on_line
        )

    def _command(self) -> Command:
        if self._target.relayed:
            return Command.at(_copying(self._ffmpeg, self._target), self._target.url)
        return Command([sys.executable, "-m", PROGRAM])

    def _feeder(self, pipe: PipeEnd, unanswered: bool) -> Feeder:
        if self._target.relayed:
            return _TransportStream(pipe, self._header, self._time_bases)
        return _Packets(pipe, self._hello(knock=unanswered), self._header)

    def _hello(self, *, knock: bool) -> bytes:
        target = self._target
        return json.dumps(
            {
                "url": target.url,
                "muxer": target.format,
                "options": target.muxer_options,
                "network": target.network,
                "signs": True,
                "tells": True,
                "counts": True,
                "knock": knock,
                "time_bases": [base.as_integer_ratio() for base in self._time_bases],
            }
        ).encode()


class _Packets:
    """In our own form, address first: it is on no command line."""

    def __init__(self, pipe: PipeEnd, hello: bytes, header: bytes) -> None:
        self._pipe = pipe
        pipe.write(HELLO.pack(len(hello), len(header)) + hello + header)

    def write(self, packets: Sequence[Coded]) -> None:
        self._pipe.write(b"".join(part for packet in packets for part in packet.parts()))

    def finish(self) -> None:
        """The end of the pipe says it."""


class _TransportStream:
    """As MPEG-TS, which an ffmpeg process reads."""

    def __init__(self, pipe: PipeEnd, header: bytes, time_bases: list[Fraction]) -> None:
        options = {"flush_packets": "1", "max_interleave_delta": INTERLEAVE_MICROSECONDS}
        output = av.open(pipe, "w", format="mpegts", options=options)
        self._remuxer = Remuxer(output, read_header(header), time_bases)

    def write(self, packets: Sequence[Coded]) -> None:
        for packet in packets:
            self._remuxer.write(packet)

    def finish(self) -> None:
        self._remuxer.close()


def _copying(binary: str, target: Target) -> list[str]:
    quiet = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-progress", "pipe:1"]
    probe = ["-analyzeduration", "500000", "-probesize", "500000", "-fpsprobesize", "0"]
    muxer = [word for name, value in target.muxer_options.items() for word in (f"-{name}", value)]
    return [
        binary,
        *quiet,
        *probe,
        *("-protocol_whitelist", "pipe", "-f", "mpegts", "-i", "pipe:0"),
        *("-map", "0", "-c", "copy", "-copyts"),
        *muxer,
        *("-f", target.format, PLACEHOLDER),
    ]
