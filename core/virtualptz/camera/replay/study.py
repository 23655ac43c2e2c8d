"""One log through one policy or several, and what is written of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import ConfigError
from ..decision_lines import Start
from .entries import Log
from .plot import draw, require_matplotlib
from .report import log_summary, report_of, write_path, write_report
from .run import Progress, Replay, replay
from .spec import BuildPolicy, Choice, ReplaySpec


@dataclass(frozen=True, slots=True)
class Outputs:
    """Files to write; one that is there already is written over. None: not asked for."""

    path: Path | None = None
    report: Path | None = None
    plot: Path | None = None

    def check(self, log: Log) -> None:
        """Before the work is done. Raises ConfigError."""
        asked = [each for each in (self.path, self.report, self.plot) if each is not None]
        for file in asked:
            if any(file.resolve() == Path(each).resolve() for each in log.files):
                raise ConfigError(f"{file} is the log itself")
            if not file.parent.is_dir():
                raise ConfigError(f"{file}: there is no folder {file.parent}")
        if len({file.resolve() for file in asked}) < len(asked):
            raise ConfigError("path, report and picture need a file each")
        if self.plot is not None:
            require_matplotlib()


def parse_choices(text: str) -> list[Choice]:
    """As in `spring,lookahead@0.5,lookahead@2`. Raises ConfigError."""
    choices = [Choice.parse(part) for part in text.split(",")]
    twice = next((each.policy for number, each in enumerate(choices) if each in choices[:number]), None)
    if twice is not None:
        raise ConfigError(f"{twice} is to be compared with itself")
    return choices


def run_all(
    log: Log,
    choices: Sequence[Choice],
    spec: ReplaySpec,
    start: tuple[Start, BuildPolicy],
    progress: Progress | None = None,
) -> list[Replay]:
    """Each choice in turn; one that names no look-ahead has the spec's. Raises as `replay` does."""
    replays = []
    for number, choice in enumerate(choices):
        lookahead = spec.choice.lookahead if choice.lookahead is None else choice.lookahead
        chosen = replace(spec, choice=replace(choice, lookahead=lookahead))
        part = None if progress is None else _Part(progress, number, len(choices))
        replays.append(replay(log, chosen, *start, part))
    if progress is not None:
        progress(1.0)
    return replays


def write_all(outputs: Outputs, log: Log, spec: ReplaySpec, replays: Sequence[Replay], title: str) -> None:
    """One replay: as `report_of` has it. Several: the reports in a list, and a path file each, named so."""
    if outputs.path is not None:
        for each in replays:
            write_path(_named(outputs.path, each.name) if len(replays) > 1 else outputs.path, each)
    if outputs.report is not None:
        reports = [report_of(spec, each) for each in replays]
        rest = reports[0] if len(replays) == 1 else {"replays": reports}
        write_report(outputs.report, {"log": log_summary(log), **rest})
    if outputs.plot is not None:
        draw(outputs.plot, replays, title)


@dataclass(frozen=True, slots=True)
class _Part:
    whole: Progress
    number: int
    count: int

    def __call__(self, share: float) -> None:
        self.whole((self.number + share) / self.count)


def _named(file: Path, name: str) -> Path:
    return file.with_stem(f"{file.stem}-{name}")
