"""The figure of docs/benchmarks.md: how near a camera stays to play against how smoothly it moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
from matplotlib.transforms import Bbox

Kind = Literal["peer", "ours", "lookahead", "limit"]
COLOURS: dict[Kind, str] = {"peer": "#7a7a7a", "ours": "#c46210", "lookahead": "#0b6e4f", "limit": "#1a1a1a"}
MARKERS: dict[Kind, str] = {"peer": "s", "ours": "D", "lookahead": "o", "limit": "*"}
Side = Literal["left", "right"]
SIDES: tuple[tuple[int, Side], ...] = ((8, "left"), (-8, "right"))
PLACES = [(x, y, side) for y in (4, -12, -24, 16, -36, 28, -48, 40, -60) for x, side in SIDES]
"""Where a label may be, in points from its mark, and which of its ends that is; the first that is free."""


@dataclass(frozen=True, slots=True)
class Point:
    name: str
    error: float
    jerk: float
    kind: Kind


def draw(points: Sequence[Point], path: Path) -> None:
    """A PNG; points of one kind in one colour, those of `lookahead` joined in their order."""
    figure = Figure(figsize=(8.0, 5.2), dpi=110, layout="constrained")
    axes = figure.add_subplot()
    _dress(axes)
    joined = [point for point in points if point.kind == "lookahead"]
    axes.plot(
        [each.jerk for each in joined], [each.error for each in joined], color=COLOURS["lookahead"], lw=1
    )
    for point in points:
        axes.plot(
            point.jerk,
            point.error,
            marker=MARKERS[point.kind],
            color=COLOURS[point.kind],
            markersize=13 if point.kind == "limit" else 7,
            linestyle="none",
        )
    figure.draw_without_rendering()
    taken = [_around(axes, point) for point in points]
    for point in sorted(points, key=lambda each: (each.kind == "limit", each.error)):
        taken.append(_label(axes, point, taken))
    figure.savefig(path, metadata={"Software": f"matplotlib {mpl.__version__}"})


def _dress(axes: Axes) -> None:
    axes.set(xscale="log", yscale="log")
    axes.set_xlabel("RMS jerk, source widths / s³: to the left, smoother")
    axes.set_ylabel("RMS error, source widths: down, nearer to play")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.grid(visible=True, which="both", alpha=0.2)
    axes.margins(x=0.08, y=0.18)


def _around(axes: Axes, point: Point) -> Bbox:
    x, y = axes.transData.transform((point.jerk, point.error))
    return Bbox([[x - 7, y - 7], [x + 7, y + 7]])


def _label(axes: Axes, point: Point, taken: Sequence[Bbox]) -> Bbox:
    """Beside its mark where no other mark or label is."""
    text = axes.annotate(
        point.name,
        (point.jerk, point.error),
        textcoords="offset points",
        xytext=(0, 0),
        fontsize=8,
        color=COLOURS[point.kind],
        in_layout=False,
    )
    for x, y, side in PLACES:
        text.xyann = (x, y)
        text.set_horizontalalignment(side)
        box = text.get_window_extent()
        inside = axes.bbox.x0 < box.x0 and box.x1 < axes.bbox.x1 and axes.bbox.y0 < box.y0
        if inside and not box.count_overlaps(list(taken)):
            break
    return box
