#!/usr/bin/env python3
"""Pushes tracking updates for one job to a runner agent until SIGINT or SIGTERM."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from virtualptz.tracking.worker import WorkerOptions, run_worker, start_logging


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runner-base-url", required=True, metavar="URL")
    options.add_argument("--job-id", default="", metavar="ID")
    options.add_argument(
        "--jobs",
        default="",
        metavar="A,B,C|all|assigned",
        help="instead of --job-id, several in one process: all running ingests of the agent, "
        "or those that ask for this detector",
    )
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
        "live: a detector, by its name too",
    )
    options.add_argument(
        "--detector",
        default="",
        metavar="NAME",
        help="the one that live means; without it, the preferred one of those that work on this machine",
    )
    options.add_argument("--model", default="", metavar="FILE", help="for a detector that needs one")
    options.add_argument(
        "--source-uri", default="", metavar="URI", help="pictures from here instead of from the job itself"
    )
    options.add_argument("--input-file", type=Path, metavar="F")
    options.add_argument(
        "--interval",
        type=float,
        metavar="SECONDS",
        help="between two pushes; 1.0 for sim and file, else every update is pushed",
    )
    options.add_argument("--source", default="detector-worker", help="who is said to have measured")
    options.add_argument("--seed", type=int, default=7, help="of the simulated match")
    options.add_argument(
        "--hang-seconds",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="a detector that took a picture and gives nothing for so long ends it with 70",
    )
    options.add_argument("--quiet", action="store_true", help="no line for a push that went well")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    start_logging()
    return run_worker(WorkerOptions(**vars(given)))


if __name__ == "__main__":
    sys.exit(main())
