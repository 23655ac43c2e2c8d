"""`python -m tests.faults.soak --minutes N [--seed S] [--faults none|all] [--write]`: see scripts/soak."""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.machine import describe

from .. import report
from .outcome import Outcome
from .run import Soak, say_aloud

ROW, NAME = 26, "scripts/soak"
BEGIN, END = "<!-- soak: begin -->", "<!-- soak: end -->"


def main() -> int:
    """1 where a bound was not kept."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        soak = Soak(60 * asked.minutes, asked.seed, asked.faults == "all", say=say_aloud)
        outcome = soak.run(Path(folder))
    machine = "; ".join(f"{name}: {value}" for name, value in describe())
    table = f"{outcome.table()}\n\n{machine}"
    say_aloud(f"\n{table}\n")
    broken = list(outcome.broken())
    for line in broken:
        say_aloud(f"not kept: {line}")
    if asked.write:
        keep(outcome, table, machine, failed=bool(broken))
    return 1 if broken else 0


def keep(outcome: Outcome, shown: str, machine: str, *, failed: bool) -> None:
    """In docs/reliability.md, and as the figures of its row of the table."""
    report.PAGE.write_text(with_result(report.PAGE.read_text(), shown))
    figures = {name: [round(value, 3)] for name, value in outcome.figures().items()}
    runs = report.Runs(runs=1, failed=int(failed))
    row = report.RowMeasured(**dict(runs), tests={NAME: runs}, machine=machine, figures=figures)
    report.keep(report.Measured(rows={**report.read().rows, ROW: row}))


def with_result(page: str, result: str) -> str:
    """The page with the result in its place. ValueError where it has none."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"no {BEGIN} and {END} in it")
    return f"{before}{BEGIN}\n{result}\n{END}{after}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="soak")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=7, help="of the faults and of what people do")
    parser.add_argument("--faults", choices=("none", "all"), default="all")
    parser.add_argument("--write", action="store_true", help="put the result into docs/reliability.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
