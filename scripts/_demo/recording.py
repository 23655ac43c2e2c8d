"""A recording is followed offline: `virtualptz render`, and where the film is."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

from .agent import end
from .options import DemoError, Options

LOOK_SECONDS = 0.2
INTERRUPTED = 130


def follow(options: Options, recording: Path, stop: threading.Event) -> None:
    """Renders the first `--seconds` of it. DemoError where there is no film at the end."""
    print(f"Following the play in {recording}, at most {options.seconds:g} s of it ({options.detector}) ...")
    print(
        "The film is made as fast as this machine can; virtualptz render makes one of all of it.", flush=True
    )
    with subprocess.Popen(_command(options, recording)) as process:
        while process.poll() is None:
            if stop.is_set():
                end(process, signal.SIGTERM)
            else:
                _wait(process)
    if process.returncode == INTERRUPTED:
        raise DemoError("interrupted: the same command goes on")
    if process.returncode:
        raise DemoError("there is no film")
    print(f"Wrote {options.followed}.")


def _command(options: Options, recording: Path) -> list[str]:
    command = [sys.executable, "-m", "virtualptz", "render", str(recording), str(options.followed)]
    return [*command, "--detector", options.detector, "--seconds", f"{options.seconds:g}", "--overwrite"]


def _wait(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(LOOK_SECONDS)
    except subprocess.TimeoutExpired:
        return
