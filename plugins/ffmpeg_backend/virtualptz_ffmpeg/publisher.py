"""Keeps a publishing process going, and fed."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from virtualptz.errors import MediaError
from virtualptz.model import STAGE_BOUNDS, PublishReport, Stopwatch
from virtualptz.redact import mask

from .child import Child
from .coded import AGAIN, VIDEO, Coded
from .gops import GopQueue
from .link import Link
from .pipe import POLL_SECONDS, PipeEnd, PipeError
from .quiet import Quiet
from .report import Report
from .reports import Reports, refused_by_srt

log = logging.getLogger(__name__)

CONNECT_SECONDS = 12.0
"""An attempt that takes longer hangs. A server asks others about us for up to ten."""
GREETING_SECONDS = 5.0
"""For its first word, before that: it asks nobody for it, and needs two ways there and back."""
DEAF_SECONDS = 1.5
"""A publishing process that ought to end and has given no sign of life for so long is killed."""
MERCY_SECONDS = 0.3
"""From SIGTERM, by which an SRT caller tells the far side that it goes, to SIGKILL."""
LEAVE_SECONDS = 3.0


class Feeder(Protocol):
    """Writes packets into one child's pipe, through `PipeEnd`."""

    def write(self, packets: Sequence[Coded]) -> None: ...

    def finish(self) -> None: ...


@dataclass(frozen=True)
class Route:
    """How a child is started and what it is fed. `start` may raise MediaError."""

    start: Callable[[Callable[[str], None]], Child]
    feeder: Callable[["PipeEnd", bool], Feeder]
    """The flag: the last one that tried got no answer at all."""
    parse: Callable[[bytes], Report | None]
    """Reads a line of the child's standard output."""
    connects_first: bool = True
    """Nothing is fed before the child says that it is connected; it tries as often as it is told to. Else it
    connects while it is fed, once, and ends where that fails."""
    drain_seconds: float = 1.2
    """How long what waits may still be sent once the program has ended."""


class Publisher:
    """One thread that owns one child at a time. While nobody takes it, the program waits in the queue."""

    def __init__(self, queue: GopQueue, route: Route) -> None:
        self.restarts = 0
        self.bytes_written = 0
        self.last_error: str | None = None
        self.took_out = Stopwatch(STAGE_BOUNDS)
        """Of a picture, from the encoder to the child's pipe."""
        self._queue = queue
        self._route = route
        self._link = Link()
        self._delay = 0.0
        self._unanswered = False
        self._quiet = Quiet()
        self._hurry = threading.Event()
        self._child: Child | None = None
        self._reports: Reports | None = None
        self._acknowledged: tuple[int | None, Reports | None] = (None, None)
        """By the servers of children that are no more, and whoever hears of this one's."""
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        child = self._child
        return None if child is None or child.ended.is_set() else child.pid

    @property
    def bytes_acknowledged(self) -> int | None:
        """By the server, its protocol's own among them; None: that is not known of it."""
        before, reports = self._acknowledged
        now = None if reports is None else reports.acknowledged
        return before if now is None else now + (before or 0)

    @property
    def report(self) -> PublishReport:
        return self._link.report

    def close(self) -> None:
        """Let it send what waits, for as long as that gets on, then end it."""
        self._queue.close()
        began = time.monotonic()
        while self._thread.is_alive() and not self._is_in_vain(began):
            self._thread.join(POLL_SECONDS)
        self._hurry.set()
        self._thread.join(LEAVE_SECONDS)
        self._queue.discard()

    def _is_in_vain(self, since: float) -> bool:
        """Whether what was to end by itself since then never will, or for too long has not."""
        waited = time.monotonic() - since
        silence = 0.0 if self._reports is None else self._reports.silence
        return waited > self._route.drain_seconds or min(silence, waited) > DEAF_SECONDS

    def _run(self) -> None:
        while not self._over():
            if self._attempt() or self._over():
                return
            self.restarts += 1
            self._queue.rewind()
            self._wait()

    def _over(self) -> bool:
        return self._hurry.is_set() or (self._queue.closed and self._queue.empty)

    def _wait(self) -> None:
        self._hurry.wait(self._delay)
        self._link.trying()

    def _attempt(self) -> bool:
        """As `_publish`; what else it meets may be gone the next time."""
        try:
            return self._publish()
        except Exception as error:  # the top of a thread: the machine may be out of threads or descriptors
            reason = mask(f"{type(error).__name__}: {error}")
            if self._quiet.lets_through(f"an error: {reason}"):
                log.exception("publishing broke off")
            self._failed(Report(False, reason))
            return False

    def _publish(self) -> bool:
        """One child's life; True when all has been sent and the child has ended well."""
        try:
            child = self._child = self._route.start(self._heard)
        except MediaError as error:
            self._failed(Report(False, str(error)))
            return False
        try:
            pipe, reports = PipeEnd(child, self._hurry), Reports(child, self._route.parse)
            self._reports = reports
            self._acknowledged = (self.bytes_acknowledged, reports)
            done = self._serve(child, pipe, reports)
            pipe.close()
            while done and not child.ended.wait(POLL_SECONDS) and not self._hurry.is_set():
                continue
            return done
        finally:
            child.stop(patience=0, mercy=MERCY_SECONDS)

    def _serve(self, child: Child, pipe: PipeEnd, reports: Reports) -> bool:
        before = self.bytes_written
        try:
            feeder = self._route.feeder(pipe, self._unanswered)
            if self._route.connects_first:
                self._connect(pipe, reports)
            while True:
                packets = self._queue.get(POLL_SECONDS)
                if packets:
                    feeder.write(packets)
                    self._note_times(packets)
                    self.bytes_written = before + pipe.bytes_written
                elif self._queue.closed:
                    feeder.finish()
                    return True
                else:
                    pipe.check()
                self._listen(reports)
        except PipeError as error:
            if not self._hurry.is_set():
                self._failed(self._last_word(child, reports, str(error)))
            return False

    def _note_times(self, packets: Sequence[Coded]) -> None:
        for packet in packets:
            if packet.stream == VIDEO:
                self.took_out.took(time.monotonic() - packet.made)

    def _connect(self, pipe: PipeEnd, reports: Reports) -> None:
        """Raises PipeError where the child goes, or hangs."""
        while not self._await(pipe, reports):
            self._wait()
            if self._hurry.is_set():
                raise PipeError("closed before the server was there")
            pipe.write(AGAIN)

    def _await(self, pipe: PipeEnd, reports: Reports) -> bool:
        """Whether the attempt that is under way succeeds."""
        deadline = time.monotonic() + CONNECT_SECONDS
        while (report := reports.get(POLL_SECONDS)) is None:
            pipe.check()
            ignored = reports.unanswered > GREETING_SECONDS
            if ignored or self._hurry.is_set() or time.monotonic() > deadline:
                self._unanswered = True
                raise PipeError(f"no answer within {GREETING_SECONDS if ignored else CONNECT_SECONDS:g} s")
        if report.connected:
            self._unanswered = False
            self._link.connected()
        else:
            self._failed(report)
        return report.connected

    def _listen(self, reports: Reports) -> None:
        """To a child that connects while it is fed. Why it goes is left for when it has gone."""
        while (report := reports.get()) is not None:
            if not report.connected:
                reports.put_back(report)
                return
            if self._link.report.state != "publishing":
                self._link.connected()

    def _last_word(self, child: Child, reports: Reports, otherwise: str) -> Report:
        """Why the child has gone."""
        child.ended.wait(POLL_SECONDS)
        while (report := reports.get(POLL_SECONDS)) is not None:
            if not report.connected:
                return report
        return Report(False, child.last_line or otherwise, refused_by_srt(child))

    def _failed(self, report: Report) -> None:
        self.last_error = report.reason
        self._delay = self._link.lost(report.reason, refused=report.refused)
        if self._quiet.lets_through(report.reason):
            log.warning("publishing: %s; next try in %.1f s", report.reason, self._delay)

    def _heard(self, line: str) -> None:
        if self._quiet.lets_through(line):
            log.warning("publisher: %s", line)
