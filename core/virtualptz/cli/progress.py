"""How work goes on: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

TOLD_EVERY = 5.0
"""Seconds between two lines."""


class _Speed(ProgressColumn):
    """Times real time."""

    def render(self, task: Task) -> Text:
        began = float(task.fields.get("began", 0.0))
        done = task.completed - began
        return Text(f"{done / task.elapsed:5.1f}x" if task.elapsed and done > 0 else "    - ")


class Bar:
    """One bar a stage: percent, times real time, time left."""

    def __init__(self) -> None:
        self._shown = Progress(
            TextColumn("{task.description:<20}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            _Speed(),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
        )
        self._task: TaskID | None = None
        self._total: float | None = None

    def __enter__(self) -> Self:
        self._shown.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()
        self._shown.stop()

    def begin(self, stage: str, seconds: float | None, done: float = 0.0) -> None:
        self._finish()
        self._total = seconds
        self._task = self._shown.add_task(stage, total=seconds, completed=int(done), began=done)

    def reached(self, seconds: float) -> None:
        if self._task is not None:
            self._shown.update(self._task, completed=seconds)

    def note(self, text: str) -> None:
        self._shown.console.print(text, highlight=False)

    def _finish(self) -> None:
        if self._task is not None and self._total is not None:
            self._shown.update(self._task, completed=self._total)


class Plain:
    """Lines for a log file."""

    def __init__(self) -> None:
        self._stage = ""
        self._seconds: float | None = None
        self._begun_at = self._told_at = self._done = 0.0

    def begin(self, stage: str, seconds: float | None, done: float = 0.0) -> None:
        self._stage, self._seconds, self._done = stage, seconds, done
        self._begun_at = self._told_at = time.monotonic()
        length = "" if seconds is None else f" {seconds:.0f} s"
        self._print(f"{stage}{length}" + (f", from {done:.0f} s on" if done else ""))

    def reached(self, seconds: float) -> None:
        now = time.monotonic()
        if now < self._told_at + TOLD_EVERY:
            return
        self._told_at = now
        speed = (seconds - self._done) / (now - self._begun_at)
        words = [f"{self._stage}: {seconds:.0f} s", f"{speed:.1f} times real time"]
        if self._seconds:
            words.insert(1, f"{min(seconds / self._seconds, 1):.0%}")
            if speed > 0:
                words.append(f"{max(self._seconds - seconds, 0) / speed:.0f} s left")
        self._print(", ".join(words))

    def note(self, text: str) -> None:
        self._print(text)

    def _print(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)
