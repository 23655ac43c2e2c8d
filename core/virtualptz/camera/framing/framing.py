"""Tracking updates in any order, wanted views in the order of time."""

from bisect import bisect_right, insort

from ...model import Edges, FramingOptions, Sample, TrackingUpdate, View
from .wanted import wanted_view

MEMORY_SECONDS = 10.0
"""Updates older than this are forgotten, but for the newest."""


class Framing:
    """What to show, as a function of stream time. Pure: the same updates give the same wanted views.

    Belongs to one operator, which serialises the calls.
    """

    def __init__(self, options: FramingOptions, view: View) -> None:
        """`view`: where the camera looks until anything is seen."""
        self._options = options
        self._first = view
        self._edges = Edges()
        self._samples: list[Sample] = []

    @property
    def tracked(self) -> bool:
        """Whether any update has said where to look."""
        return bool(self._samples)

    def reshape(self, edges: Edges) -> None:
        """Where the camera may look is new: from now on all wanted views are inside."""
        self._edges = edges

    def add(self, update: TrackingUpdate, at: float) -> None:
        """Take an update that was measured on the picture of stream time `at`."""
        current = self._samples[-1].view if self._samples else self._first
        view = wanted_view(update, current)
        if view is not None:
            insort(self._samples, Sample(at, view, "tracking"), key=_time)

    def wanted(self, since: float, until: float) -> list[Sample]:
        """What is wanted from `since` to `until`, beginning with what is in force at `since`."""
        while len(self._samples) > 1 and self._samples[1].at < since - MEMORY_SECONDS:
            del self._samples[0]
        first = max(bisect_right(self._samples, since, key=_time) - 1, 0)
        last = bisect_right(self._samples, until, key=_time)
        clamp = self._edges.clamp
        return [Sample(each.at, clamp(each.view), each.reason) for each in self._samples[first:last]]


def _time(sample: Sample) -> float:
    return sample.at
