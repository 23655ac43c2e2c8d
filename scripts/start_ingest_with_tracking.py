#!/usr/bin/env python3
"""Starts an ingest on a runner agent and a tracking worker for it, and ends both together."""

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from virtualptz.client import RunnerClient, RunnerError
from virtualptz.errors import ConfigError
from virtualptz.keys import ApiKeys
from virtualptz.settings import load_settings

FAILED = 1
USAGE_ERROR = 2
START_SECONDS = 30.0
"""An agent may look at the source first; a source that is slow to open takes its time."""
WORKER_GRACE_SECONDS = 10.0
BUILT_IN = ("sim", "file")
SECONDS_BETWEEN = 1.0
STOP_TRIES = 3
STOP_PAUSE_SECONDS = 1.0
PR_SET_PDEATHSIG = 1
"""Of prctl(2)."""


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runner-base-url", required=True, metavar="URL")
    options.add_argument(
        "--api-key",
        default="",
        metavar="KEY",
        help="better in the environment, as RUNNER_API_KEY: every user can see a process's arguments",
    )
    options.add_argument("--session-id", required=True, metavar="S")
    options.add_argument("--source-uri-ref", required=True, metavar="URI")
    options.add_argument("--profile", default="balanced", choices=("quality", "balanced", "fluid"))
    options.add_argument("--replica-index", type=int, default=0)
    options.add_argument("--tracking-mode", default="sim", metavar="sim|file|live")
    options.add_argument(
        "--detector",
        default="",
        metavar="NAME",
        help="the one that live means; without it, the preferred one of those that work on this machine",
    )
    options.add_argument("--model", default="", metavar="FILE", help="for a detector that needs one")
    options.add_argument("--tracking-input-file", type=Path, metavar="F")
    options.add_argument(
        "--tracking-interval",
        type=float,
        metavar="SECONDS",
        help="between two pushes; 1.0 for sim and file, else every update is pushed",
    )
    options.add_argument("--tracking-source", default="detector-worker")
    options.add_argument(
        "--worker-script", type=Path, default=Path(__file__).with_name("tracking_push_worker.py")
    )
    options.add_argument("--no-stop-on-exit", action="store_true", help="leave the ingest running")
    return options


class Signals:
    """SIGINT and SIGTERM: remembered, and passed on to the worker once there is one."""

    def __init__(self) -> None:
        self.came = threading.Event()
        self._worker: subprocess.Popen[bytes] | None = None
        self._last = signal.SIGTERM
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def pass_on_to(self, worker: "subprocess.Popen[bytes]") -> None:
        self._worker = worker
        if self.came.is_set():
            worker.send_signal(self._last)

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._last = signal.Signals(number)
        self.came.set()
        if self._worker is not None:
            self._worker.send_signal(number)


def main(arguments: Sequence[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    try:
        _check(given)
        settings = load_settings()
        key = given.api_key or settings.api_key.get_secret_value()
        client = RunnerClient(
            given.runner_base_url, key or ApiKeys.of(settings).first(), answer_seconds=START_SECONDS
        )
    except ConfigError as error:
        return _complain(str(error), USAGE_ERROR)
    signals = Signals()
    with client:
        try:
            job_id = _start(client, given)
        except RunnerError as error:
            return _complain(f"the ingest was not started: {error}", FAILED)
        _say(f"ingest started: job_id={job_id}")
        code = _track(given, job_id, key, signals)
        stopped = given.no_stop_on_exit or _stop(client, job_id)
    return code if stopped else code or FAILED


def _check(given: argparse.Namespace) -> None:
    """What would only be found after the ingest has started."""
    if given.tracking_mode == "file" and given.tracking_input_file is None:
        raise ConfigError("--tracking-input-file is needed with --tracking-mode file")
    for flag, value in (("--detector", given.detector), ("--model", given.model)):
        if value and given.tracking_mode in BUILT_IN:
            raise ConfigError(f"{flag} is for --tracking-mode live")
    if not given.worker_script.is_file():
        raise ConfigError(f"--worker-script: there is no file {given.worker_script}")


def _start(client: RunnerClient, given: argparse.Namespace) -> str:
    started = client.start_ingest(
        given.session_id,
        given.source_uri_ref,
        given.profile,
        replica_index=given.replica_index,
        # The worker runs here: a detector that the agent is set to run would steer the same camera.
        detector="none",
    )
    return started.job_id


def _track(given: argparse.Namespace, job_id: str, key: str, signals: Signals) -> int:
    """Run the worker to its end; its exit code, as a shell would give it."""
    if signals.came.is_set():
        return 0
    environment = {**os.environ, "RUNNER_API_KEY": key} if key else None
    command = _worker_command(given, job_id)
    with subprocess.Popen(command, env=environment, preexec_fn=_end_with_launcher) as worker:
        signals.pass_on_to(worker)
        code = _wait(worker, signals)
    return 128 - code if code < 0 else code


def _end_with_launcher() -> None:
    """In the worker, before it begins: a launcher that is killed must not leave it pushing for ever."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _worker_command(given: argparse.Namespace, job_id: str) -> list[str]:
    command = [
        *(sys.executable, str(given.worker_script)),
        *("--runner-base-url", given.runner_base_url),
        *("--job-id", job_id),
        *("--mode", given.tracking_mode),
        *("--source", given.tracking_source),
    ]
    interval = given.tracking_interval
    if interval is None and given.tracking_mode in BUILT_IN:
        interval = SECONDS_BETWEEN
    more = {"--interval": interval, "--detector": given.detector, "--model": given.model}
    for flag, value in more.items():
        if value not in (None, ""):
            command += [flag, str(value)]
    if given.tracking_input_file is not None:
        command += ["--input-file", str(given.tracking_input_file)]
    return command


def _wait(worker: "subprocess.Popen[bytes]", signals: Signals) -> int:
    while not signals.came.is_set():
        with suppress(subprocess.TimeoutExpired):
            return worker.wait(0.2)
    try:
        return worker.wait(WORKER_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        _complain("the worker heeds no signal; killing it", FAILED)
        worker.kill()
        return worker.wait()


def _stop(client: RunnerClient, job_id: str) -> bool:
    for attempt in range(STOP_TRIES):
        if attempt:
            threading.Event().wait(STOP_PAUSE_SECONDS)
        try:
            client.stop_ingest(job_id)
        except RunnerError as error:
            _complain(f"the ingest {job_id} was not stopped: {error}", FAILED)
        else:
            _say(f"ingest stopped: job_id={job_id}")
            return True
    return False


def _say(line: str) -> None:
    print(line, flush=True)


def _complain(line: str, code: int) -> int:
    print(line, file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
