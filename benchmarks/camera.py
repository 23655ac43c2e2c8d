"""How well the camera operator works on real play, beside other open ones and beside what is possible."""

from collections.abc import Mapping
from pathlib import Path

from virtualptz.model import CameraQuality

from .camera_cost import LOOKAHEAD as COST_LOOKAHEAD
from .camera_cost import PICTURES_A_SECOND, Costs, measure_costs
from .camera_drive import causal
from .camera_figure import Kind, Point, draw
from .camera_play import NBA, Scene
from .camera_runs import (
    CONDITIONS,
    LIMIT,
    MARGINS,
    PEERS,
    PLAIN,
    RAW,
    TRIED,
    WINDOWS,
    ZOOM_PEERS,
    Results,
    lookahead,
    policies,
    run,
)
from .camera_zoom import BALL_ENOUGH, IN_PLAY, PLAYERS_ENOUGH, Shot
from .report import Part, Result, median, p95, verdict

FIGURE = "camera-error-jerk.png"
ERROR_OF_LIMIT, JERK_OF_LIMIT = 1.2, 1.6
STEADY = 2.0
"""A policy is stable where nothing makes its jerk more than this many times larger."""
COST_AIM_MS = 0.2


def measure(folder: Path, quick: bool) -> Result:
    scene = Scene(real=NBA.exists(), seconds=20 if quick else 1e9)
    results = run(scene)
    costs = measure_costs(Scene(scene.real, seconds=20 if quick else 180))
    return report(scene, results, costs, folder)


def report(scene: Scene, results: Results, costs: Costs, folder: Path) -> Result:
    plain = {name: figures for (name, condition), figures in results.panned.items() if condition == PLAIN}
    draw(_points(plain), folder / FIGURE)
    footage = scene.footage
    return Result(
        name="camera",
        title="How well the camera works",
        claim=_claims(plain),
        head=("way to move", "RMS error, widths", "RMS jerk, widths/s³", "turns a minute", "standing"),
        rows=tuple(_row(name, each) for name, each in plain.items()),
        notes=(
            f"{footage.source}: {footage.seconds / 60:.1f} minutes in {len(footage.passages)} passages, "
            "joined by cubics to 30 pictures a second. Pan only, a view half the court wide. The ideal "
            "target is half ball, half median player; a detector sees it 10 times a second with noise of "
            "0.6 % of the width and 2 % outliers of 8 %, clamped to where the view may go. The error is "
            "the distance from the ideal target. Peers are re-implemented from their published constants "
            "(`camera_peers.py`); ours are the installed policies in the live operator, and the figures "
            "are its own quality meter's."
        ),
        more=(_harder(results), _zooming(results), _costing(costs)),
        figure=folder / FIGURE,
    )


def _claims(plain: Mapping[str, CameraQuality]) -> str:
    ours, spring, raw, limit = plain[lookahead(1.0)], plain["`spring`"], plain[RAW], plain[LIMIT]
    error, jerk = _error(ours) / _error(limit), ours.rms_jerk / limit.rms_jerk
    behind = [name for name in PEERS if not _ahead(ours, plain[name])]
    better = [name for name in PEERS if _ahead(plain[name], spring)]
    lines = [
        f"- {lookahead(1.0)} is nearer to play than the newest detection itself: {_error(ours):.4f} against "
        f"{_error(raw):.4f} widths ({verdict(_error(ours) < _error(raw))}).",
        f"- It has at most {ERROR_OF_LIMIT:g} times the error and {JERK_OF_LIMIT:g} times the jerk of the "
        f"whole game's optimum at the same weight: **{error:.2f}** ({verdict(error <= ERROR_OF_LIMIT)}) and "
        f"**{jerk:.2f}** ({verdict(jerk <= JERK_OF_LIMIT)}).",
        f"- It is ahead of every peer on error and jerk at once: {verdict(not behind)}{_named(behind)}.",
        f"- No causal peer is ahead of `spring` on both: {verdict(not better)}{_named(better)}.",
    ]
    return "\n".join(lines)


def _error(figures: CameraQuality) -> float:
    assert figures.wanted_distance is not None
    return figures.wanted_distance


def _ahead(one: CameraQuality, other: CameraQuality) -> bool:
    return _error(one) < _error(other) and one.rms_jerk < other.rms_jerk


def _named(names: list[str]) -> str:
    return f" ({', '.join(names)})" if names else ""


def _row(name: str, figures: CameraQuality) -> tuple[str, ...]:
    return (
        name,
        f"{_error(figures):.4f}",
        _jerk(figures),
        f"{figures.direction_changes_per_minute:.1f}",
        f"{figures.still_share:.0%}",
    )


def _jerk(figures: CameraQuality) -> str:
    return f"{figures.rms_jerk:.3g}"


def _points(plain: Mapping[str, CameraQuality]) -> list[Point]:
    ahead, ours = policies(WINDOWS, ()), policies((), causal())
    points = []
    for name, figures in plain.items():
        kind: Kind = "lookahead" if name in ahead else "ours" if name in ours else "peer"
        kind = "limit" if name == LIMIT else kind
        points.append(Point(name.replace("`", ""), _error(figures), figures.rms_jerk, kind))
    return points


def _harder(results: Results) -> Part:
    names = list(dict.fromkeys(name for name, condition in results.panned if condition != PLAIN))
    worst = {
        name: max(results.panned[name, each].rms_jerk for each in CONDITIONS)
        / results.panned[name, PLAIN].rms_jerk
        for name in policies(TRIED, ["spring"])
    }
    stable = ", ".join(f"{name} {ratio:.2f} ({verdict(ratio <= STEADY)})" for name, ratio in worst.items())
    cells = {
        name: [
            f"{_error(each):.4f} / {_jerk(each)}" for each in (results.panned[name, c] for c in CONDITIONS)
        ]
        for name in names
    }
    return Part(
        title="Late, seldom and silent detectors",
        claim=f"Stable: no condition more than doubles the jerk. Largest ratio: {stable}.",
        head=("error / jerk of", *CONDITIONS),
        rows=tuple((name, *row) for name, row in cells.items()),
        notes="A silence is met by holding the last detection, by the peers as by the operator.",
    )


def _zooming(results: Results) -> Part:
    published = {name: results.margins[name, 1.0] for name in ZOOM_PEERS}
    reaching = {name: shot.zoom for name, shot in published.items() if shot.enough}
    best = max(reaching, key=lambda name: reaching[name]) if reaching else None
    ours = results.zoomed[lookahead(1.0)]
    aim = ours.enough and (best is None or ours.zoom >= reaching[best])
    beside = f"that of {best} is {reaching[best]:.2f}" if best else "no peer reaches the same"
    return Part(
        title="Free to zoom",
        claim=(
            f"Aim: ball in view at least {BALL_ENOUGH:.1%} and players in play {PLAYERS_ENOUGH:.0%} of the "
            f"time, at a mean zoom no lower than the best peer's that reaches the same. {lookahead(1.0)}: "
            f"**{ours.quality.ball_in_view:.1%}** and **{ours.quality.players_in_view:.1%}** at a mean zoom "
            f"of **{ours.zoom:.2f}**; {beside} ({verdict(aim)})."
        ),
        head=(
            *("framing", "ball in view", "players in play in view", "mean zoom", "zoom turns a minute"),
            *("turns a minute", "RMS jerk, widths/s³"),
        ),
        rows=(
            *(_shot(name, shot) for name, shot in published.items()),
            *(_shot(*each) for each in _tightest(results)),
            *(_shot(name, shot) for name, shot in results.zoomed.items()),
        ),
        notes=(
            "The same play as a wide camera on a stand sees it, every player and the ball detected with "
            f"the same noise and outliers. In play is who is at most {IN_PLAY:g} m along the court from "
            "the median player. Peers have their published constants; below that, the box that they frame "
            "is scaled as tight as still reaches the aim."
        ),
    )


def _tightest(results: Results) -> list[tuple[str, Shot]]:
    found = []
    for name in ZOOM_PEERS:
        enough = [margin for margin in MARGINS if results.margins[name, margin].enough]
        if enough:
            margin = min(enough)
            found.append((f"{name}, box times {margin:g}", results.margins[name, margin]))
    return found


def _shot(name: str, shot: Shot) -> tuple[str, ...]:
    quality = shot.quality
    return (
        name,
        f"{quality.ball_in_view:.1%}",
        f"{quality.players_in_view:.1%}",
        f"{shot.zoom:.2f}",
        f"{quality.zoom_oscillations_per_minute:.1f}",
        f"{quality.direction_changes_per_minute:.1f}",
        _jerk(quality),
    )


def _costing(costs: Costs) -> Part:
    parts = {
        "**`view_at`, all of it**": costs.whole,
        "policy": costs.policy,
        "framing": costs.framing,
        "quality meter": costs.quality,
        "a tracking update of 11 targets (10 a second, beside)": costs.update,
    }
    cost = median(costs.whole) * 1000
    return Part(
        title="What a view costs",
        claim=(
            f"Aim: at {PICTURES_A_SECOND} pictures a second with {COST_LOOKAHEAD:g} s of look-ahead, under "
            f"{COST_AIM_MS:g} ms at the median: **{cost:.3f} ms** ({verdict(cost < COST_AIM_MS)})."
        ),
        head=("part", "median, ms", "p95, ms"),
        rows=tuple(
            (name, f"{median(each) * 1000:.3f}", f"{p95(each) * 1000:.3f}") for name, each in parts.items()
        ),
    )
