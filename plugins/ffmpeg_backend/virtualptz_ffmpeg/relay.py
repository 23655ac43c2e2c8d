"""SRT in: FFmpeg's libraries in the wheel have no SRT, so a copy-only ffmpeg process passes its bytes on."""

import os
import re
import select
import signal
import subprocess
import threading
from collections.abc import Callable
from functools import partial

from virtualptz.errors import MediaError, MediaTimeoutError

from .binary import require_ffmpeg
from .child import PLACEHOLDER, Child, Command

MERCY_SECONDS = 0.3
"""From SIGTERM, which lets it tell the sender that it goes, to SIGKILL."""

LEAST_CALL_SECONDS = 1.0
LEAVES_SECONDS = 0.3
"""For what failed to be told within the time that the caller has."""
UNANSWERED = re.compile(r"Connection to .* failed: (.*)")
"""What ffmpeg says at once when nobody has answered; to end takes it a second more."""


class Relay:
    """A file of bytes, for `av.open`, whose `read` waits at most `timeout` seconds, for the first of them
    `first_timeout`: until then it is called, which may take the caller seconds."""

    name = "srt"

    def __init__(self, uri: str, timeout: float, first_timeout: float, ffmpeg: str = "") -> None:
        binary = require_ffmpeg(ffmpeg, protocol="srt")
        self._timeout = timeout
        self._patience = first_timeout
        self._closed = threading.Event()
        self._reading = threading.Lock()
        self._failure: str | None = None
        self._told = False
        """Why no more comes."""
        self._end: Callable[[], None] = _nothing
        self._child = Child(
            "srt-in",
            Command.at(_argv(binary, first_timeout), uri),
            stdout=subprocess.PIPE,
            on_line=self._hear,
        )
        self._end = partial(self._child.signal, signal.SIGKILL)
        assert self._child.process.stdout is not None  # noqa: S101 - asked for above
        self._pipe = self._child.process.stdout

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, b"" at the end. Raises MediaTimeoutError, and MediaError where SRT failed.

        It raises once: FFmpeg asks for more after an error, and of two PyAV writes the first one to the log,
        with its trace.
        """
        with self._reading:
            if self._pipe.closed or self._told:
                return b""
            try:
                return self._read(size)
            except MediaError:
                self._told = True
                raise

    def _read(self, size: int) -> bytes:
        ready, _, _ = select.select([self._pipe], [], [], self._patience)
        if not ready:
            raise MediaTimeoutError(f"nothing came over SRT for {self._patience:g} s")
        self._patience = self._timeout
        data = os.read(self._pipe.fileno(), size)
        if not data and not self._closed.is_set() and self._child.ended.wait(1) and self._child.exit_code:
            raise MediaError(f"SRT: {self._failure or self._child.last_line or 'the connection failed'}")
        return data

    def _hear(self, line: str) -> None:
        """On the thread that reads its messages. A new call is to begin while the old one still tidies up."""
        if (unanswered := UNANSWERED.search(line)) is not None:
            self._failure = unanswered[1]
            self._end()

    @property
    def pid(self) -> int:
        return self._child.pid

    def close(self) -> None:
        """From any thread: a read under way finds the end, for the child has gone."""
        self._closed.set()
        self._child.stop(patience=0, mercy=MERCY_SECONDS)
        with self._reading:
            self._pipe.close()


def _nothing() -> None:
    """Nobody has failed before there is a process."""


def _argv(binary: str, first_timeout: float) -> list[str]:
    """Bytes in, bytes out: the `data` demuxer looks into nothing, so nothing waits for a probe.

    It calls four times a second for as long as there is time: a sender that comes back meanwhile is there at
    once, and not when a new call begins.
    """
    calls = max(LEAST_CALL_SECONDS, first_timeout - LEAVES_SECONDS)
    quiet = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning"]
    only_srt = ["-protocol_whitelist", "srt,udp", "-f", "data"]
    copy = ["-map", "0", "-c", "copy", "-flush_packets", "1", "-f", "data", "pipe:1"]
    patience = ["-connect_timeout", str(round(1000 * calls))]
    return [binary, *quiet, *only_srt, *patience, "-i", PLACEHOLDER, *copy]
