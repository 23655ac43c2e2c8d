"""Tracking sources that come with the agent: the simulated match, and a file that a detector rewrites."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from pydantic import Field

from .. import hookimpl
from ..model import Extension, FrameRequest, Frozen, MediaInfo, TrackingUpdate
from ..protocols import Frame, TrackingSource
from .input_file import InputFile, InputFileError
from .sim import observer

log = logging.getLogger(__name__)

Clock = Callable[[], float]
"""The job's stream time now, in seconds."""


class SimOptions(Frozen):
    seed: int = Field(
        default=7,
        description="of the match that is made up; the same one, the same match",
        json_schema_extra={"unit": "none"},
    )
    interval: float = Field(
        default=1.0,
        gt=0,
        allow_inf_nan=False,
        description="between two updates",
        json_schema_extra={"unit": "seconds"},
    )
    source: str = Field(
        default="runner-sim", min_length=2, max_length=32, description="who is said to have measured"
    )


class FileOptions(Frozen):
    path: Path = Field(description="what a detector keeps rewriting; the worker's --input-file")
    interval: float = Field(
        default=1.0,
        gt=0,
        allow_inf_nan=False,
        description="between two looks at it",
        json_schema_extra={"unit": "seconds"},
    )
    source: str = Field(
        default="detector-worker",
        min_length=2,
        max_length=32,
        description="said to have measured where the file itself does not say who did",
    )
    stale_seconds: float = Field(
        default=0.0,
        ge=0,
        description="a file that has not been rewritten for so long is skipped; 0: however old it is",
        json_schema_extra={"unit": "seconds"},
    )


class _Paced:
    """What both have in common: no frames, one update an interval, ended from any thread."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._closed = threading.Event()

    def wants(self, media: MediaInfo | None) -> FrameRequest | None:  # noqa: ARG002
        return None

    def close(self) -> None:
        self._closed.set()

    def _beats(self) -> Iterator[None]:
        """One an interval, until closed; time spent between two is part of the interval."""
        while not self._closed.is_set():
            began = monotonic()
            yield
            self._closed.wait(max(0.0, began + self._interval - monotonic()))


class SimSource(_Paced):
    """The simulated match, played at a clock's time: by itself, of the seconds since it began."""

    def __init__(self, options: SimOptions) -> None:
        super().__init__(options.interval)
        self._options = options
        self._clock: Clock | None = None

    def follow(self, clock: Clock) -> None:
        """Play in step with a job's stream, so that a drawn court and its tracking agree."""
        self._clock = clock

    def updates(self, frames: Iterator[Frame] | None) -> Iterator[TrackingUpdate]:  # noqa: ARG002
        clock = self._clock or _stopwatch()
        match = observer(self._options.seed)
        for _ in self._beats():
            yield match.update(clock(), self._options.source)


class FileSource(_Paced):
    """Reads the file anew each interval; what is no update is reported once and skipped."""

    def __init__(self, options: FileOptions) -> None:
        super().__init__(options.interval)
        self._file = InputFile(options.path, options.source, options.stale_seconds)
        self._trouble = ""

    def updates(self, frames: Iterator[Frame] | None) -> Iterator[TrackingUpdate]:  # noqa: ARG002
        for _ in self._beats():
            try:
                update = self._file.read(self._closed.wait)
            except InputFileError as error:
                self._report(str(error))
            else:
                self._report("")
                yield update

    def _report(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            log.warning("input file skipped: %s", trouble)
        elif self._trouble and not trouble:
            log.info("input file is good again")
        self._trouble = trouble


def _stopwatch() -> Clock:
    began = monotonic()
    return lambda: monotonic() - began


@hookimpl
def vptz_tracking_sources() -> Iterable[Extension[TrackingSource, Any]]:
    return (
        Extension("sim", SimOptions, SimSource, preference=0),
        Extension("file", FileOptions, FileSource, preference=0),
    )
