"""Plays a log: the live framing, policy and operator, as fast as they go."""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from ...errors import ConfigError
from ...model import CameraQuality, FramingOptions
from ..decision_lines import Start, SteerLine
from ..operator import Notes
from .entries import Command, Log, LoggedUpdate, LoggedView, Section
from .path import Meter, Path
from .rig import Rig
from .spec import BuildPolicy, ReplaySpec, Window

RUN_IN_SECONDS = 10.0
"""Before a window, so that the camera is under way when it begins; not part of the path."""
FORGOTTEN_SECONDS = 30.0
"""What arrived so long before the first picture says nothing any more."""
TOLD_EVERY = 1000
"""Progress is told of so many steps at a time."""

Progress = Callable[[float], None]
"""Told which share of the work is done, 0..1."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of it."""

    name: str
    path: Path = field(repr=False)
    quality: CameraQuality
    policy: str
    options: dict[str, object]
    lookahead: float
    framing: FramingOptions
    problem: str | None
    """What went wrong, where the operator worked otherwise than it was told to."""


def replay(
    log: Log, spec: ReplaySpec, base: Start, build: BuildPolicy, progress: Progress | None = None
) -> Replay:
    """The same arguments, the same path to the bit. `base`: how an operator begins that the log does not say.

    At the log's own times and with its own look-ahead, everything happens in the order in which it did: a
    path that was logged comes out again, bit for bit. Else the picture of `at` knows all updates that had
    arrived when `at + look-ahead` was the newest decoded picture. Raises ConfigError where there is nothing
    to play, and what `build` raises.
    """
    window = spec.window
    since = -math.inf if window.start is None else window.start
    path, meter = Path(since), Meter(since)
    rig: Rig | None = None
    for number, section in enumerate(log.sections):
        rig = Rig(section.start or base, spec, build, Notes(path, meter))
        last = path.pictures[-1].at if path.pictures else -math.inf
        for share in _play(section, spec, rig, last):
            if progress is not None:
                progress((number + share) / len(log.sections))
    if rig is None or not path.pictures:
        raise ConfigError("there is no picture between these times")
    name, options = rig.named.name, rig.options()
    return Replay(
        name=f"{name}@{rig.lookahead:g}" if spec.choice.lookahead is not None else name,
        path=path,
        quality=meter.figures(),
        policy=name,
        options=options,
        lookahead=rig.lookahead,
        framing=rig.framing,
        problem=rig.problem,
    )


def _play(section: Section, spec: ReplaySpec, rig: Rig, last: float) -> Iterator[float]:
    """The section's pictures that are later than `last`; yields the share of them that is done."""
    as_it_was = spec.fps is None and spec.choice.lookahead is None and spec.window == Window()
    if as_it_was and section.views:
        return _in_order(section, rig, last)
    return _on_time(section, rig, _times(section, spec, last), spec.latency)


def _in_order(section: Section, rig: Rig, last: float) -> Iterator[float]:
    start, clock = section.start, 0.0
    if start is not None and start.held is not None:
        rig.obey(start.held, start.held.clock)
    for number, entry in enumerate(section.entries):
        match entry:
            case LoggedView():
                clock = entry.clock
                if entry.at > last:
                    rig.show(entry.at, clock)
            case LoggedUpdate():
                rig.track(entry)
            case SteerLine():
                rig.obey(entry, entry.clock)
            case _:
                rig.obey(entry, clock)
        if number % TOLD_EVERY == 0:
            yield number / len(section.entries)


def _on_time(section: Section, rig: Rig, times: Sequence[float], latency: float) -> Iterator[float]:
    """The clock is stream time."""
    if not times:
        return
    if section.start is not None and section.start.held is not None:
        rig.obey(section.start.held, times[0])
    commands, updates = _commands(section), _updates(section, latency)
    told = max(bisect_left(updates, times[0] - FORGOTTEN_SECONDS, key=_arrival) - 1, 0)
    obeyed = 0
    for number, at in enumerate(times):
        while obeyed < len(commands) and commands[obeyed][0] <= at:
            rig.obey(commands[obeyed][1], commands[obeyed][0])
            obeyed += 1
        while told < len(updates) and updates[told][0] <= at + rig.lookahead:
            rig.track(updates[told][1])
            told += 1
        rig.show(at, at)
        if number % TOLD_EVERY == 0:
            yield number / len(times)


def _updates(section: Section, latency: float) -> list[tuple[float, LoggedUpdate]]:
    """In the order in which they became known."""
    known = [
        (update.at + latency if update.arrived is None else update.arrived, update)
        for update in section.updates
    ]
    return sorted(known, key=_arrival)


def _arrival(update: tuple[float, LoggedUpdate]) -> float:
    return update[0]


def _commands(section: Section) -> list[tuple[float, Command]]:
    """Each with the time of the first picture after it."""
    commands: list[tuple[float, Command]] = []
    following = math.inf
    for entry in reversed(section.entries):
        if isinstance(entry, LoggedView):
            following = entry.at
        elif not isinstance(entry, LoggedUpdate):
            commands.append((following, entry))
    return commands[::-1]


def _times(section: Section, spec: ReplaySpec, last: float) -> list[float]:
    """Of the pictures, those of the run-in among them."""
    views, window = section.views, spec.window
    placed = [view.at for view in views] or [update.at for update in section.updates]
    if not placed:
        return []
    begin, end = window.span(min(placed), max(placed))
    run_in = -math.inf if window.start is None else begin - RUN_IN_SECONDS
    if spec.fps is not None:
        return [at for at in _regular(min(placed), spec.fps, max(run_in, last), end) if at > last]
    if not views:
        raise ConfigError("--fps log: this log does not say when its pictures left; name a frame rate")
    return [at for at in placed if max(run_in, last) <= at <= end and at > last]


def _regular(origin: float, fps: Fraction, begin: float, end: float) -> Iterator[float]:
    """From `begin` to `end`, in steps from `origin`: a window has the same pictures as the whole."""
    number = max(math.ceil((begin - origin) * fps), 0) if begin > origin else 0
    while (at := origin + float(number / fps)) <= end:
        yield at
        number += 1
