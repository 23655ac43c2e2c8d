"""The figure of docs/benchmarks.md: how near a camera stays to play against how smoothly it moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Kind = Literal["peer", "ours", "lookahead", "limit"]
COLOURS: dict[Kind, str] = {"peer": "#7a7a7a", "ours": "#c46210", "lookahead": "#0b6e4f", "limit": "#1a1a1a"}
MARKERS: dict[Kind, str] = {"peer": "s", "ours": "D", "lookahead": "o", "limit": "*"}


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
    for point in points:
        axes.plot(
            point.jerk,
            point.error,
            marker=MARKERS[point.kind],
            color=COLOURS[point.kind],
            markersize=13 if point.kind == "limit" else 7,
            linestyle="none",
        )
        _label(axes, point)
    joined = [point for point in points if point.kind == "lookahead"]
    axes.plot(
        [each.jerk for each in joined], [each.error for each in joined], color=COLOURS["lookahead"], lw=1
    )
    axes.set(xscale="log", yscale="log")
    axes.set_xlabel("RMS jerk, source widths / s³ (less is smoother)")
    axes.set_ylabel("RMS distance from the ideal target, source widths")
    axes.grid(visible=True, which="both", alpha=0.2)
    axes.margins(x=0.12, y=0.1)
    figure.savefig(path, metadata={"Software": f"matplotlib {mpl.__version__}"})


def _label(axes: Axes, point: Point) -> None:
    axes.annotate(
        point.name,
        (point.jerk, point.error),
        textcoords="offset points",
        xytext=(8, 4),
        fontsize=8,
        color=COLOURS[point.kind],
    )
