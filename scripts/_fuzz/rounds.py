"""Schemathesis, again and again until there were requests enough."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .planted import ROOT

CONFIG = """[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 502, 503, 504]
"""
ENDLESS = "/(stream|frames)/|/events$"
"""Answers that last as long as their job does."""


@dataclass(frozen=True)
class Sent:
    requests: int
    defects: Sequence[str]
    """Answers of 500."""
    leaks: Sequence[str]
    well: bool
    """Schemathesis has nothing to say against it."""


@dataclass(frozen=True)
class Target:
    url: str
    key: str
    document: Path
    """Notes go beside it."""
    words: Sequence[str]
    """What no answer may hold."""
    jobs: Sequence[str] = ()
    """That are not to be stopped."""


def send(target: Target, wanted: int, more: Sequence[str] = ()) -> Sent:
    """Until so many were sent, or one round went wrong. `more`: options of Schemathesis."""
    folder = target.document.parent
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)]
    command += ["run", str(target.document), "--url", target.url]
    command += ["--header", f"Authorization: Bearer {target.key}"]
    command += ["--checks", "not_a_server_error", "--request-timeout", "10", "--max-examples", "300"]
    command += ["--exclude-path-regex", ENDLESS, *more]
    notes = {"FUZZ_FOLDER": str(folder), "FUZZ_WORDS": "\n".join(target.words)}
    notes["FUZZ_JOBS"] = " ".join(target.jobs)
    hooks = {"SCHEMATHESIS_HOOKS": "scripts._fuzz.watch", "PYTHONPATH": str(ROOT)}
    well, requests = True, 0
    while well and requests < wanted:
        done = subprocess.run(command, cwd=folder, env={**os.environ, **notes, **hooks}, check=False)
        before, requests = requests, int("".join(_lines(folder / "count")) or 0)
        well = done.returncode == 0 and requests > before
    return Sent(requests, _lines(folder / "defects"), _lines(folder / "leaks"), well)


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
