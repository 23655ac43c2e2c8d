"""Measures the detectors on the sample clips that lie beside the project, and prints what it finds.

usage: python -m benchmarks.detection [--quick] [--write] NAME ...

names: accuracy, speed, forms, tiles, jobs, latency, motion-cost (default: all). `--quick` tries them on
short settings, whose figures mean little; `--write` puts the results into docs/benchmarks.md. Needs the
`bench`, `dev`, `yolo` and `exports` extras, and TrackEval without what it asks for, since its
`opencv-python` overwrites the `cv2` that is there:

    pip install --no-deps trackeval
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from . import (
    detection_accuracy,
    detection_forms,
    detection_jobs,
    detection_latency,
    detection_motion,
    detection_speed,
    detection_tiles,
)
from .report import Part, Result

ONE_TABLE: dict[str, Callable[..., Part]] = {
    "speed": detection_speed.measure,
    "forms": detection_forms.measure,
    "tiles": detection_tiles.measure,
    "jobs": detection_jobs.measure,
    "latency": detection_latency.measure,
    "motion-cost": detection_motion.measure,
}


def measured(name: str, folder: Path, quick: bool) -> Result:
    if name == "accuracy":
        return detection_accuracy.measure(folder, quick=quick)
    part = ONE_TABLE[name](quick=quick)
    command = f"python -m benchmarks.detection {name}"
    return Result(
        f"detection-{name}", part.title, part.claim, part.head, part.rows, part.notes, command=command
    )


ALL = ("accuracy", *ONE_TABLE)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.detection",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ALL))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args(arguments)
    unknown = set(asked.names) - set(ALL)
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}: there are {', '.join(ALL)}")
    with tempfile.TemporaryDirectory(prefix="vptz-bench-") as folder:
        for name in asked.names or ALL:
            result = measured(name, Path(folder), asked.quick)
            print(result.markdown(), end="\n\n", flush=True)
            if asked.write and not asked.quick:
                result.keep()


if __name__ == "__main__":
    main()
