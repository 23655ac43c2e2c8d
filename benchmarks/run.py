"""Runs the benchmarks and prints what they find.

usage: python benchmarks/run.py [--quick] [--write] [NAME ...]

names: cost, start, memory, lookahead, capacity, latency, frames, camera, render (default: all). `--quick`
tries them on short settings, whose figures mean little; `--write` puts the results into docs/benchmarks.md.
Needs the `dev` and `ffmpeg` extras.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import camera, capacity, cost, frames, latency, lookahead, memory, render, start

ALL = {
    "cost": cost.measure,
    "start": start.measure,
    "memory": memory.measure,
    "lookahead": lookahead.measure,
    "capacity": capacity.measure,
    "latency": latency.measure,
    "frames": frames.measure,
    "camera": camera.measure,
    "render": render.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ALL))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(ALL)
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}: there are {', '.join(ALL)}")
    with tempfile.TemporaryDirectory(prefix="vptz-bench-") as folder:
        for name in asked.names or ALL:
            result = ALL[name](Path(folder), quick=asked.quick)
            print(result.markdown(), end="\n\n", flush=True)
            if asked.write and not asked.quick:
                result.keep()


if __name__ == "__main__":
    main()
