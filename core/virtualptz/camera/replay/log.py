"""Reads a log: a job's own with its older parts, or tracking updates that somebody else wrote down."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from ...errors import ConfigError
from ...model import TrackingUpdate
from ..decision_lines import FORMAT, DroppedLine, Line, ReshapeLine, RuleLine, Start, SteerLine, ViewLine
from ..rotating_file import sibling
from .entries import Command, Log, LoggedUpdate, LoggedView, Section

PROBLEMS_TOLD = 5
LONGEST_SECONDS = 24 * 3600.0
"""Two updates further apart than this are not of one game."""
COMMANDS: dict[str, type[Command]] = {
    "steer": SteerLine,
    "recall": SteerLine,
    "rule": RuleLine,
    "reshape": ReshapeLine,
}


class _When(Line):
    """What an update's line may say of its time, beside `frame_pts`."""

    arrived: float | None = None
    updated_at: float | datetime | None = None
    job_id: str | None = None


class _Unplaced:
    """An update that says by the wall clock alone when it was measured."""

    def __init__(self, where: str, text: bytes, stamp: float | None) -> None:
        self.where, self.text, self.stamp = where, text, stamp


def parts_of(path: Path) -> list[Path]:
    """The files of a rotated log, the oldest first: `path.2`, `path.1`, `path`."""
    older: list[Path] = []
    while (part := sibling(path, len(older) + 1)).exists():
        older.append(part)
    return [*reversed(older), path]


def read_log(path: Path, job_id: str | None = None) -> Log:
    """Lines that cannot be read are left out and told of in `problems`.

    `job_id`: only that job's updates. Raises ConfigError for a file that cannot be read, that holds nothing
    to replay, an update that cannot be placed in time, or updates of several jobs.
    """
    parts = parts_of(path)
    reader = _Reader(Log(tuple(map(str, parts))), job_id)
    for part in parts:
        for where, line, whole in _lines(part):
            reader.read(where, line, whole=whole)
    return reader.finish(path)


def _lines(path: Path) -> Iterator[tuple[str, bytes, bool]]:
    """Where each line is, its text, and whether it ends as a line does."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                yield f"{path.name}:{number}", text, line.endswith(b"\n")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error


class _Reader:
    def __init__(self, log: Log, job_id: str | None) -> None:
        self._log = log
        self._asked_job = job_id
        self._jobs: set[str] = set()
        self._unplaced: list[tuple[Section, _Unplaced]] = []
        self._offset: float | None = None
        """Of the wall clock against stream time, as the first update that tells both has it."""

    def read(self, where: str, line: bytes, *, whole: bool) -> None:
        if not line.strip():
            return
        try:
            fields = from_json(line)
        except ValueError as error:
            cut = "ends in the middle (its writer was cut off)" if not whole else f"is no JSON: {error}"
            self._leave_out(f"{where} {cut}")
            return
        if not isinstance(fields, dict):
            self._leave_out(f"{where} is no JSON object: a log has one update a line")
            return
        try:
            self._take(where, line, fields)
        except ValidationError as error:
            self._leave_out(f"{where}: {_explain(error)}")

    def finish(self, path: Path) -> Log:
        log, asked = self._log, self._asked_job
        if asked is not None:
            log.sections = [each for each in log.sections if each.start is None or each.start.job_id == asked]
        elif len(self._jobs) > 1:
            raise ConfigError(f"{path} holds updates of several jobs: choose one of {_listed(self._jobs)}")
        self._place()
        for section in log.sections:
            if section.start is None and not section.views:
                _in_order_of_arrival(section)
        if not any(_is_replayable(section) for section in log.sections):
            why = f"; {log.problems[0]}" if log.problems else ""
            of_job = f" of job {asked}" if asked else ""
            raise ConfigError(f"{path} holds no tracking update{of_job} that can be used{why}")
        return log

    @property
    def _section(self) -> Section:
        if not self._log.sections:
            self._log.sections.append(Section())
        return self._log.sections[-1]

    def _leave_out(self, problem: str) -> None:
        self._log.skipped += 1
        if len(self._log.problems) < PROBLEMS_TOLD:
            self._log.problems.append(problem)

    def _take(self, where: str, line: bytes, fields: dict[str, Any]) -> None:
        kind = fields.get("kind")
        if kind == "view":
            self._section.entries.append(LoggedView.of(ViewLine.model_validate(fields)))
        elif kind == "start":
            self._begin(where, fields)
        elif kind == "dropped":
            self._log.dropped += DroppedLine.model_validate(fields).lines
        elif isinstance(kind, str) and kind in COMMANDS:
            self._section.entries.append(COMMANDS[kind].model_validate(fields))
        elif kind == "update" or "tracking_confidence" in fields:
            self._take_update(where, line, fields)
        else:
            self._leave_out(f"{where} is no tracking update: it has no tracking_confidence")

    def _begin(self, where: str, fields: dict[str, Any]) -> None:
        if isinstance(found := fields.get("format"), int) and found > FORMAT:
            raise ConfigError(f"{where}: a newer version of VirtualPTZ wrote this log (format {found})")
        try:
            start = Start.model_validate(fields)
        except ValidationError as error:
            raise ConfigError(f"{where}: this version cannot begin there: {_explain(error)}") from error
        if not (start.continues and self._log.sections):
            self._log.sections.append(Section(start))
        if start.job_id:
            self._jobs.add(start.job_id)

    def _take_update(self, where: str, line: bytes, fields: dict[str, Any]) -> None:
        update = TrackingUpdate.model_validate(fields)
        when = _When.model_validate(fields)
        if when.job_id is not None:
            if self._asked_job not in (None, when.job_id):
                return
            self._jobs.add(when.job_id)
        stamp = _seconds(when.updated_at)
        if update.frame_pts is not None and stamp is not None and self._offset is None:
            self._offset = stamp - update.frame_pts
        at = when.arrived if update.frame_pts is None else update.frame_pts
        if at is None:
            self._unplaced.append((self._section, _Unplaced(where, line, stamp)))
        else:
            self._section.entries.append(LoggedUpdate(where, line, at, when.arrived))

    def _place(self) -> None:
        for section, update in self._unplaced:
            if update.stamp is None:
                raise ConfigError(
                    f"{update.where} does not say when: an update needs frame_pts (seconds of stream time), "
                    "or at least arrived or updated_at"
                )
            if self._offset is None:
                self._offset = update.stamp
            at = update.stamp - self._offset
            section.entries.append(LoggedUpdate(update.where, update.text, at, None))


def _seconds(stamp: float | datetime | None) -> float | None:
    return stamp.timestamp() if isinstance(stamp, datetime) else stamp


def _in_order_of_arrival(section: Section) -> None:
    """Somebody else's lines may be in any order. ConfigError where they cannot be of one game."""
    updates = sorted(section.updates, key=lambda each: each.at if each.arrived is None else each.arrived)
    if not updates:
        return
    first, last = min(updates, key=lambda each: each.at), max(updates, key=lambda each: each.at)
    if last.at - first.at > LONGEST_SECONDS:
        raise ConfigError(
            f"{first.where} is at {first.at:g} s and {last.where} at {last.at:g} s: more than a day apart"
        )
    section.entries[:] = updates


def _is_replayable(section: Section) -> bool:
    return any(isinstance(entry, LoggedUpdate | SteerLine) for entry in section.entries)


def _listed(jobs: set[str]) -> str:
    names = sorted(jobs)
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "") + " (--job)"


def _explain(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in problem["loc"])
    return f"{where}: {problem['msg']}" if where else str(problem["msg"])
