"""How log lines look: JSON for a journal, coloured on a terminal, text elsewhere; with job and request."""

import json
import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, TextIO, cast

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from .redact import SecretFilter, mask

LogForm = Literal["auto", "text", "json"]
OURS = "virtualptz"
FORM, LEVEL = "RUNNER_LOG_FORMAT", "RUNNER_LOG_LEVEL"
TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
JSON = "%(levelname)s %(name)s %(message)s"
COLOURS = {"DEBUG": "2", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}
LEFT_OUT = (*RESERVED_ATTRS, "color_message")
"""uvicorn's `color_message` is the message once more, with other arguments."""

_TOLD = re.compile(
    r"\d{4}-\d\d-\d\d [\d:,]+ [A-Z]+ [\w.]+: (?P<said>.*?)(?: \[(?:(?:job|request)_id=\S+ ?)+\])?", re.DOTALL
)
_JOB: ContextVar[str] = ContextVar("job_id", default="")
_REQUEST: ContextVar[str] = ContextVar("request_id", default="")
_process_job = ""
"""Threads do not inherit a context, and a job's process has one job."""


@contextmanager
def about_job(job_id: str) -> Iterator[None]:
    """Lines of this task, and of those that it starts, are about a job."""
    token = _JOB.set(job_id)
    try:
        yield
    finally:
        _JOB.reset(token)


@contextmanager
def about_request(request_id: str) -> Iterator[None]:
    """Lines of this task, and of those that it starts, come of a request."""
    token = _REQUEST.set(request_id)
    try:
        yield
    finally:
        _REQUEST.reset(token)


class Formatter(logging.Formatter):
    """Text for people, coloured or not; the ids of job and request stand at the end of the first line."""

    def __init__(self, *, coloured: bool) -> None:
        super().__init__(TEXT)
        self._coloured = coloured

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        ids = {"job_id": _JOB.get(), "request_id": _REQUEST.get()}
        told = " ".join(f"{name}={value}" for name, value in ids.items() if value)
        line = super().formatMessage(record) + (f" [{told}]" if told else "")
        colour = COLOURS.get(record.levelname) if self._coloured else None
        return f"\x1b[{colour}m{line}\x1b[0m" if colour else line


class JsonLines(JsonFormatter):
    """One object a line. Masked once more: what a caller adds as `extra` has not gone through a filter."""

    def __init__(self) -> None:
        renamed = {"levelname": "level", "name": "logger", "exc_info": "exception", "stack_info": "stack"}
        super().__init__(JSON, rename_fields=renamed, timestamp="time", reserved_attrs=LEFT_OUT)

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        ids = {"job_id": _JOB.get() or _process_job, "request_id": _REQUEST.get()}
        time = {"time": log_data.pop("time").isoformat(timespec="milliseconds")}
        kept = {name: value for name, value in log_data.items() if name not in ids}
        told = {name: value for name, value in ids.items() if value}
        return cast("dict[str, Any]", _masked(time | kept | told))


def formatter(form: str = "", stream: TextIO | None = None) -> logging.Formatter:
    """For lines to `stream` (stderr, if not given). An unknown form is `auto`: settings tell of it."""
    form = resolved(form or os.environ.get(FORM, ""))
    if form == "json":
        return JsonLines()
    terminal = (stream or sys.stderr).isatty()
    return Formatter(coloured=terminal and not os.environ.get("NO_COLOR"))


def resolved(form: str) -> Literal["text", "json"]:
    """What `auto` means here: JSON where systemd's journal takes the lines, but not on a terminal."""
    if form in ("text", "json"):
        return cast("Literal['text', 'json']", form)
    return "json" if os.environ.get("JOURNAL_STREAM") and not sys.stderr.isatty() else "text"


def level_of(name: str = "") -> int:
    """Of ours. An unknown name is `info`: settings tell of it."""
    known = logging.getLevelNamesMapping()
    return known.get((name or os.environ.get(LEVEL, "")).upper(), logging.INFO)


def said_in(line: str) -> str:
    """What a line of ours says, whatever form it has: without time, level, logger and ids. Others stay."""
    if line.startswith("{"):
        try:
            said = json.loads(line)["message"]
        except (ValueError, KeyError):
            return line
        return str(said)
    found = _TOLD.fullmatch(line)
    return found["said"] if found else line


def for_children(form: str, level: str) -> Mapping[str, str]:
    """A child's stderr is a file: it cannot tell by itself what its agent's lines look like."""
    return {FORM: resolved(form), LEVEL: level}


def start_logging(
    *filters: logging.Filter, others: int = logging.INFO, form: logging.Formatter | None = None, job: str = ""
) -> None:
    """For a process of ours that is no agent; `others`: from which level on others' lines are shown."""
    global _process_job
    _process_job = job
    handler = logging.StreamHandler()
    handler.setFormatter(form or formatter())
    for one in (*filters, SecretFilter()):
        handler.addFilter(one)
    level = level_of()
    logging.basicConfig(level=max(level, others), handlers=[handler])
    logging.getLogger(OURS).setLevel(max(level, others) if level >= logging.INFO else level)


def _masked(value: object) -> object:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {_masked(key): _masked(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(each) for each in value]
    return value if isinstance(value, int | float | None) else mask(str(value))
