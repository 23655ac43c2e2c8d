"""Opening a source in the time allowed, whatever FFmpeg's own time-outs do."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import monotonic

import av
import av.error
from av.container import InputContainer

from virtualptz.errors import MediaError, MediaTimeoutError
from virtualptz.redact import redact_uri, register_secret

from .addressing import at_an_address
from .carrier import Carrier
from .failure import media_error, named
from .http_input import HttpInput
from .inputs import HTTP, RTMP, RTSP, SRT, UDP, InputKind, kind_of
from .playlist import in_ascii
from .relay import Relay
from .rtmp_input import RtmpInput, needs_carrying
from .rtsp_entrance import ENTRANCE
from .rtsp_input import RtspInput


def _nothing() -> None: ...


def _no_reason() -> None: ...


_NO_MORE: Mapping[str, str] = {}
HTTP_PIECE_BYTES = 64 * 1024
"""FFmpeg takes at most so much at once: what has come is handed on, however little."""


@dataclass(frozen=True)
class Opened:
    container: InputContainer
    kind: InputKind
    release: Callable[[], None]
    http: HttpInput | None = None
    why: Callable[[], MediaError | None] = _no_reason
    """No more comes, where somebody knows better than FFmpeg."""


def open_input(
    source: str, open_timeout: float, read_timeout: float, ffmpeg: str = "", *, verify: bool = True
) -> Opened:
    """Open and look into `source`. Raises MediaTimeoutError after `open_timeout` seconds, else MediaError."""
    register_secret(source)
    kind = kind_of(source)
    times = (open_timeout, read_timeout)
    if kind is HTTP:
        return _open_http(source, times, verify=verify)
    if kind is RTSP:
        return _open_rtsp(source, RtspInput(source, open_timeout, verify=verify), times)
    if kind is RTMP and needs_carrying(source):
        return _open_rtmp(source, RtmpInput(source, open_timeout, verify=verify), times)
    if kind in (SRT, UDP):
        with at_an_address(source) as there:
            return (
                _open_srt(source, there, times, ffmpeg) if kind is SRT else _open(source, there, kind, times)
            )
    return _open(source, source, kind, times)


@contextmanager
def _closed_on_error(close: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        close()
        raise


def _open_http(source: str, times: tuple[float, float], *, verify: bool) -> Opened:
    http = HttpInput(source, times[1], verify=verify)

    def work() -> InputContainer:
        http.expect(times[0])
        try:
            container = av.open(
                in_ascii(source),
                "r",
                format=http.begin(),
                options=HTTP.av_options(),
                timeout=(None, times[1]),  # what waits while it opens is `http`, which keeps to the time
                metadata_errors="replace",
                io_open=http.open,
                buffer_size=HTTP_PIECE_BYTES,
            )
        except (av.error.FFmpegError, MediaError, ValueError) as error:
            http.end()
            why = http.failure or http.trouble or media_error(error, source, "opening", live=True)
            raise named(why, source, "opening") from None
        if http.failure is not None:
            container.close()
            http.end()
            raise named(http.failure, source, "opening")
        return container

    with _closed_on_error(http.close):
        container = _within(times[0], source, work, http.end)
        http.hold(container)
        return Opened(container, HTTP, http.close, http, lambda: http.failure or http.trouble)


def _open_rtsp(source: str, rtsp: RtspInput, times: tuple[float, float]) -> Opened:
    def work() -> InputContainer:
        with ENTRANCE.admits(rtsp):
            return _opened(source, RTSP, source, times, {"user_agent": rtsp.name})

    return _open_carried(source, rtsp, RTSP, times, work)


def _open_rtmp(source: str, rtmp: RtmpInput, times: tuple[float, float]) -> Opened:
    def work() -> InputContainer:
        return _opened(rtmp.uri, RTMP, source, times, rtmp.options)

    return _open_carried(source, rtmp, RTMP, times, work)


def _open_carried(
    source: str,
    carrier: Carrier,
    kind: InputKind,
    times: tuple[float, float],
    work: Callable[[], InputContainer],
) -> Opened:
    with _closed_on_error(carrier.close):
        try:
            container = _within(times[0], source, work)
        except MediaError as error:
            raise named(carrier.why(error), source, "opening") from None
        return Opened(container, kind, carrier.close, why=lambda: carrier.failure)


def _open_srt(source: str, there: str, times: tuple[float, float], ffmpeg: str) -> Opened:
    relay = Relay(there, times[1], times[0], ffmpeg)
    with _closed_on_error(relay.close):
        return replace(_open(source, relay, SRT, times), release=relay.close)


def _open(source: str, file: object, kind: InputKind, times: tuple[float, float]) -> Opened:
    container = _within(times[0], source, lambda: _opened(file, kind, source, times))
    return Opened(container, kind, _nothing)


def _opened(
    file: object, kind: InputKind, uri: str, times: tuple[float, float], more: Mapping[str, str] = _NO_MORE
) -> InputContainer:
    try:
        return av.open(
            file,
            "r",
            format=kind.format,
            options={**kind.av_options(), **more},
            timeout=times,
            metadata_errors="replace",  # a title in Latin-1 is no reason to show nothing
        )
    except (av.error.FFmpegError, MediaError, ValueError) as error:
        raise media_error(error, uri, "opening", live=kind.live) from None


def _within(
    timeout: float, uri: str, work: Callable[[], InputContainer], closed: Callable[[], None] = _nothing
) -> InputContainer:
    """FFmpeg counts its time-out anew for each step of opening: the sum may be twice the time asked.

    So it works on a thread of its own, which is left behind at the deadline, ends soon after by its own
    time-out and closes what it may still have opened.
    """
    deadline = monotonic() + timeout
    attempt = _Attempt(work, closed)
    if not attempt.done.wait(timeout) or attempt.failed_after(deadline):
        attempt.abandon()
        raise MediaTimeoutError(f"opening {redact_uri(uri)}: nothing came within {timeout:g} s")
    return attempt.result()


class _Attempt:
    """`closed` is called where what was opened too late has been closed."""

    def __init__(self, work: Callable[[], InputContainer], closed: Callable[[], None]) -> None:
        self.done = threading.Event()
        self._work = work
        self._closed = closed
        self._lock = threading.Lock()
        self._abandoned = False
        self._container: InputContainer | None = None
        self._error: Exception | None = None
        self._ended = 0.0
        threading.Thread(target=self._run, name="ffmpeg-open", daemon=True).start()

    def abandon(self) -> None:
        with self._lock:
            self._abandoned = True
            self._drop()

    def failed_after(self, deadline: float) -> bool:
        """Whatever FFmpeg said: what its own time-out interrupts, it calls invalid, say."""
        return self._error is not None and self._ended >= deadline

    def result(self) -> InputContainer:
        if self._error is not None:
            raise self._error
        assert self._container is not None  # noqa: S101 - done, and without an error
        return self._container

    def _run(self) -> None:
        try:
            self._container = self._work()
        except Exception as error:  # noqa: BLE001 - handed over to the thread that asked
            self._error = error
            self._ended = monotonic()
        with self._lock:
            if self._abandoned:
                self._drop()
        self.done.set()

    def _drop(self) -> None:
        if self._container is not None:
            self._container.close()
            self._closed()
