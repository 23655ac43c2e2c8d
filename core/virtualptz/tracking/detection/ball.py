"""Which of the detected balls is the one in play, and how it moves."""

import math
from collections.abc import Sequence
from statistics import median

from ..bytetrack import Track
from .clutter import Clutter
from .detections import Detections
from .hypothesis import DAMPED_SECONDS, Hypothesis, Seen
from .scene import TALL, Ball

DIAMETER = 0.24
"""Metres."""
COAST_SECONDS = 0.6
"""An unseen ball is foretold for this long."""
REMEMBERED_SECONDS = 1.5
"""And found again for this long: by then a pass has arrived, and it may be anywhere."""
TENTATIVE_SECONDS = 0.35
"""What was seen once is nothing unless it is seen again within this."""
LEAST_EVIDENCE = 0.1
BETTER = 1.3
"""Times the evidence of the ball in play makes another one the ball: a single false one never does."""
REACH = 4.0
"""Metres to the side of the nearest person: a ball further off is rarely the one in play."""
ALONE = 0.4
MOST = 32
"""Hypotheses that are kept."""


class BallTracker:
    """Follows everything that is taken for a ball, and says which is the one in play. One thread at a time.

    In play is what was seen most and surest in the last second, near people, and does not stand still.
    """

    def __init__(self) -> None:
        self._all: list[Hypothesis] = []
        self._chosen: Hypothesis | None = None
        self._at: float | None = None
        self._metre = 0.0
        self._clutter = Clutter()

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]

    def update(self, balls: Detections, at: float, people: Sequence[Track] = ()) -> Ball | None:
        """`balls`: detections of the class `ball` only, in pixels as `people`, who tell how large a metre is
        and where play is. Time goes on from call to call."""
        passed = 0.0 if self._at is None else max(at - self._at, 0.0)
        self._at = at
        for each in self._all:
            each.go_on(at)
        self._match(self._seen(balls, passed, people), at, passed)
        self._all = [each for each in self._all if each.unseen <= _lifetime(each)]
        worth = {id(each): _worth(each, people) for each in self._all}
        self._all = sorted(self._all, key=lambda each: -worth[id(each)])[:MOST]
        self._choose(worth)
        return None if self._chosen is None else _ball(self._chosen)

    def _match(self, seen: list[Seen], at: float, passed: float) -> None:
        """The likelier a hypothesis, the earlier it takes its nearest detection; those left are new ones."""
        free = dict(enumerate(seen))
        for each in self._in_order():
            nearest = min(free, key=lambda index: each.distance(free[index].place), default=None)
            if nearest is not None and each.distance(free[nearest].place) < math.inf:
                each.see(free.pop(nearest), passed)
        self._all += [Hypothesis.begin(one, at) for one in free.values()]

    def _in_order(self) -> list[Hypothesis]:
        return sorted(self._all, key=lambda each: (each is not self._chosen, each.sightings == 1))

    def _choose(self, worth: dict[int, float]) -> None:
        likely = [each for each in self._all if self._likely(each, worth[id(each)])]
        best = max(likely, key=lambda each: worth[id(each)], default=None)
        if self._chosen not in likely or (
            best is not None
            and self._chosen is not None
            and best.sightings > 2
            and worth[id(best)] > BETTER * worth[id(self._chosen)]
        ):
            self._chosen = best

    def _likely(self, each: Hypothesis, worth: float) -> bool:
        """Who is the ball already needs less: it is hidden half the time."""
        least = LEAST_EVIDENCE / 2 if each is self._chosen else LEAST_EVIDENCE
        return each.unseen <= COAST_SECONDS and each.sightings > 1 and worth >= least

    def _seen(self, balls: Detections, passed: float, people: Sequence[Track]) -> list[Seen]:
        if people:
            self._metre = max(median(person.height for person in people) / TALL, 1.0)
        self._clutter.go_on(passed)
        return [
            self._one(box, score, passed)
            for box, score in zip(balls.boxes.tolist(), balls.scores.tolist(), strict=True)
        ]

    def _one(self, box: Sequence[float], score: float, passed: float) -> Seen:
        left, top, right, bottom = box
        place, width = ((left + right) / 2, (top + bottom) / 2), right - left
        metre = self._metre or max(width / DIAMETER, 1.0)
        trust = self._clutter.trust(place, metre, passed)
        return Seen(place, (width, bottom - top), score, math.sqrt(score) * trust, metre)


def _lifetime(each: Hypothesis) -> float:
    return TENTATIVE_SECONDS if each.sightings == 1 else REMEMBERED_SECONDS


def _worth(each: Hypothesis, people: Sequence[Track]) -> float:
    near = not people or any(_aside(each, person) <= REACH * each.metre for person in people)
    return each.evidence * (1.0 if near else ALONE)


def _aside(each: Hypothesis, person: Track) -> float:
    """Pixels to the side of a person; a high ball is above somebody."""
    left, _, right, _ = person.box
    return max(left - each.place[0], each.place[0] - right, 0.0)


def _ball(each: Hypothesis) -> Ball:
    fade = math.exp(-each.unseen / DAMPED_SECONDS)
    return Ball(each.box, each.score * fade, each.velocity, each.unseen)
