"""The command `virtualptz`. Each command imports what it needs when it runs, so that `--help` is quick."""

import json
import logging
import os
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, CycloptsError, Parameter
from cyclopts.validators import Number

from . import __version__
from .errors import ConfigError, VirtualPtzError

if TYPE_CHECKING:
    from .doctor import Check
    from .plugins import PluginStatus
    from .settings import Settings
    from .tracking.court_clip import ClipOptions

USAGE_ERROR = 2
INTERRUPTED = 130

app = App(
    name="virtualptz",
    help="Cuts a moving broadcast window out of a fixed wide camera, and publishes it.",
    version=__version__,
    help_format="plaintext",
    result_action="return_value",
)

AsJson = Annotated[bool, Parameter(name="--json", negative="")]
Port = Annotated[int, Parameter(validator=Number(gte=1, lte=65535))]


@app.command
def serve(*, host: str = "127.0.0.1", port: Port = 9001) -> int:
    """Run the agent until SIGTERM or Ctrl-C. Everything else is set by RUNNER_* (see docs/settings.md).

    Parameters
    ----------
    host
        Address to listen on; 0.0.0.0 for all.
    port
        TCP port.
    """
    from .api.server import serve as run
    from .settings import load_settings

    return run(load_settings(), host, port)


@app.command
def worker(
    *,
    runner_base_url: str,
    job_id: str,
    api_key: str = "",
    mode: str = "sim",
    input_file: Path | None = None,
    interval: Annotated[float, Parameter(validator=Number(gt=0))] = 1.0,
    source: str = "detector-worker",
    seed: int = 7,
) -> int:
    """Tell a job of an agent where play is, until SIGTERM or Ctrl-C. Prints a line a push.

    Parameters
    ----------
    runner_base_url
        The agent, as in http://127.0.0.1:9001.
    job_id
        The ingest to report for.
    api_key
        The agent's key; better in RUNNER_API_KEY, where no other user of the machine sees it.
    mode
        sim (a simulated match), file, live (the detector that is installed), or a tracking source's name.
    input_file
        What a detector keeps rewriting, for mode file.
    interval
        Seconds between two reports.
    source
        Who is said to have measured.
    seed
        Of the simulated match.
    """
    from .tracking.worker import WorkerOptions, run_worker

    return run_worker(
        WorkerOptions(
            runner_base_url=runner_base_url,
            job_id=job_id,
            mode=mode,
            api_key=api_key,
            input_file=input_file,
            interval=interval,
            source=source,
            seed=seed,
        )
    )


@app.command
def court(
    *,
    seconds: float = 30.0,
    output: Path = Path("court.mp4"),
    truth: Path | None = None,
    seed: int = 7,
    size: str = "1920x1080",
    fps: str = "30",
) -> int:
    """Draw a simulated basketball match, as a fixed wide camera sees it, with a beep track.

    Parameters
    ----------
    seconds
        Length of the clip.
    output
        The file; .mp4, .flv, .ts or .mkv. One that is there already is not overwritten: it gets a number.
    truth
        A file for what is really to be seen in each frame: a tracking update a line, as JSON.
    seed
        Of the match; the same seed gives the same match.
    size
        Width x height, as in 1920x1080.
    fps
        Frames a second: a number or a fraction, as in 30000/1001.
    """
    from .tracking.court_clip import ClipOptions

    width, height = _parsed_size(size)
    options = ClipOptions(output.absolute(), seconds, width, height, _parsed_rate(fps), seed, truth)
    return _draw(options)


@app.command
def plugins(*, as_json: AsJson = False) -> int:
    """List the plug-ins: loaded, disabled or failed (and why), and what each offers.

    Parameters
    ----------
    as_json
        Print JSON.
    """
    from .plugins import PluginHost

    _no_log()
    settings = _settings()
    statuses = PluginHost.load(settings.plugins_disabled, settings.plugin).statuses
    if as_json:
        print(json.dumps([status.as_json() for status in statuses], indent=2))
    else:
        print(_table([("NAME", "STATE", "VERSION", "LICENSE", "OFFERS"), *map(_plugin_row, statuses)]))
        for status in statuses:
            if status.reason:
                print(f"{status.name}: {status.reason}")
    return 0


@app.command
def doctor(*, host: str = "127.0.0.1", port: Port = 9001, as_json: AsJson = False) -> int:
    """Look at this machine: say what is missing and how to get it. Ends with 1 where something is.

    Parameters
    ----------
    host
        Address that the agent is to listen on.
    port
        TCP port that the agent is to listen on.
    as_json
        Print JSON.
    """
    from .doctor import examine

    _no_log()
    checks = examine(_settings(), host, port)
    missing = sum(not check.finding.ok for check in checks)
    if as_json:
        print(json.dumps([check.as_json() for check in checks], indent=2))
    else:
        print("\n".join(_check_lines(checks)))
        print(f"\n{missing} of {len(checks)} need attention." if missing else "\nEverything is there.")
    return 1 if missing else 0


def _parsed_size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    try:
        return int(width), int(height)
    except ValueError:
        raise ConfigError(f"--size: {text!r} is not like 1920x1080") from None


def _parsed_rate(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ConfigError(f"--fps: {text!r} is not like 30 or 30000/1001") from None


def _draw(options: "ClipOptions") -> int:
    from .plugins import PluginHost
    from .tracking.court_clip import write_court_clip
    from .uris import validate_target

    def progress(seconds: float) -> None:
        print(f"\r{seconds:4.0f} of {options.seconds:g} s", end="", file=sys.stderr, flush=True)

    validate_target(str(options.output))
    settings = _settings()
    backend = PluginHost.load(settings.plugins_disabled, settings.plugin).media_backend(
        settings.media_backend
    )
    report = write_court_clip(backend, options, progress if sys.stderr.isatty() else None)
    print(f"{report.path}: {report.frames} frames")
    return 0


def _settings() -> "Settings":
    """The settings; the one about FFmpeg also where a backend in this process looks for it."""
    from .settings import load_settings

    settings = load_settings()
    if settings.ffmpeg:
        os.environ["RUNNER_FFMPEG"] = settings.ffmpeg
    return settings


def _no_log() -> None:
    """For commands that print themselves what would also be logged."""
    logging.getLogger("virtualptz").addHandler(logging.NullHandler())


def _plugin_row(status: "PluginStatus") -> tuple[str, ...]:
    offers = ", ".join(name for names in status.offers.values() for name in names)
    return status.name, status.state, status.version, status.license, offers


def _check_lines(checks: "Sequence[Check]") -> list[str]:
    lines = []
    for check in checks:
        found = check.finding
        lines.append(f"{'ok  ' if found.ok else 'MISS'}  {check.part}: {found.subject}: {found.detail}")
        if not found.ok and found.remedy:
            lines.append(f"      -> {found.remedy}")
    return lines


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The process's top: an error that we raise on purpose is one line on stderr, and exit code 2."""
    try:
        code: int | None = app(
            sys.argv[1:] if arguments is None else list(arguments), exit_on_error=False, print_error=False
        )
    except (CycloptsError, VirtualPtzError) as error:
        print(f"virtualptz: {' '.join(str(error).split())}", file=sys.stderr)
        return USAGE_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    return code or 0
