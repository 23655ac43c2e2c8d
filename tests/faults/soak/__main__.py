"""`python -m tests.faults.soak --minutes N [--seed S] [--faults none|all] [--write]`: see scripts/soak."""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.machine import describe

from .run import Soak, say_aloud

PAGE = Path(__file__).parents[3] / "docs" / "reliability.md"
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
        PAGE.write_text(with_result(PAGE.read_text(), table))
    return 1 if broken else 0


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
