"""Results as Markdown: printed, and kept in docs/benchmarks.md, a section a benchmark."""

import math
import re
import shutil
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from .machine import describe

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class Part:
    """A further table of a benchmark."""

    title: str
    claim: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: str = ""

    def markdown(self) -> str:
        return _joined(f"### {self.title}", self.claim, table(self.head, self.rows), self.notes)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


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
    more: tuple[Part, ...] = ()
    figure: Path | None = None
    """A drawing that the page shows, by its name."""
    command: str = ""
    """What measures it, where that is not run.py."""

    def markdown(self) -> str:
        machine = "; ".join(f"{name}: {value}" for name, value in describe())
        command = self.command or f"python benchmarks/run.py {self.name}"
        measured = f"Measured {date.today().isoformat()} by `{command}`. {machine}."
        return _joined(
            f"## {self.title}",
            self.claim,
            table(self.head, self.rows),
            self.notes,
            f"![{self.title}]({self.figure.name})" if self.figure else "",
            *(part.markdown() for part in self.more),
            measured,
        )

    def keep(self) -> None:
        """Put the section into the page, in place of its older self, and the figure beside it."""
        if self.figure:
            shutil.copyfile(self.figure, PAGE.parent / self.figure.name)
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
