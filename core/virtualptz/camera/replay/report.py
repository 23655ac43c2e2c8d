"""What a replay tells in figures: for a program as JSON, for people as a table; and the path as CSV."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

from ...errors import ConfigError
from ...model import CameraQuality
from .entries import Log
from .path import shares
from .run import Replay
from .spec import ReplaySpec

HEADER = ("pts", "center_x", "center_y", "zoom", "reason")
FIGURES: tuple[tuple[str, str, str], ...] = (
    ("rms_jerk", "jerk", ".3f"),
    ("rms_acceleration", "accel.", ".4f"),
    ("peak_speed", "peak speed", ".3f"),
    ("direction_changes_per_minute", "turns/min", ".1f"),
    ("zoom_oscillations_per_minute", "zoom turns/min", ".1f"),
    ("still_share", "still", ".1%"),
    ("edge_share", "at edge", ".1%"),
    ("wanted_distance", "off wanted", ".4f"),
    ("players_in_view", "players in", ".1%"),
    ("ball_in_view", "ball in", ".1%"),
)
"""Field of CameraQuality, its short name, and how it is written."""
ZOOM_ROUNDING = 1e-6


def write_path(file: FilePath, replay: Replay) -> None:
    """CSV, one picture a line, every number to its last bit. ConfigError where it cannot be written."""
    try:
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(HEADER)
            for picture in replay.path.pictures:
                view = picture.view
                writer.writerow((picture.at, view.center_x, view.center_y, view.zoom, picture.reason))
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or error}") from error


def write_report(file: FilePath, report: Mapping[str, Any]) -> None:
    """Raises ConfigError where it cannot be written."""
    try:
        file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or error}") from error


def report_of(spec: ReplaySpec, replay: Replay) -> dict[str, Any]:
    """The same for the same replay: nothing in it depends on when or where it ran."""
    pictures = replay.path.pictures
    return {
        "name": replay.name,
        "policy": replay.policy,
        "policy_options": replay.options,
        "lookahead_seconds": replay.lookahead,
        "fps": "log" if spec.fps is None else str(spec.fps),
        "fixed_zoom": spec.fixed_zoom,
        "framing": replay.framing.model_dump(mode="json"),
        "steering": spec.steering,
        "latency_seconds": spec.latency,
        "pictures": len(pictures),
        "first_pts": pictures[0].at,
        "last_pts": pictures[-1].at,
        "quality": replay.quality.model_dump(mode="json"),
        "reasons": shares(pictures, "reason"),
        "holders": shares(pictures, "holder"),
        "problem": replay.problem,
    }


def log_summary(log: Log) -> dict[str, Any]:
    return {
        "files": [FilePath(file).name for file in log.files],
        "updates": log.update_count,
        "sections": len(log.sections),
        "skipped_lines": log.skipped,
        "dropped_lines": log.dropped,
        "problems": log.problems,
    }


def figures_of(quality: CameraQuality) -> list[str]:
    """As FIGURES says; a dash where nothing told it."""
    values = ((getattr(quality, name), how) for name, _, how in FIGURES)
    return ["-" if value is None else format(value, how) for value, how in values]


def table_of(replays: Sequence[Replay]) -> list[tuple[str, ...]]:
    """Rows of figures, the names first."""
    head = ("POLICY", *(short.upper() for _, short, _ in FIGURES))
    return [head, *((replay.name, *figures_of(replay.quality)) for replay in replays)]


def summary_of(log: Log, replay: Replay) -> list[str]:
    """What a person wants to know first."""
    pictures = replay.path.pictures
    seconds = pictures[-1].at - pictures[0].at
    names = max(len(short) for _, short, _ in FIGURES)
    reasons = ", ".join(
        f"{reason or 'nothing wanted'} {share:.0%}" for reason, share in shares(pictures, "reason").items()
    )
    return [
        f"{replay.policy}, look-ahead {replay.lookahead:g} s: {len(pictures)} pictures of {seconds:.1f} s, "
        f"{log.update_count} updates",
        *(
            f"  {short:<{names}}  {figure}"
            for (_, short, _), figure in zip(FIGURES, figures_of(replay.quality), strict=True)
        ),
        f"  {'why':<{names}}  {reasons or '-'}",
    ]


def warnings_of(log: Log, spec: ReplaySpec, replays: Sequence[Replay]) -> list[str]:
    """What of the log is missing from the replay, and what went otherwise than asked for."""
    lines = [f"{each.name}: {each.problem}" for each in replays if each.problem is not None]
    if log.skipped:
        lines.append(f"{log.skipped} lines are left out: " + "; ".join(log.problems))
    if log.dropped:
        lines.append(f"{log.dropped} lines are missing: their writer had no room for them")
    zooms = {picture.view.zoom for each in replays for picture in each.path.pictures}
    if spec.fixed_zoom is not None and max(abs(zoom - spec.fixed_zoom) for zoom in zooms) > ZOOM_ROUNDING:
        lines.append(f"the crop does not fit at zoom {spec.fixed_zoom:g}: the limits or the aspect forbid it")
    return lines
