"""`virtualptz render`: a recorded game, followed."""

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from ..errors import ConfigError, VirtualPtzError
from .app import AsJson, Pairs, Text, app, no_log, parsed_pairs, policy_builder, read_settings

if TYPE_CHECKING:
    from ..camera.decision_lines import Start
    from ..plugins import PluginHost
    from ..render.progress import Progress
    from ..render.run import Summary
    from ..render.spec import RenderSpec
    from ..settings import Settings

FAILED, INTERRUPTED = 1, 130
Seconds = Annotated[float, Parameter(validator=Number(gte=0))]
Side = Annotated[int | None, Parameter(validator=Number(gte=16, lte=7680, modulo=2))]


@app.command
def render(
    recording: Path,
    output: Path,
    *,
    detector: str = "auto",
    model: Path | None = None,
    detector_option: Pairs = (),
    policy: Text = "",
    lookahead: str = "whole",
    option: Pairs = (),
    framing: Pairs = (),
    profile: Literal["quality", "balanced", "fluid"] = "balanced",
    width: Side = None,
    height: Side = None,
    start: Seconds = 0.0,
    seconds: Annotated[float | None, Parameter(validator=Number(gt=0))] = None,
    log_shift: float = 0.0,
    overwrite: Annotated[bool, Parameter(negative="")] = False,
    fresh: Annotated[bool, Parameter(negative="")] = False,
    quiet: Annotated[bool, Parameter(negative="")] = False,
    as_json: AsJson = False,
) -> int:
    """Follow the play in a recording of a whole court, as a job does live, and write the film.

    The same command goes on after an interrupt. Ends with 1 where there is no film, 130 where interrupted.

    Parameters
    ----------
    recording
        The wide recording: a video file.
    output
        The film: .mp4, .mkv, .ts, .flv or .m3u8. Its decision log lies beside it, for `virtualptz replay`.
    detector
        Who finds the play: auto, a detector (motion, yolo, ...), a log (decisions.jsonl), or none.
    model
        The detector's model file; name the detector too.
    detector_option
        NAME=VALUE of the detector; again for more.
    policy
        The smoothing policy; else the settings'.
    lookahead
        How much of the future the camera knows: whole, or seconds up to 5.
    option
        NAME=VALUE of the policy; again for more.
    framing
        NAME=VALUE of the framing; again for more.
    profile
        How the film is encoded.
    width
        Of the film, pixels; else the settings'.
    height
        Of the film, pixels; else the settings'.
    start
        Where in the recording to begin, seconds.
    seconds
        How much of it; else all.
    log_shift
        Seconds to add to the times of a log that began later than the recording.
    overwrite
        Replace an output that is there.
    fresh
        Discard what an interrupted call has done.
    quiet
        Show no progress.
    as_json
        Print the summary as JSON.
    """
    from ..render.spec import RenderSpec

    no_log()
    settings = read_settings()
    chosen = _detector_options(detector, model, detector_option)
    host = _host(settings, detector, chosen)
    from ..jobs.supervision.targets import output_of

    encoding = output_of(profile, settings)
    sides = {"width": width or encoding.width, "height": height or encoding.height, "live": False}
    finder = _detector(host, detector)
    spec = RenderSpec(
        source=recording.absolute(),
        output=output.absolute(),
        encoding=encoding.model_validate({**encoding.model_dump(), **sides}),
        start=_start(settings, host, policy, _lookahead(lookahead), (option, framing)),
        detector=finder,
        # Also those of the settings: what was found with others is not to be gone on with.
        detector_options={name: str(value) for name, value in host.options_of(finder).items()},
        log_shift=log_shift,
        since=start,
        **({} if seconds is None else {"seconds": seconds}),
    )
    return _run(settings, host, spec, (overwrite, fresh), (quiet, as_json))


def _run(
    settings: "Settings",
    host: "PluginHost",
    spec: "RenderSpec",
    files: tuple[bool, bool],
    shown: tuple[bool, bool],
) -> int:
    from ..render.run import Parts, Render

    overwrite, fresh = files
    quiet, as_json = shown
    parts = Parts(
        host.media_backend(settings.media_backend),
        policy_builder(settings),
        lambda: host.tracking_source(spec.detector),
    )
    work = Render(spec, parts, overwrite=overwrite)
    try:
        with _interruptible(), _progress(quiet=quiet or as_json) as progress:
            summary = work.run(progress, fresh=fresh)
    except KeyboardInterrupt:
        kept = f"; the same command goes on from here (what is done is in {work.kept})" if work.kept else ""
        _say(f"interrupted{kept}")
        return INTERRUPTED
    except (VirtualPtzError, OSError) as error:
        kept = f"; what is done is kept in {work.kept}, the same command goes on" if work.kept else ""
        _say(f"{_reason(error)}{kept}")
        return FAILED
    print(json.dumps(summary.as_json(), indent=2) if as_json else "\n".join(_lines(summary)))
    return 0


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split())


def _say(line: str) -> None:
    print(f"virtualptz: {line}", file=sys.stderr)


def _detector_options(detector: str, model: Path | None, pairs: tuple[str, ...]) -> dict[str, str]:
    options = parsed_pairs("--detector-option", pairs)
    if model is not None:
        options["model"] = str(model.absolute()) if model.exists() else str(model)
    if options and detector == "auto":
        raise ConfigError("--model and --detector-option belong to one detector: name it with --detector")
    return options


def _host(settings: "Settings", detector: str, options: dict[str, str]) -> "PluginHost":
    from ..plugins import PluginHost

    values = {name: dict(known) for name, known in settings.plugin.items()}
    if options:
        values[detector] = {**values.get(detector, {}), **options}
    return PluginHost.load(settings.plugins_disabled, values)


def _detector(host: "PluginHost", asked: str) -> str:
    from ..render.spec import LOG_SUFFIXES, NO_DETECTOR

    if asked == NO_DETECTOR:
        return asked
    if Path(asked).suffix.lower() in LOG_SUFFIXES:
        return str(Path(asked).absolute())
    return host.live_source(asked)


def _lookahead(asked: str) -> float:
    from ..render.spec import WHOLE_SECONDS

    if asked == "whole":
        return WHOLE_SECONDS
    try:
        seconds = float(asked)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= WHOLE_SECONDS:
        raise ConfigError(f"--lookahead: {asked!r} is not whole, nor seconds from 0 to {WHOLE_SECONDS:g}")
    return seconds


def _start(
    settings: "Settings",
    host: "PluginHost",
    policy: str,
    lookahead: float,
    pairs: tuple[tuple[str, ...], tuple[str, ...]],
) -> "Start":
    from ..camera.choice import policy_for
    from ..camera.decision_lines import Start

    option, framing = pairs
    name = policy_for(policy or settings.smoothing_policy, lookahead)
    options: dict[str, dict[str, str]] = {each: dict(values) for each, values in host.policy_options.items()}
    options[name] = {**options.get(name, {}), **parsed_pairs("--option", option)}
    return Start(
        policy=name,
        policy_options={each: values for each, values in options.items() if values},
        lookahead_seconds=lookahead,
        framing=settings.framing_options(parsed_pairs("--framing", framing)),
        rules=settings.ptz_rules,
    )


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM ends it as Ctrl-C does, and the first of them is enough: what it stops is stopped in order."""
    asked = False

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        nonlocal asked
        if not asked:
            asked = True
            raise KeyboardInterrupt

    signals = (signal.SIGINT, signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, interrupt) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress(*, quiet: bool) -> "Iterator[Progress]":
    from ..render.progress import Silent
    from .progress import Bar, Plain

    if quiet:
        yield Silent()
    elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with Bar() as bar:
            yield bar
    else:
        yield Plain()


def _lines(summary: "Summary") -> list[str]:
    quality = summary.quality
    seen = [
        f"{name} in view {share:.1%}"
        for name, share in (("ball", quality.ball_in_view), ("players", quality.players_in_view))
        if share is not None
    ]
    speed = f", {summary.times_real_time:.1f} times real time" if summary.filmed else ""
    lines = [
        f"{summary.output}: {summary.seconds:.1f} s, {summary.pictures} pictures; "
        f"took {summary.took:.1f} s{speed}",
        f"  detector {summary.detector}: {summary.frames} pictures looked at, {summary.updates} updates",
        f"  camera: jerk {quality.rms_jerk:.3f} widths/s3, "
        f"{quality.direction_changes_per_minute:.1f} turns a minute" + "".join(f", {each}" for each in seen),
        f"  why it looked where it did: virtualptz replay {summary.decisions}",
    ]
    return lines if summary.problem is None else [*lines, f"  but: {summary.problem}"]
