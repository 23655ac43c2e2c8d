"""Runs both trials in a folder of their own, prints the table, and keeps it where asked to."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import describe

from .steps import ROOT, Clock, Place, TrialError, download, to_a_moving_picture, to_a_policy_on_air

PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- newcomer -->", "<!-- end of newcomer -->"
BUSY = 0.5
"""Processes a CPU that ran or waited in the minute before: from there on the machine was not calm."""


def table(trials: list[tuple[str, float, Clock]], downloads: float, load: float) -> Iterator[str]:
    """Markdown."""
    yield "| step | seconds |"
    yield "| --- | --- |"
    for name, aim, clock in trials:
        for step, seconds in clock.steps:
            yield f"| {step} | {seconds:.1f} |"
        met = "met" if clock.seconds < aim else "**not met**"
        yield f"| **{name}** (aim: under {aim:g}; {met}) | **{clock.seconds:.1f}** |"
    cpus = os.cpu_count() or 1
    calm = "busy with other things" if load > BUSY * cpus else "calm"
    told = "; ".join(f"{name}: {value}" for name, value in describe())
    yield ""
    yield (
        f"Downloads came before that, and took {downloads:.0f} s from this machine's index. The machine was "
        f"{calm}: load {load:.1f} on {cpus} CPUs when it began. Measured {datetime.now(UTC):%Y-%m-%d} by "
        f"`scripts/trial`. {told}."
    )


def keep(lines: list[str]) -> None:
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + "\n".join([BEGIN, *lines, END]) + after)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/trial", description="What somebody new does, by the clock."
    )
    parser.add_argument("--write", action="store_true", help="keep the table in docs/benchmarks.md")
    parser.add_argument("--commit", default="HEAD", help="that is tried (default: the newest)")
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="vptz-trial-") as folder:
        place = Place(Path(folder), asked.commit)
        try:
            downloads = download(place)
            trials = [("Clone to moving picture", 120.0, to_a_moving_picture(place))]
            trials.append(("`plugins new` to steering a running job", 300.0, to_a_policy_on_air(place)))
        except TrialError as error:
            print(f"scripts/trial: {error}", file=sys.stderr)
            return 1
    lines = list(table(trials, downloads, load))
    print("\n".join(lines))
    if asked.write:
        keep(lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
