"""Results as Markdown: printed, and kept in docs/benchmarks.md, a section a benchmark."""

import math
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from .machine import describe

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class Result:
    """What one benchmark found."""

    name: str
    title: str
    claim: str
    """What is aimed at, and whether it is met."""
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: str = ""

    def markdown(self) -> str:
        table = [self.head, ("---",) * len(self.head), *self.rows]
        lines = ["| " + " | ".join(row) + " |" for row in table]
        machine = "; ".join(f"{name}: {value}" for name, value in describe())
        parts = [f"## {self.title}", self.claim, "\n".join(lines), self.notes]
        parts.append(
            f"Measured {date.today().isoformat()} by `python benchmarks/run.py {self.name}`. {machine}."
        )
        return "\n\n".join(part for part in parts if part)

    def keep(self) -> None:
        """Put the section into the page, in place of its older self."""
        begin, end = f"<!-- {self.name} -->", f"<!-- end of {self.name} -->"
        section = f"{begin}\n{self.markdown()}\n{end}"
        page = PAGE.read_text()
        old = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        if old.search(page):
            PAGE.write_text(old.sub(lambda _: section, page))
        else:
            PAGE.write_text(f"{page.rstrip()}\n\n{section}\n")


def verdict(met: bool) -> str:
    return "met" if met else "**not met**"


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """The smallest value that 95 % of the values do not exceed."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]
