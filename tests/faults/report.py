"""Sums up what the fault suite measured: `python -m tests.faults.report FIGURES [--dry] [--add]`.

Prints them and, without `--dry`, puts the figures into docs/reliability.json, in place of those of the same
names that the rows had there (`--add`: beside them), and p50 and p95 into the table of docs/reliability.md.
"""

import json
import math
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from benchmarks.machine import describe

from .figures import STARTED
from .rows import ROWS, Figure, Row

DOCS = Path(__file__).parents[2] / "docs"
MEASURED, PAGE = DOCS / "reliability.json", DOCS / "reliability.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
HEAD = (
    "| # | fault | what is to happen | figure | runs | p50 | p95 | aim | kept | elsewhere |",
    "|---|---|---|---|---|---|---|---|---|---|",
)
REPETITION = re.compile(r"\[run\d+\]$|(?<=\[)run\d+-")
"""In a test's id: the repetitions of one are counted together, those with other parameters are others."""


class Runs(BaseModel):
    """How those of one test ended."""

    runs: int = 0
    failed: int = 0

    def __add__(self, other: "Runs") -> "Runs":
        return Runs(runs=self.runs + other.runs, failed=self.failed + other.failed)


class RowMeasured(BaseModel):
    """What is known of one row."""

    runs: int = 0
    """Of its tests, all together."""
    failed: int = 0
    tests: dict[str, Runs] = Field(default_factory=dict, exclude_if=lambda tests: not tests)
    """The same of each: what one of them finds says nothing of the others."""
    machine: str = ""
    """Where the figures were measured; several: some here, some there."""
    figures: dict[str, list[float]] = Field(default_factory=dict)


class Measured(BaseModel):
    """docs/reliability.json."""

    rows: dict[int, RowMeasured] = Field(default_factory=dict)


def percentile(values: Sequence[float], share: float) -> float:
    """By the nearest rank: a value that was really measured."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def collect(lines: Iterable[str], machine: str) -> dict[int, RowMeasured]:
    found: dict[int, RowMeasured] = defaultdict(lambda: RowMeasured(machine=machine))
    outcomes: dict[tuple[int, str], list[set[str]]] = {}
    for line in lines:
        entry: dict[str, Any] = json.loads(line)
        row, test = found[entry["row"]], (entry["row"], entry["test"])
        if "figure" in entry:
            row.figures.setdefault(entry["figure"], []).append(round(entry["value"], 3))
        elif entry["outcome"] == STARTED:
            outcomes.setdefault(test, []).append(set())
        else:
            outcomes.setdefault(test, [set()])[-1].add(entry["outcome"])
    for (number, test_id), each in outcomes.items():
        _count(found[number], REPETITION.sub("", test_id), [ends for ends in each if ends != {"skipped"}])
    return dict(found)


def _count(row: RowMeasured, test: str, ended: Sequence[set[str]]) -> None:
    """The runs of a test, each of them by the outcomes of its parts: none where it was cut off."""
    if ended:
        more = Runs(runs=len(ended), failed=sum(outcomes != {"passed"} for outcomes in ended))
        row.tests[test] = row.tests.get(test, Runs()) + more
        row.runs += more.runs
        row.failed += more.failed


def merged(old: Measured, new: dict[int, RowMeasured], *, add: bool = False) -> Measured:
    """What is known after these runs. A figure that they did not yield stays: a quick run yields only some.

    So it does where each of them failed before it had one; that they failed is told beside it, until the same
    test is run again.
    """
    rows = dict(old.rows)
    for number, row in new.items():
        if row.runs:
            before = rows.get(number, RowMeasured())
            rows[number] = _added(before, row) if add else _replaced(before, row)
    return Measured(rows=rows)


def _replaced(before: RowMeasured, row: RowMeasured) -> RowMeasured:
    kept = {name: runs for name, runs in before.tests.items() if name not in row.tests}
    runs = sum(kept.values(), Runs(runs=row.runs, failed=row.failed))
    figures = {**before.figures, **row.figures}
    machine = row.machine if row.figures.keys() >= before.figures.keys() else _machines(before, row)
    return RowMeasured(**dict(runs), tests={**kept, **row.tests}, machine=machine, figures=figures)


def _added(before: RowMeasured, row: RowMeasured) -> RowMeasured:
    figures = {
        name: [*before.figures.get(name, ()), *row.figures.get(name, ())]
        for name in _both(before.figures, row.figures)
    }
    tests = {
        name: before.tests.get(name, Runs()) + row.tests.get(name, Runs())
        for name in _both(before.tests, row.tests)
    }
    runs, failed = before.runs + row.runs, before.failed + row.failed
    return RowMeasured(runs=runs, failed=failed, tests=tests, machine=_machines(before, row), figures=figures)


def _machines(before: RowMeasured, row: RowMeasured) -> str:
    return " | ".join(_both(filter(None, before.machine.split(" | ")), [row.machine]))


def _both(first: Iterable[str], second: Iterable[str]) -> list[str]:
    return list(dict.fromkeys((*first, *second)))


def table(measured: Measured, *, whole: bool = False) -> str:
    """Of the rows that were measured, or of all."""
    rows = [row for row in ROWS if whole or row.number in measured.rows]
    return "\n".join([*HEAD, *(line for row in rows for line in _lines(row, measured.rows.get(row.number)))])


def _lines(row: Row, measured: RowMeasured | None) -> Iterator[str]:
    for index, figure in enumerate(row.figures):
        values = [] if measured is None else measured.figures.get(figure.name, [])
        named = (str(row.number), _fault(row, measured), row.expected) if index == 0 else ("", "", "")
        cells = (*named, figure.name, *_numbers(figure, values), row.elsewhere if index == 0 else "")
        yield f"| {' | '.join(cells)} |"


def _fault(row: Row, measured: RowMeasured | None) -> str:
    """With the runs that failed, some of which may have left no figure."""
    if measured is None or not measured.failed:
        return row.fault
    return f"{row.fault} (**{measured.failed} of {measured.runs} runs failed**)"


def _numbers(figure: Figure, values: Sequence[float]) -> tuple[str, str, str, str, str]:
    """Runs, p50, p95, aim, kept. Where the aim is the least, p95 is what 95 % of the runs had at least."""
    if not values:
        return "0", "not measured", "", figure.aimed, ""
    middle, worse = percentile(values, 0.5), percentile(values, 0.05 if figure.at_least else 0.95)
    kept = sum(figure.meets(value) for value in values)
    shown = "" if figure.aim is None else "yes" if kept == len(values) else f"{kept} of {len(values)}"
    return str(len(values)), _number(figure, middle), _number(figure, worse), figure.aimed, shown


def _number(figure: Figure, value: float) -> str:
    shown = f"{value:.4g}" if value < 10_000 else f"{value:,.0f}"
    return f"{shown} {figure.unit}".strip()


def read() -> Measured:
    return Measured.model_validate_json(MEASURED.read_text()) if MEASURED.exists() else Measured()


def with_table(page: str, measured: Measured) -> str:
    """The page with its table drawn anew. ValueError where it has no place for one."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"no {BEGIN} and {END} in it")
    return f"{before}{BEGIN}\n{table(measured, whole=True)}\n{END}{after}"


def keep(measured: Measured) -> None:
    MEASURED.write_text(measured.model_dump_json(indent=1) + "\n")
    PAGE.write_text(with_table(PAGE.read_text(), measured))


def main(figures: Path, *, dry: bool, add: bool) -> None:
    new = collect(
        figures.read_text().splitlines(), "; ".join(f"{name}: {value}" for name, value in describe())
    )
    if not dry:
        keep(merged(read(), new, add=add))
    sys.stdout.write(table(Measured(rows=new)) + "\n")
    for number, row in sorted(new.items()):
        if row.failed:
            names = ", ".join(name for name, runs in row.tests.items() if runs.failed)
            sys.stdout.write(f"row {number}: {row.failed} of {row.runs} runs failed: {names}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), dry="--dry" in sys.argv, add="--add" in sys.argv)
