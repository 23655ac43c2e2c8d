"""Paths and their figures as a picture. The only place that needs matplotlib."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path as FilePath
from typing import Any

from ...errors import ConfigError
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
        heights = [3.0, 1.6, 1.6, 0.35 * len(replays) + 0.3, 0.32 * rows + 0.2]
        *curves, why, table = figure.subplots(5, 1, gridspec_kw={"height_ratios": heights})
        for axes in (*curves[1:], why):
            axes.sharex(curves[0])
        figure.suptitle(title)
        _draw_paths(curves, replays)
        _draw_reasons(why, replays)
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
        axes.margins(x=0.01)
        axes.tick_params(labelbottom=False)
    curves[1].invert_yaxis()
    curves[0].legend(loc="upper right", fontsize="small", ncols=4)


def _draw_wanted(axes: Any, replay: Replay, name: str) -> None:
    """What the policies follow; it is the framing's, and so much the same for all of them."""
    wanted = [(picture.at, picture.wanted) for picture in replay.path.pictures if picture.wanted is not None]
    values = [getattr(view, name) for _, view in wanted]
    axes.plot([at for at, _ in wanted], values, color=WANTED, linewidth=1.0, label="wanted", zorder=0)


def _draw_reasons(axes: Any, replays: Sequence[Replay]) -> None:
    reasons: dict[str, str] = {}
    for row, replay in enumerate(replays):
        for reason, group in groupby(replay.path.pictures, key=lambda picture: picture.reason):
            part = list(group)
            colour = reasons.setdefault(reason, COLOURS[len(reasons) % len(COLOURS)])
            axes.barh(row, part[-1].at - part[0].at, left=part[0].at, color=colour, height=0.7)
    for reason, colour in reasons.items():
        axes.barh(0, 0, color=colour, label=reason or "nothing wanted")
    axes.set_yticks(range(len(replays)), [replay.name for replay in replays])
    axes.invert_yaxis()
    axes.set_xlabel("stream time (s)")
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.5), fontsize="small", ncols=6, title="why")


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
        # Without the date and version that it writes by itself: the same replay, the same bytes.
        figure.savefig(file, dpi=110, metadata={"Software": None} if file.suffix == ".png" else None)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: {error}") from error
