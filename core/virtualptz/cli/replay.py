"""`virtualptz replay`: a log played again, without a camera."""

import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from ..errors import ConfigError
from .app import Pairs, Text, app, parsed_pairs, parsed_rate, policy_builder, read_settings, table

if TYPE_CHECKING:
    from ..camera.decision_lines import Start
    from ..camera.replay.entries import Log
    from ..camera.replay.run import Progress, Replay
    from ..camera.replay.spec import ReplaySpec, SourceShape
    from ..settings import Settings

WIDESCREEN = "16:9"
FASTEST = 1000
Seconds = Annotated[float, Parameter(validator=Number(gte=0))]


@app.command
def replay(
    log: Path,
    *,
    policy: Text = "",
    compare: Text = "",
    lookahead: Annotated[float | None, Parameter(validator=Number(gte=0, lte=5))] = None,
    option: Pairs = (),
    framing: Pairs = (),
    fps: str = "30",
    fixed_zoom: Annotated[float | None, Parameter(validator=Number(gte=1, lte=4))] = None,
    steering: bool = True,
    latency: Seconds = 0.0,
    start: float | None = None,
    seconds: Annotated[float | None, Parameter(validator=Number(gt=0))] = None,
    job: str | None = None,
    source_aspect: Text = "",
    output_aspect: Text = "",
    output: Path | None = None,
    report: Path | None = None,
    plot: Path | None = None,
) -> int:
    """Play a decision log, or tracking updates as JSON Lines, through framing and policy as a job would.

    Prints quality figures. Files that are there already are written over. Ends with 1 where a policy failed.

    Parameters
    ----------
    log
        A job's decisions.jsonl, or any file with a tracking update of the API a line. .1, .2, ... come first.
    policy
        The smoothing policy, as in spring or lookahead@0.5 (seconds); else the log's own, or the settings'.
    compare
        Several of them instead, as in spring,lookahead@0.5,lookahead@2: a table, and one picture for all.
    lookahead
        Seconds by which the program leaves after the camera; else as in the log, or the settings.
    option
        NAME=VALUE of the policy; again for more.
    framing
        NAME=VALUE of the framing; again for more.
    fps
        Pictures a second; log: at the times of the log's own pictures.
    fixed_zoom
        Pan only, at this zoom.
    steering
        Also what people asked of the camera.
    latency
        Seconds from a picture to its update, where the log does not say when updates arrived.
    start
        Stream time at which to begin.
    seconds
        How much to play.
    job
        Of a file with updates of several jobs: which.
    source_aspect
        Of the camera's picture, where the log does not say: 16:9, or a number.
    output_aspect
        Of the program.
    output
        CSV of the path: pts,center_x,center_y,zoom,reason. With compare: a file a policy, its name added.
    report
        JSON of the figures, of the shares of time by reason and holder, and of all that was set.
    plot
        Picture of the paths and figures: .png, .svg or .pdf. With compare, replay.png where none is named.
    """
    from ..camera.replay.log import read_log
    from ..camera.replay.spec import Choice, ReplaySpec, Window
    from ..camera.replay.study import Outputs, parse_choices, run_all, write_all

    if policy and compare:
        raise ConfigError("--policy or --compare, not both")
    outputs = Outputs(output, report, plot or (Path("replay.png") if compare else None))
    asked = parse_choices(compare) if compare else [Choice.parse(policy) if policy else Choice("")]
    spec = ReplaySpec(
        choice=Choice("", lookahead),
        options=parsed_pairs("--option", option),
        framing=parsed_pairs("--framing", framing),
        fps=_rate(fps),
        fixed_zoom=fixed_zoom,
        steering=steering,
        latency=latency,
        shape=_shape(source_aspect, output_aspect),
        window=Window(start, seconds),
    )
    settings = read_settings()
    read = read_log(log, job)
    outputs.check(read)
    replays = run_all(read, asked, spec, (_base(settings), policy_builder(settings)), _progress())
    write_all(outputs, read, spec, replays, log.name)
    _tell(read, spec, replays, compared=bool(compare))
    return 1 if any(each.problem for each in replays) else 0


def _tell(log: "Log", spec: "ReplaySpec", replays: "list[Replay]", *, compared: bool) -> None:
    from ..camera.replay.report import summary_of, table_of, warnings_of

    if compared:
        print(table(table_of(replays)))
    else:
        print("\n".join(summary_of(log, replays[0])))
    for line in warnings_of(log, spec, replays):
        print(f"virtualptz: {line}", file=sys.stderr)


def _base(settings: "Settings") -> "Start":
    """How a job of this agent would begin, for a log that does not say."""
    from ..camera.decision_lines import Start

    return Start(
        policy=settings.smoothing_policy,
        policy_options=settings.plugin,
        lookahead_seconds=settings.lookahead_seconds,
        framing=settings.framing_options({}),
        rules=settings.ptz_rules,
    )


def _rate(text: str) -> Fraction | None:
    """None: at the log's own times."""
    if text == "log":
        return None
    rate = parsed_rate(text)
    if not 1 <= rate <= FASTEST:
        raise ConfigError(f"--fps: {text} is not between 1 and {FASTEST} pictures a second")
    return rate


def _shape(source: str, output: str) -> "SourceShape | None":
    from ..camera.replay.spec import SourceShape

    if not (source or output):
        return None
    return SourceShape.of(_aspect("--source-aspect", source), _aspect("--output-aspect", output))


def _aspect(option: str, text: str) -> float:
    width, _, height = (text or WIDESCREEN).partition(":")
    try:
        aspect = float(width) / float(height or 1)
    except (ValueError, ZeroDivisionError):
        aspect = 0.0
    if not 0.1 <= aspect <= 20:
        raise ConfigError(f"{option}: {text!r} is not like 16:9")
    return aspect


def _progress() -> "Progress | None":
    if not sys.stderr.isatty():
        return None

    def show(share: float) -> None:
        text = f"\r{share:4.0%} " if share < 1 else "\r     \r"
        print(text, end="", file=sys.stderr, flush=True)

    return show
