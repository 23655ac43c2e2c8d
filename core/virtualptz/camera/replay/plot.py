"""Paths and their figures as a picture. The only place that needs matplotlib."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path as FilePath
from typing import Any

from ...errors import ConfigError
from ..journal import Decided
from ..quality import GAP_SECONDS
from .report import table_of
from .run import Replay

INSTALL = "pip install 'virtualptz-runner-agent[plot]'"
COLOURS = ("#0b6e99", "#d1495b", "#4f772d", "#edae49", "#6a4c93", "#5c5c5c", "#00a6a6", "#9c6644")
WANTED = "#b8b8b8"
AXES = (
    ("center_x", "across\n(source widths)"),
    ("center_y", "down\n(source heights)"),
    ("zoom", "zoom"),
)
MANY_POINTS = 20_000
"""A line of more is drawn in pieces: Agg cannot hold it as one."""

TIMELESS: dict[str, dict[str, None]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}
"""Without the date and version that it writes by itself, the same replay is the same bytes."""


def require_matplotlib() -> None:
    """Before any work is done for a picture. ConfigError says how to get it."""
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise ConfigError(f"a picture needs matplotlib: {INSTALL}") from error
    mpl.use("Agg")


def draw(file: FilePath, replays: Sequence[Replay], title: str) -> None:
    """The paths over stream time, why they went there, and their figures. PNG, SVG or PDF by the suffix.

    Raises ConfigError where matplotlib is missing or the file cannot be written.
    """
    require_matplotlib()
    import matplotlib as mpl
    from matplotlib.figure import Figure

    rows = len(replays) + 1
    with mpl.rc_context({"agg.path.chunksize": MANY_POINTS, "svg.hashsalt": "virtualptz"}):
        figure = Figure(figsize=(14, 8.5 + 0.55 * rows), layout="constrained")
        heights = [3.0, 1.6, 1.6, 0.35 * len(replays) + 0.3, 0.45, 0.32 * rows + 0.2]
        *curves, why, words, table = figure.subplots(6, 1, gridspec_kw={"height_ratios": heights})
        for axes in (*curves[1:], why):
            axes.sharex(curves[0])
        figure.suptitle(title, x=0.01, ha="left")
        _draw_paths(curves, replays)
        _draw_reasons(why, replays)
        _draw_legend(words, why)
        _draw_table(table, replays)
        _save(figure, file)


def _draw_paths(curves: Sequence[Any], replays: Sequence[Replay]) -> None:
    for axes, (name, label) in zip(curves, AXES, strict=True):
        _draw_wanted(axes, replays[0], name)
        for number, replay in enumerate(replays):
            pictures = replay.path.pictures
            values = [getattr(picture.view, name) for picture in pictures]
            times = [picture.at for picture in pictures]
            axes.plot(times, values, color=_colour(number), linewidth=1.2, label=replay.name)
        axes.set_ylabel(label)
        axes.grid(alpha=0.25)
        axes.tick_params(labelbottom=False)
    curves[1].invert_yaxis()
    curves[0].set_xlim(
        min(replay.path.pictures[0].at for replay in replays),
        max(replay.path.pictures[-1].at for replay in replays),
    )
    above = {"loc": "lower right", "bbox_to_anchor": (1, 1), "frameon": False}
    curves[0].legend(fontsize="small", ncols=len(replays) + 1, **above)


def _draw_wanted(axes: Any, replay: Replay, name: str) -> None:
    """What the policies follow; it is the framing's, and so much the same for all of them."""
    wanted = [(picture.at, picture.wanted) for picture in replay.path.pictures if picture.wanted is not None]
    values = [getattr(view, name) for _, view in wanted]
    axes.plot([at for at, _ in wanted], values, color=WANTED, linewidth=1.0, label="wanted", zorder=0)


def _draw_reasons(axes: Any, replays: Sequence[Replay]) -> None:
    colours: dict[str, str] = {}
    for row, replay in enumerate(replays):
        spans: dict[str, list[tuple[float, float]]] = {}
        for reason, begin, end in _stretches(replay.path.pictures):
            spans.setdefault(reason, []).append((begin, end - begin))
        for reason, parts in spans.items():
            label = None if reason in colours else reason or "nothing wanted"
            colour = colours.setdefault(reason, COLOURS[len(colours) % len(COLOURS)])
            axes.broken_barh(parts, (row - 0.35, 0.7), color=colour, linewidth=0, label=label)
    axes.set_yticks(range(len(replays)), [replay.name for replay in replays])
    axes.invert_yaxis()
    axes.set_xlabel("stream time (s)")


def _stretches(pictures: Sequence[Decided]) -> Iterator[tuple[str, float, float]]:
    """Of one reason each, with the times of the first picture and of the first of the next one."""
    reason, begin = pictures[0].reason, pictures[0].at
    for before, picture in pairwise(pictures):
        if picture.reason != reason or picture.at - before.at > GAP_SECONDS:
            yield reason, begin, picture.at if picture.at - before.at <= GAP_SECONDS else before.at
            reason, begin = picture.reason, picture.at
    yield reason, begin, pictures[-1].at


def _draw_legend(axes: Any, of: Any) -> None:
    axes.axis("off")
    axes.legend(*of.get_legend_handles_labels(), loc="center", fontsize="small", ncols=8, frameon=False)


def _draw_table(axes: Any, replays: Sequence[Replay]) -> None:
    head, *rows = table_of(replays)
    axes.axis("off")
    table = axes.table(
        cellText=[row[1:] for row in rows],
        rowLabels=[row[0] for row in rows],
        colLabels=[name.lower() for name in head[1:]],
        rowColours=[f"{_colour(number)}55" for number in range(len(rows))],
        loc="center",
        cellLoc="center",
    )
    table.auto_set_font_size(False)
    table.set_fontsize(9)
    table.scale(1, 1.35)


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _save(figure: Any, file: FilePath) -> None:
    try:
        figure.savefig(file, dpi=110, metadata=TIMELESS.get(file.suffix.lower()))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: {error}") from error
