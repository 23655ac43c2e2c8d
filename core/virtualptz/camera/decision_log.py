"""What an operator saw and decided, written down as it works: enough to draw its path again."""

import logging
import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..model import Edges, TrackingUpdate
from .decision_lines import (
    DroppedLine,
    Start,
    SteerLine,
    command_line,
    numbers_of,
    reshape_line,
    update_line,
    view_line,
)
from .journal import Decided, Ruled, Steered
from .rotating_file import RotatingFile

log = logging.getLogger(__name__)

QUEUE_LINES = 8192
"""About two minutes of a job; what comes while so many wait for the disk is dropped and counted."""
FLUSH_SECONDS = 0.5
CLOSE_SECONDS = 3.0
"""A disk that hangs must not keep a job from ending."""
MEGABYTE = 1_000_000
RULES = ("mode", "policy", "lookahead_seconds", "limits")
"""What is called the same in a rule and in a start."""


@dataclass(frozen=True, slots=True)
class LogSize:
    """How large a log may become: `files` files of `megabytes` (1 000 000 bytes) each."""

    megabytes: float = 50.0
    files: int = 8


@dataclass(frozen=True, slots=True)
class _Updated:
    update: TrackingUpdate
    arrived: float


@dataclass(frozen=True, slots=True)
class _Reshaped:
    at: float
    edges: Edges


Item = Decided | _Updated | Steered | Ruled | _Reshaped


class DecisionLog:
    """A journal in a file. The operator only hands things over; a thread of its own writes them."""

    def __init__(self, path: Path, start: Start, size: LogSize = LogSize()) -> None:
        self._path = path
        self._file = RotatingFile(path, round(size.megabytes * MEGABYTE), size.files)
        self._standing = _Standing(start)
        self._queue: deque[Item] = deque()
        self._overflown = 0
        """Counted by the operator's side alone."""
        self._lost = 0
        """Counted by the writer alone: what the disk did not take."""
        self._reported = 0
        self._begun = False
        """Whether a line of ours is on the disk."""
        self._broken = False
        self._stop = threading.Event()
        self._writer = threading.Thread(target=self._run, name="decision log", daemon=True)

    def start(self) -> None:
        self._writer.start()

    def close(self) -> None:
        """Write what is still there; returns within a few seconds. What comes later is left out."""
        self._stop.set()
        self._writer.join(CLOSE_SECONDS)
        if self._writer.is_alive():
            log.warning("%s: the disk does not take the last lines", self._path)

    @property
    def dropped(self) -> int:
        """Lines that found no room."""
        return self._overflown + self._lost

    def updated(self, update: TrackingUpdate, arrived: float) -> None:
        self._put(_Updated(update, arrived))

    def decided(self, decided: Decided) -> None:
        self._put(decided)

    def steered(self, steered: Steered) -> None:
        self._put(steered)

    def ruled(self, ruled: Ruled) -> None:
        self._put(ruled)

    def reshaped(self, at: float, edges: Edges) -> None:
        self._put(_Reshaped(at, edges))

    def _put(self, item: Item) -> None:
        # No lock: the operator's own serialises the calls, and a deque's two ends are safe.
        if self._stop.is_set():
            return
        if len(self._queue) >= QUEUE_LINES:
            self._overflown += 1
        else:
            self._queue.append(item)

    def _run(self) -> None:
        while not self._stop.wait(FLUSH_SECONDS):
            self._write_queue()
        self._write_queue()
        self._file.close()

    def _write_queue(self) -> None:
        taken = 0
        try:
            while self._queue:
                item = self._queue.popleft()
                taken += 1
                self._append(item)
            missing = self.dropped - self._reported
            if missing:
                line = DroppedLine(lines=missing).model_dump_json()
                self._file.append(line.encode() + b"\n", self._standing.heading)
            self._file.flush(self._standing.heading)
            self._reported += missing
        except OSError as error:
            self._lost += taken
            self._standing.begun = self._begun
            self._say_broken(error)
        else:
            self._begun = True
            self._say_whole()

    def _append(self, item: Item) -> None:
        try:
            line = _encoded(item)
        except ValueError:  # what a detector adds to a target may be anything
            self._lost += 1
            log.warning("an update cannot be written down", exc_info=True)
            return
        self._file.append(line, self._standing.heading)
        self._standing.take(item)

    def _say_broken(self, error: OSError) -> None:
        if not self._broken:
            self._broken = True
            log.warning("the decision log cannot be written, and is tried again: %s", error)

    def _say_whole(self) -> None:
        if self._broken:
            self._broken = False
            log.warning("the decision log is written again; %d lines are missing", self.dropped)


class _Standing:
    """How the operator stands after the lines so far: what a file begins with. Belongs to the writer."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self.begun = False
        self._decided: Decided | None = None
        self._steered: Steered | None = None

    def take(self, item: Item) -> None:
        match item:
            case Decided():
                self._decided = item
            case Steered():
                self._steered = item
            case Ruled():
                asked = {name: getattr(item, name) for name in RULES}
                known = {name: value for name, value in asked.items() if value is not None}
                self._start = self._start.model_copy(update=known)
            case _Reshaped():
                shape = (item.edges.shape.width, item.edges.shape.height)
                self._start = self._start.model_copy(update={"shape": shape, "aspect": item.edges.aspect})

    def heading(self) -> bytes:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        changes: dict[str, object] = {"written": now, "continues": self.begun}
        decided, steered = self._decided, self._steered
        if decided is not None:
            changes |= {"at": decided.at, "view": numbers_of(decided.view), "policy": decided.policy}
            if decided.holder == "manual" and steered is not None:
                changes["held"] = SteerLine.of(steered)
        self.begun = True
        return self._start.model_copy(update=changes).model_dump_json(exclude_none=True).encode() + b"\n"


def _encoded(item: Item) -> bytes:
    match item:
        case Decided():
            line = view_line(item)
        case _Updated():
            line = update_line(item.update, item.arrived)
        case Steered() | Ruled():
            line = command_line(item)
        case _Reshaped():
            line = reshape_line(item.at, item.edges)
    return line.encode() + b"\n"
