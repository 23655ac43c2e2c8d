"""Schemathesis's hooks: how many requests were sent, and what no answer may hold.

`FUZZ_FOLDER` gets `count`, to which each run adds its requests, `defects`, a line for each answer that is
one, and `leaks`, a line for each that holds a line of `FUZZ_WORDS`: a secret, or an inside of the agent.
Jobs of `FUZZ_JOBS` are not stopped: all else is tried on them. Schemathesis learns ids from answers, too.
"""

import atexit
import itertools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import schemathesis

from .leaks import leaks

STOPS = frozenset({"/runner/ingest/stop", "/runner/preview/stop"})
DEFECTS = frozenset(range(500, 600)) - {502, 503, 504}
"""Those three are answers of their own: a source that cannot be read, a limit, a source that is silent."""

_numbers = itertools.count(1)
_sent = 0


@schemathesis.hook  # type: ignore[untyped-decorator,unused-ignore]
def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001 - looked up by name
    asked = case.body if case.path in STOPS and isinstance(case.body, dict) else {}
    if asked.get("job_id") in os.environ["FUZZ_JOBS"].split():
        case.body = {**asked, "job_id": "nobody"}


@schemathesis.hook  # type: ignore[untyped-decorator,unused-ignore]
def after_call(context: Any, case: Any, response: Any) -> None:  # noqa: ARG001 - looked up by name
    global _sent
    _sent = next(_numbers)
    heads = (f"{name}: {value}" for name, values in response.headers.items() for value in values)
    found = leaks((response.content.decode(errors="replace"), *heads), os.environ["FUZZ_WORDS"].splitlines())
    asked = f"{case.method} {case.path}"
    _note("leaks", [f"{asked}: {found[0]}"] if found else [])
    _note("defects", [f"{asked}: {response.status_code}"] if response.status_code in DEFECTS else [])


def _note(name: str, lines: Iterable[str]) -> None:
    with _file(name).open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def _file(name: str) -> Path:
    return Path(os.environ["FUZZ_FOLDER"]) / name


def _note_count() -> None:
    count = _file("count")
    before = int(count.read_text()) if count.exists() else 0
    count.write_text(str(before + _sent))


if "FUZZ_FOLDER" in os.environ:
    atexit.register(_note_count)
