"""Tracking updates in any order, wanted views in the order of time."""

import math
from bisect import bisect_left, bisect_right, insort

from ...model import Edges, FramingOptions, Sample, TrackingUpdate, View
from .foresight import ENOUGH_SECONDS, cautious
from .frame import Frame
from .observation import Observation, observe
from .path import Path
from .shot import Composer, Memory

LATE_SECONDS = 7.0
"""An update of a moment longer than this before the newest one comes too late to be of use: the longest
look-ahead, and what a policy looks back on."""
MEMORY_SECONDS = 14.0
"""Moments further back are forgotten, so that a late update finds all that it depends on."""
TIDY_SECONDS = 5.0
"""They are forgotten together, this often."""
CROWDED = 2000
"""Moments that are remembered at most, however many updates a second come."""


class Framing:
    """What to show, as a function of stream time. Pure: the same updates give the same wanted views.

    In any order of arrival, as long as none is late by LATE_SECONDS; of two of the same time the one that
    came last counts. Belongs to one operator, which serialises the calls.
    """

    def __init__(self, options: FramingOptions, view: View) -> None:
        """`view`: where the camera looks until anything is seen."""
        self._asked = self._options = options
        self._edges, self._foreseen = Edges(), ENOUGH_SECONDS
        self._composer = Composer(options, self._edges.shape)
        self._path = Path(options, view, Frame(options, self._edges))
        self._observed: list[Observation] = []
        self._memories: list[Memory] = []
        """What each moment leaves to the next."""
        self._before = Memory()
        """What the last forgotten moment left."""

    @property
    def tracked(self) -> bool:
        """Whether any update has said where to look."""
        return bool(self._observed)

    def reshape(self, edges: Edges) -> None:
        """Where the camera may look is new: from now on all wanted views are inside."""
        self._edges = edges
        self._renew()

    def foresee(self, seconds: float) -> None:
        """So much of the future its user knows: with less than ENOUGH_SECONDS the shots leave more free."""
        seconds = min(seconds, ENOUGH_SECONDS)
        if seconds != self._foreseen:
            self._foreseen, self._options = seconds, cautious(self._asked, seconds)
            self._renew()

    def add(self, update: TrackingUpdate, at: float) -> None:
        """Take an update that was measured on the picture of stream time `at`."""
        newest = self._path.times[-1] if self._path.times else -math.inf
        if not math.isfinite(at) or at < newest - LATE_SECONDS:
            return
        observed = observe(update, self._options)
        if update.tracking_mode_hint == "reacquire" and (observed is None or observed.wish is None):
            self._search(at)
        elif observed is not None:
            self._insert(observed, at)
            self._tidy()

    def wanted(self, since: float, until: float) -> list[Sample]:
        """What is wanted from `since` to `until`, beginning with what is in force at `since`.

        Only updates of moments up to `until` count.
        """
        return self._path.between(since, until)

    def _renew(self) -> None:
        self._composer = Composer(self._options, self._edges.shape)
        self._compose(0)
        self._path.reframe(self._options, Frame(self._options, self._edges))

    def _search(self, at: float) -> None:
        """The detector searches; what it reports meanwhile is as good as nothing."""
        times, searches = self._path.times, self._path.searches
        insort(searches, at)
        seen = bisect_right(times, at) - 1
        if seen >= 0:
            first = bisect_right(searches, times[seen])
            if first < len(searches) and searches[first] == at:
                self._path.change(times[seen])
        if len(searches) > CROWDED:
            # Only the first one after each sighting says anything.
            first = bisect_right(searches, times[-1]) if times else CROWDED
            searches[: CROWDED // 2] = searches[first : CROWDED // 2][:1]

    def _insert(self, observed: Observation, at: float) -> None:
        times = self._path.times
        index = bisect_left(times, at)
        if index < len(times) and times[index] == at:
            self._observed[index] = observed
        else:
            times.insert(index, at)
            self._observed.insert(index, observed)
        self._compose(index)
        self._path.change(at)

    def _compose(self, start: int) -> None:
        """Anew from here on: each shot takes something from those before it."""
        shots = self._path.shots
        del shots[start:], self._memories[start:]
        memory = self._memories[-1] if self._memories else self._before
        for at, observed in zip(self._path.times[start:], self._observed[start:], strict=True):
            memory, shot = self._composer.compose(memory, observed, at)
            self._memories.append(memory)
            shots.append(shot)

    def _tidy(self) -> None:
        times, searches = self._path.times, self._path.searches
        horizon = times[-1] - MEMORY_SECONDS
        if times[0] > horizon - TIDY_SECONDS and len(times) <= CROWDED:
            return
        count = max(bisect_right(times, horizon) - 1, len(times) - CROWDED // 2, 0)
        if count:
            self._before = self._memories[count - 1]
            self._path.forget(count)
            del self._observed[:count], self._memories[:count]
            del searches[: bisect_left(searches, times[0])]
