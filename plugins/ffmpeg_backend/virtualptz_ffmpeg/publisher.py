"""Keeps a publishing process going, and fed."""

import fcntl
import logging
import os
import random
import select
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from virtualptz.errors import MediaError

from .child import Child
from .coded import Coded
from .gops import GopQueue
from .quiet import Quiet

log = logging.getLogger(__name__)

PIPE_BYTES = 1 << 18
STUCK_SECONDS = 4.0
"""A publisher that takes nothing from its pipe for so long is wedged: it drops rather than waits."""
POLL_SECONDS = 0.25
FIRST_DELAY, LONGEST_DELAY = 0.5, 8.0
HEALTHY_SECONDS = 20.0
DRAIN_SECONDS = 3.0
FINISH_SECONDS = 4.0


class Feeder(Protocol):
    """Writes packets into one child's pipe, through `PipeEnd`."""

    def write(self, packet: Coded) -> None: ...

    def finish(self) -> None: ...


@dataclass(frozen=True)
class Route:
    """How a child is started and what it is fed. `start` may raise MediaError."""

    start: Callable[[Callable[[str], None]], Child]
    feeder: Callable[["PipeEnd"], Feeder]


class PipeError(OSError):
    """The child has gone, or takes nothing any more."""


class PipeEnd:
    """The writing end of a child's stdin: never waits for longer than the child may hang."""

    def __init__(self, child: Child, hurry: threading.Event) -> None:
        assert child.process.stdin is not None  # noqa: S101 - publishers are started with a pipe
        self._file = child.process.stdin
        self._ended = child.ended
        self._hurry = hurry
        self.bytes_written = 0
        os.set_blocking(self._file.fileno(), False)
        try:
            fcntl.fcntl(self._file.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        except OSError:  # the user's share of pipe memory is used up: the usual 64 KiB serve too
            log.debug("the publisher's pipe keeps its usual size")

    def write(self, data: bytes) -> int:
        rest = memoryview(data)
        while rest:
            rest = rest[self._write_some(rest) :]
        self.bytes_written += len(data)
        return len(data)

    def check(self) -> None:
        """Raises PipeError where the child has ended."""
        if self._ended.is_set():
            raise PipeError("the publisher has gone")

    def close(self) -> None:
        try:
            self._file.close()
        except OSError:
            return

    def _write_some(self, data: memoryview) -> int:
        deadline = time.monotonic() + STUCK_SECONDS
        while True:
            try:
                return os.write(self._file.fileno(), data)
            except BlockingIOError:
                select.select([], [self._file], [], POLL_SECONDS)
            except OSError as error:
                raise PipeError("the publisher has gone") from error
            if time.monotonic() > deadline or self._hurry.is_set():
                raise PipeError(f"the publisher takes nothing for {STUCK_SECONDS:g} s")


class Publisher:
    """One thread that owns one child at a time."""

    def __init__(self, queue: GopQueue, route: Route) -> None:
        self.restarts = 0
        self.bytes_written = 0
        self.last_error: str | None = None
        self._queue = queue
        self._route = route
        self._quiet = Quiet()
        self._hurry = threading.Event()
        self._child: Child | None = None
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        child = self._child
        return None if child is None or child.ended.is_set() else child.pid

    def close(self) -> None:
        """Let it send what waits, for a few seconds, then end it."""
        self._queue.close()
        self._thread.join(DRAIN_SECONDS)
        self._hurry.set()
        self._thread.join(FINISH_SECONDS + DRAIN_SECONDS)
        self._queue.discard()

    def _run(self) -> None:
        delay = FIRST_DELAY
        while not self._over():
            began = time.monotonic()
            if self._publish():
                return
            if self._over():
                return
            self.restarts += 1
            self._queue.rewind()
            delay = FIRST_DELAY if time.monotonic() - began > HEALTHY_SECONDS else delay
            self._hurry.wait(delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            delay = min(2 * delay, LONGEST_DELAY)

    def _over(self) -> bool:
        return self._hurry.is_set() or (self._queue.closed and self._queue.empty)

    def _publish(self) -> bool:
        """One child's life; True when all has been sent and the child has ended well."""
        try:
            child = self._child = self._route.start(self._heard)
        except MediaError as error:
            self._failed(str(error))
            return False
        try:
            pipe = PipeEnd(child, self._hurry)
            done = self._feed(child, pipe)
            pipe.close()
            child.stop(patience=FINISH_SECONDS if done else 0)
            return done
        finally:
            child.kill()

    def _feed(self, child: Child, pipe: PipeEnd) -> bool:
        before = self.bytes_written
        try:
            feeder = self._route.feeder(pipe)
            while True:
                packet = self._queue.get(POLL_SECONDS)
                if packet is not None:
                    feeder.write(packet)
                    self.bytes_written = before + pipe.bytes_written
                elif self._queue.closed:
                    feeder.finish()
                    return True
                else:
                    pipe.check()
        except PipeError as error:
            child.ended.wait(POLL_SECONDS)
            self._failed(child.last_line or str(error))
            return False

    def _failed(self, reason: str) -> None:
        self.last_error = reason
        log.warning("publishing: %s", reason)

    def _heard(self, line: str) -> None:
        self.last_error = line
        if self._quiet.lets_through(line):
            log.warning("publisher: %s", line)
