"""The path that a camera took, as it is told picture by picture."""

from collections.abc import Iterable
from itertools import pairwise

from ...model import Edges, View
from ..journal import Decided, NoJournal
from ..quality import GAP_SECONDS, QualityMeter


class Path(NoJournal):
    """A journal that keeps every picture's view, from the stream time `since` on."""

    def __init__(self, since: float = float("-inf")) -> None:
        self.since = since
        self.pictures: list[Decided] = []

    def decided(self, decided: Decided) -> None:
        if decided.at >= self.since:
            self.pictures.append(decided)


class Meter(QualityMeter):
    """The quality of all of the path, from the stream time `since` on."""

    def __init__(self, since: float = float("-inf")) -> None:
        super().__init__(window=None)
        self.since = since

    def add(self, at: float, view: View, wanted: View | None, edges: Edges) -> None:
        if at >= self.since:
            super().add(at, view, wanted, edges)


def shares(pictures: Iterable[Decided], what: str) -> dict[str, float]:
    """Of the time, by `reason` or `holder`: each picture counts until the next one. The largest first."""
    seconds: dict[str, float] = {}
    for now, later in pairwise(pictures):
        took = later.at - now.at
        if took <= GAP_SECONDS:
            value = getattr(now, what)
            seconds[value] = seconds.get(value, 0.0) + took
    total = sum(seconds.values())
    ordered = sorted(seconds.items(), key=lambda item: (-item[1], item[0]))
    return {value: spent / total for value, spent in ordered}
