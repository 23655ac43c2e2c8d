"""Listens to a publishing process, which says on its standard output how its connection stands."""

import queue
import re
import threading
import time
from collections.abc import Callable

from virtualptz.redact import mask

from .child import Child
from .report import ACKNOWLEDGED, CALLING, GREETED, Report

_SRT_REFUSALS = re.compile(r"\bREJECT|rejection HS|\bERROR:(?:BADSECRET|UNSECURE|PEER)\b")
"""libsrt's own words. A call to a port where nobody is times out without any of them."""


def refused_by_srt(child: Child) -> bool:
    return any(_SRT_REFUSALS.search(line) for line in list(child.lines))


class Reports:
    """Reads them in a thread of its own, which ends with the child: an unread pipe would stop it."""

    def __init__(self, child: Child, parse: Callable[[bytes], Report | None]) -> None:
        self._said: queue.SimpleQueue[Report] = queue.SimpleQueue()
        self._child = child
        self._parse = parse
        self._heard: float | None = None
        self._calling: float | None = None
        self._unheard: Report | None = None
        self.acknowledged: int | None = None
        """Bytes, by the server; None: it was not told."""
        threading.Thread(target=self._read, name="publisher-reports", daemon=True).start()

    def get(self, timeout: float = 0.0) -> Report | None:
        """The next one, with nothing secret in it; None where none came in that many seconds."""
        if (unheard := self._unheard) is not None:
            self._unheard = None
            return unheard
        try:
            said = self._said.get(timeout=timeout) if timeout else self._said.get_nowait()
        except queue.Empty:
            return None
        return Report(said.connected, mask(said.reason), said.refused)

    def put_back(self, report: Report) -> None:
        """It is to be the next one again."""
        self._unheard = report

    @property
    def silence(self) -> float:
        """Seconds since it last said anything; 0 where it has not said its first word yet."""
        return 0.0 if self._heard is None else time.monotonic() - self._heard

    @property
    def unanswered(self) -> float:
        """Seconds that a server has been called without a word; 0: it has spoken, or that is not told."""
        calling = self._calling
        return 0.0 if calling is None else time.monotonic() - calling

    def _read(self) -> None:
        assert self._child.process.stdout is not None  # noqa: S101 - publishers are started with a pipe
        with self._child.process.stdout as pipe:
            for line in pipe:
                self._heard = time.monotonic()
                if line in (CALLING, GREETED):
                    self._calling = self._heard if line == CALLING else None
                if line.startswith(ACKNOWLEDGED):
                    self.acknowledged = int(line.removeprefix(ACKNOWLEDGED))
                report = self._parse(line)
                if report is not None:
                    self._calling = None
                    self._said.put(report)
