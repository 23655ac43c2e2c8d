"""A graph without circles as a drawing in rows: every arrow points down, none runs through a box."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from .code import Graph

BOX_HEIGHT, ROW, GAP, MARGIN = 38, 84, 26, 20
CHARACTER = 7.9
"""Width of one, of the font below."""
WAYPOINT = 16.0
SWEEPS = 12
_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:.0f}" height="{height:.0f}" \
viewBox="0 0 {width:.0f} {height:.0f}">
<title>{title}</title>
<style>
  text {{ font: 13px ui-monospace, SFMono-Regular, Menlo, monospace; fill: #14323a; text-anchor: middle; }}
  .box {{ fill: #e3f2f1; stroke: #1f7a74; stroke-width: 1.2; }}
  .other {{ fill: #fdf1dc; stroke: #a9741c; stroke-width: 1.2; }}
  .arrow {{ fill: none; stroke: #5b7a80; stroke-width: 1.4; marker-end: url(#head); }}
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">\
<path d="M0 0 L8 4 L0 8 z" fill="#5b7a80"/></marker></defs>
<rect width="100%" height="100%" rx="8" fill="#ffffff"/>"""


@dataclass
class _Point:
    """A box, or a place where a long arrow passes a row."""

    name: str
    width: float
    x: float = 0.0
    above: list["_Point"] = field(default_factory=list)
    below: list["_Point"] = field(default_factory=list)


def drawing(title: str, graph: Graph, labels: Mapping[str, Sequence[str]], others: frozenset[str]) -> str:
    """An SVG. `labels` are the lines in each box, `others` those in another colour."""
    rows, ways = _arranged(graph, labels)
    width = max(row[-1].x + row[-1].width / 2 for row in rows) + MARGIN
    height = len(rows) * ROW - (ROW - BOX_HEIGHT) + 2 * MARGIN
    lines = [_HEAD.format(width=width, height=height, title=escape(title))]
    level = {id(point): number for number, row in enumerate(rows) for point in row}
    for (start, end), way in sorted(ways.items()):
        lines.append(f'<path class="arrow" data-from="{start}" data-to="{end}" d="{_curve(way, level)}"/>')
    for number, row in enumerate(rows):
        lines += [_box(point, number, labels, others) for point in row if point.name]
    return "\n".join([*lines, "</svg>", ""])


def _arranged(
    graph: Graph, labels: Mapping[str, Sequence[str]]
) -> tuple[list[list[_Point]], dict[tuple[str, str], list[_Point]]]:
    ranks = _ranks(graph)
    rows: list[list[_Point]] = [[] for _ in range(max(ranks.values()) + 1)]
    points = {}
    for name in sorted(graph):
        points[name] = _Point(name, max(len(line) for line in labels[name]) * CHARACTER + 24)
        rows[ranks[name]].append(points[name])
    ways = {}
    for start in sorted(graph):
        for end in sorted(graph[start]):
            between = [_Point("", WAYPOINT) for _ in range(ranks[start] + 1, ranks[end])]
            for number, point in enumerate(between, ranks[start] + 1):
                rows[number].append(point)
            ways[start, end] = [points[start], *between, points[end]]
    for way in ways.values():
        for upper, lower in pairwise(way):
            upper.below.append(lower)
            lower.above.append(upper)
    _order(rows)
    return rows, ways


def _ranks(graph: Graph) -> dict[str, int]:
    """Rows from the top: each box as near as can be to what it leads to, or else to what leads to it."""
    depth: dict[str, int] = {}

    def below(name: str) -> int:
        if name not in depth:
            depth[name] = max((below(target) + 1 for target in graph[name]), default=0)
        return depth[name]

    deepest = max(below(name) for name in graph)
    ranks = {name: deepest - depth[name] for name in graph}
    for name in graph:
        above = [ranks[other] for other in graph if name in graph[other]]
        if not graph[name] and above:
            ranks[name] = max(above) + 1
    return ranks


def _order(rows: list[list[_Point]]) -> None:
    """Sort each row by where its neighbours are, down and up in turn; then give everything its place."""
    for row in rows:
        _place(row, [float(number) for number in range(len(row))])
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else rows[::-1]:
            near = {id(point): point.above if down else point.below for point in row}
            if sweep >= SWEEPS // 2:
                near = {id(point): point.above + point.below for point in row}
            wanted = {id(point): _mean(point, near[id(point)]) for point in row}
            row.sort(key=lambda point: wanted[id(point)])
            _place(row, [wanted[id(point)] for point in row])
    left = min(row[0].x - row[0].width / 2 for row in rows)
    for row in rows:
        for point in row:
            point.x += MARGIN - left


def _mean(point: _Point, neighbours: list[_Point]) -> float:
    return sum(each.x for each in neighbours) / len(neighbours) if neighbours else point.x


def _place(row: list[_Point], wanted: list[float]) -> None:
    """As near to the wanted places as widths and order allow: pushed to the right, then back as a whole."""
    edge = float("-inf")
    for point, place in zip(row, wanted, strict=True):
        point.x = max(place, edge + point.width / 2)
        edge = point.x + point.width / 2 + GAP
    if row:
        shift = sum(place - point.x for point, place in zip(row, wanted, strict=True)) / len(row)
        for point in row:
            point.x += shift


def _curve(way: list[_Point], level: Mapping[int, int]) -> str:
    first, last = way[0], way[-1]
    path = [(first.x, MARGIN + level[id(first)] * ROW + BOX_HEIGHT)]
    for point in way[1:-1]:
        top = MARGIN + level[id(point)] * ROW
        path += [(point.x, top), (point.x, top + BOX_HEIGHT)]
    path.append((last.x, MARGIN + level[id(last)] * ROW))
    text = f"M{path[0][0]:.0f} {path[0][1]:.0f}"
    for (x, y), (to_x, to_y) in pairwise(path):
        middle = (y + to_y) / 2
        text += f" C{x:.0f} {middle:.0f} {to_x:.0f} {middle:.0f} {to_x:.0f} {to_y:.0f}"
    return text


def _box(point: _Point, row: int, labels: Mapping[str, Sequence[str]], others: frozenset[str]) -> str:
    top, lines = MARGIN + row * ROW, labels[point.name]
    kind = "other" if point.name in others else "box"
    first = top + BOX_HEIGHT / 2 + 4.5 - 7.5 * (len(lines) - 1)
    texts = "".join(
        f'<text x="{point.x:.0f}" y="{first + 15 * number:.0f}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    return (
        f'<g data-name="{point.name}"><rect class="{kind}" x="{point.x - point.width / 2:.0f}" y="{top}" '
        f'width="{point.width:.0f}" height="{BOX_HEIGHT}" rx="6"/>{texts}</g>'
    )
