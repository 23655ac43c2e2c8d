"""Opening a source in the time allowed, whatever FFmpeg's own time-outs do."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

import av
import av.error
from av.container import InputContainer

from virtualptz.errors import MediaError, MediaTimeoutError
from virtualptz.redact import redact_uri, register_secret

from .failure import media_error
from .http_guard import HttpGuard, guard_for
from .inputs import HTTP, SRT, InputKind, kind_of
from .relay import Relay


@dataclass(frozen=True)
class Opened:
    container: InputContainer
    kind: InputKind
    release: Callable[[], None]


def open_input(source: str, open_timeout: float, read_timeout: float, ffmpeg: str = "") -> Opened:
    """Open and look into `source`. Raises MediaTimeoutError after `open_timeout` seconds, else MediaError."""
    register_secret(source)
    kind = kind_of(source)
    times = (open_timeout, read_timeout)
    if kind is SRT:
        relay = Relay(source, read_timeout, open_timeout, ffmpeg)
        with _closed_on_error(relay.close):
            return Opened(_open(relay, kind, source, times), kind, relay.close)
    guard = guard_for(source) if kind is HTTP else None
    if guard is None:
        return Opened(_open(source, kind, source, times), kind, _nothing)
    with _closed_on_error(guard.close):
        return Opened(_open_guarded(source, guard, times), kind, guard.close)


@contextmanager
def _closed_on_error(close: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        close()
        raise


def _open_guarded(source: str, guard: HttpGuard, times: tuple[float, float]) -> InputContainer:
    try:
        return _open(source, HTTP, source, times, http_proxy=guard.address)
    except MediaTimeoutError:
        raise
    except MediaError:
        # FFmpeg knows of it no more than that a proxy has failed.
        if (failure := guard.failure) is None:
            raise
        raise MediaError(f"opening {redact_uri(source)}: {failure}", retryable=failure.retryable) from None


def _open(
    file: object, kind: InputKind, uri: str, times: tuple[float, float], **options: str
) -> InputContainer:
    def work() -> InputContainer:
        try:
            return av.open(
                file,
                "r",
                format=kind.format,
                options=kind.av_options(**options),
                timeout=times,
                metadata_errors="replace",  # a title in Latin-1 is no reason to show nothing
            )
        except (av.error.FFmpegError, MediaError, ValueError) as error:
            raise media_error(error, uri, "opening", live=kind.live) from None

    return _within(times[0], uri, work)


def _within(timeout: float, uri: str, work: Callable[[], InputContainer]) -> InputContainer:
    """FFmpeg counts its time-out anew for each step of opening: the sum may be twice the time asked.

    So it works on a thread of its own, which is left behind at the deadline, ends soon after by its own
    time-out and closes what it may still have opened.
    """
    deadline = monotonic() + timeout
    attempt = _Attempt(work)
    if not attempt.done.wait(timeout) or attempt.failed_after(deadline):
        attempt.abandon()
        raise MediaTimeoutError(f"opening {redact_uri(uri)}: nothing came within {timeout:g} s")
    return attempt.result()


class _Attempt:
    def __init__(self, work: Callable[[], InputContainer]) -> None:
        self.done = threading.Event()
        self._work = work
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


def _nothing() -> None:
    pass
