"""`python -m scripts._fuzz [--requests N] [--write] [of Schemathesis ...]`: see scripts/fuzz-api."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.faults import report
from tests.faults.figures import STARTED, note_figure, note_outcome

from benchmarks.machine import describe

from .run import run

ROW, NAME = 20, "scripts/fuzz-api"


def main() -> int:
    """1 where something is wrong."""
    asked, more = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the agent ends with this, not after it
    note_outcome(ROW, NAME, STARTED)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        outcome = run(Path(folder), asked.requests, more)
    broken = list(outcome.broken())
    for name, value in outcome.figures().items():
        note_figure(ROW, NAME, name, value)
        print(f"{name}: {value:,.0f}")
    for line in broken:
        print(line, file=sys.stderr)
    note_outcome(ROW, NAME, "failed" if broken else "passed")
    if asked.write:
        keep(outcome.figures(), failed=bool(broken))
    return 1 if broken else 0


def keep(figures: Mapping[str, float], *, failed: bool) -> None:
    """As figures of the row, in docs/reliability.json and the table of docs/reliability.md."""
    runs = report.Runs(runs=1, failed=int(failed))
    machine = "; ".join(f"{name}: {value}" for name, value in describe())
    values = {name: [value] for name, value in figures.items()}
    row = report.RowMeasured(**dict(runs), tests={NAME: runs}, machine=machine, figures=values)
    report.keep(report.merged(report.read(), {ROW: row}))


def _arguments() -> tuple[argparse.Namespace, list[str]]:
    """Those of Schemathesis are the rest."""
    parser = argparse.ArgumentParser(prog="fuzz-api", allow_abbrev=False)
    parser.add_argument("--requests", type=int, default=10_000, help="at least so many are sent")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/reliability.md")
    return parser.parse_known_args()


if __name__ == "__main__":
    sys.exit(main())
