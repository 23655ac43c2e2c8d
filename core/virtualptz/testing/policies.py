"""What every smoothing policy must keep, as a check to call from a plug-in's own tests."""

import math
from collections.abc import Callable, Iterator, Sequence

from ..model import Edges, Sample, View
from ..protocols import SmoothingPolicy

START = View(0.4, 0.5, 1.5)
BEGINS_AT = 3.0
RATES = (25.0, 30.0, 60.0)
SECONDS = 6.0
WANTED = (
    Sample(3.5, View(0.7, 0.45, 2.0), "follow"),
    Sample(5.0, View(0.3, 0.55, 1.2), "turn back"),
    Sample(5.1, View(0.31, 0.55, 1.2), "barely"),
    Sample(7.0, View(0.3, 0.5, 4.0), "close in"),
)

Make = Callable[[], SmoothingPolicy]


def check_smoothing_policy(make: Make) -> None:
    """Drive fresh policies along a path; AssertionError says which rule one breaks, and where.

    It must stand still where nothing is wanted, give finite views, take an empty list and the same time
    twice, give the same path for the same inputs (also after `reset`), and know nothing that is further
    ahead than its `lookahead`.
    """
    for rate in RATES:
        policy = make()
        path = list(_path(policy, rate))
        assert path == list(_path(policy, rate)), "reset does not give the same path again"
        assert path == list(_path(make(), rate)), "the same inputs give another path"
        for step, view in enumerate(path):
            _check_view(view, f"at step {step} of {rate:g} a second")
    _check_standing_still(make())
    _check_patience(make())


def _path(policy: SmoothingPolicy, rate: float) -> Iterator[View]:
    policy.reset(START, BEGINS_AT)
    for step in range(int(SECONDS * rate)):
        at = BEGINS_AT + step / rate
        yield policy.step(at, _known(at + policy.lookahead), Edges())


def _known(until: float) -> Sequence[Sample]:
    return [sample for sample in WANTED if sample.at <= until]


def _check_view(view: View, where: str) -> None:
    values = (view.center_x, view.center_y, view.zoom)
    assert all(math.isfinite(value) for value in values), f"{view} is not finite, {where}"
    assert view.zoom > 0, f"{view} has no picture, {where}"


def _check_standing_still(policy: SmoothingPolicy) -> None:
    assert policy.lookahead >= 0, "lookahead is negative"
    policy.reset(START, BEGINS_AT)
    for at in (BEGINS_AT, BEGINS_AT + 0.04, BEGINS_AT + 60):
        assert policy.step(at, [], Edges()) == START, f"it moves at {at} although nothing is wanted"


def _check_patience(policy: SmoothingPolicy) -> None:
    """A time that comes twice, and a stream that stood still for a while."""
    policy.reset(START, BEGINS_AT)
    wanted = [Sample(BEGINS_AT, View(0.6, 0.5, 1.5))]
    for at in (BEGINS_AT + 1, BEGINS_AT + 1, BEGINS_AT + 600):
        _check_view(policy.step(at, wanted, Edges()), f"at {at}")
