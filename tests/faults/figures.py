"""What the runs of the suite measured: one line of JSON a figure or outcome, for `report` to sum up."""

import json
import os
from pathlib import Path

from .rows import BY_NUMBER, Row

FILE_VARIABLE = "VPTZ_FAULTS_FIGURES"
"""The file that the lines go to; without it they go nowhere."""
STARTED = "started"
"""What is noted first of each run: one that nothing is heard of after that was cut off, and has failed."""


class Figures:
    """Of one run of one test."""

    def __init__(self, number: int, test: str) -> None:
        self._row: Row = BY_NUMBER[number]
        self._test = test
        self.values: dict[str, float] = {}

    def add(self, name: str, value: float) -> None:
        """KeyError for a figure that its row does not have; AssertionError for one far off its aim."""
        figure = next((figure for figure in self._row.figures if figure.name == name), None)
        if figure is None:
            raise KeyError(f"row {self._row.number} has no figure {name!r}")
        self.values[name] = value
        note_figure(self._row.number, self._test, name, value)
        assert figure.bears(value), f"{name}: {value:.3g} {figure.unit}, and the aim is {figure.aimed}"


def note_figure(number: int, test: str, name: str, value: float) -> None:
    _write({"row": number, "test": test, "figure": name, "value": value})


def note_outcome(number: int, test: str, outcome: str) -> None:
    _write({"row": number, "test": test, "outcome": outcome})


def _write(line: dict[str, object]) -> None:
    place = os.environ.get(FILE_VARIABLE)
    if place:
        with Path(place).open("a") as file:
            file.write(json.dumps(line) + "\n")
