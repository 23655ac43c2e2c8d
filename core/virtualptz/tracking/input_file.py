"""The worker's input file: a tracking update as JSON, rewritten by a detector while it is read."""

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from ..errors import VirtualPtzError
from ..model import TrackingUpdate
from .state import Hysteresis, memoryless_state

MAX_BYTES = 1 << 20
LOOKS = 3
LOOK_AGAIN_SECONDS = 0.03
"""A writer that is caught in the middle has finished by then."""


class InputFileError(VirtualPtzError):
    """The file is missing, half-written or no tracking update."""


class InputFile:
    """Reads one file again and again; remembers the tracking state from one reading to the next."""

    def __init__(self, path: Path, source: str, stale_seconds: float = 0.0) -> None:
        self._path = path
        self._source = source
        self._stale_seconds = stale_seconds
        self._state: Hysteresis | None = None
        self._written: int | None = None
        """The file's own mark of when it was last written, and since when we know it (monotonic)."""
        self._known_since = 0.0

    def read(self, wait: Callable[[float], object]) -> TrackingUpdate:
        """The file's update, state and source filled in where it leaves them out.

        Raises InputFileError where several looks, `wait` between them, found none.
        """
        for _ in range(LOOKS - 1):
            try:
                return self._complete(self._parsed())
            except InputFileError:
                wait(LOOK_AGAIN_SECONDS)
        return self._complete(self._parsed())

    def _parsed(self) -> TrackingUpdate:
        content = self._content()
        if not content.strip():
            raise InputFileError(f"{self._path}: empty")
        try:
            return TrackingUpdate.model_validate_json(content)
        except ValidationError as error:
            raise InputFileError(f"{self._path}: {_first_problem(error)}") from None

    def _content(self) -> bytes:
        try:
            # Without O_NONBLOCK, opening a pipe waits for its writer, for ever.
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with open(descriptor, "rb") as file:  # noqa: PTH123 (a descriptor, not a path)
                self._check(os.fstat(descriptor))
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise InputFileError(f"{self._path}: {error.strerror or error}") from error

    def _check(self, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise InputFileError(f"{self._path}: not a regular file")
        if found.st_size > MAX_BYTES:
            raise InputFileError(f"{self._path}: larger than {MAX_BYTES} bytes")
        if 0 < self._stale_seconds < self._age(found):
            raise InputFileError(f"{self._path}: not rewritten for {self._stale_seconds:g} s")

    def _age(self, found: os.stat_result) -> float:
        """The file's own mark and the wall clock are compared at the first look only: that clock may jump."""
        now = time.monotonic()
        if self._written is None:
            self._known_since = now - max(0.0, time.time() - found.st_mtime)
        elif found.st_mtime_ns != self._written:
            self._known_since = now
        self._written = found.st_mtime_ns
        return now - self._known_since

    def _complete(self, update: TrackingUpdate) -> TrackingUpdate:
        confidence = update.tracking_confidence
        before = self._state or Hysteresis(memoryless_state(confidence))
        self._state = before.after(confidence)
        derived = {
            "source": self._source,
            "tracking_state": self._state.state,
            "fallback_active": self._state.fallback_active,
        }
        missing = {name: value for name, value in derived.items() if name not in update.model_fields_set}
        return TrackingUpdate.model_validate({**update.model_dump(exclude_unset=True), **missing})


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in problem["loc"])
    return f"{where}: {problem['msg']}" if where else str(problem["msg"])
