#!/usr/bin/env python3
"""Pushes tracking updates for one job to a runner agent until SIGINT or SIGTERM."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from virtualptz.tracking.worker import WorkerOptions, run_worker


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runner-base-url", required=True, metavar="URL")
    options.add_argument("--job-id", required=True, metavar="ID")
    options.add_argument(
        "--api-key",
        default="",
        metavar="KEY",
        help="better in the environment, as RUNNER_API_KEY: every user can see a process's arguments",
    )
    options.add_argument(
        "--mode",
        required=True,
        metavar="sim|file|live",
        help="sim: a simulated match; file: what a detector writes to --input-file; "
        "live: the installed tracking source plug-in (its name, where there are several)",
    )
    options.add_argument("--input-file", type=Path, metavar="F")
    options.add_argument("--interval", type=float, default=1.0, metavar="SECONDS")
    options.add_argument("--source", default="detector-worker", help="who is said to have measured")
    options.add_argument("--seed", type=int, default=7, help="of the simulated match")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    return run_worker(WorkerOptions(**vars(given)))


if __name__ == "__main__":
    sys.exit(main())
