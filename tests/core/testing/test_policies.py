import math
import time
from collections.abc import Sequence

import pytest

from virtualptz.model import STILL, Edges, Sample, Speed, View
from virtualptz.plugins import PluginHost
from virtualptz.protocols import SmoothingPolicy
from virtualptz.testing.policies import check_smoothing_policy

BUILT_IN = [
    name for status in PluginHost.load().statuses for name in status.offers.get("smoothing_policies", ())
]


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_policies_that_are_installed_keep_the_contract(name: str) -> None:
    host = PluginHost.load()
    check_smoothing_policy(lambda: host.smoothing_policy(name))


class Jump:
    """A good one to break."""

    lookahead = 0.0

    def __init__(self) -> None:
        self.view = View()

    def reset(self, view: View, at: float, speed: Speed = STILL) -> None:
        self.view = view

    def step(self, at: float, wanted: Sequence[Sample], edges: Edges) -> View:
        if wanted:
            self.view = wanted[-1].view
        return self.view


class Forgetful(Jump):
    def __init__(self) -> None:
        super().__init__()
        self.steps = 0

    def step(self, at: float, wanted: Sequence[Sample], edges: Edges) -> View:
        self.steps += 1
        view = super().step(at, wanted, edges)
        return View(view.center_x + self.steps / 1e6, view.center_y, view.zoom) if wanted else view


class Clocked(Jump):
    def step(self, at: float, wanted: Sequence[Sample], edges: Edges) -> View:
        view = super().step(at, wanted, edges)
        return (
            View(view.center_x, view.center_y, view.zoom + time.perf_counter() % 1 / 1e6) if wanted else view
        )


class Restless(Jump):
    def step(self, at: float, wanted: Sequence[Sample], edges: Edges) -> View:
        view = super().step(at, wanted, edges)
        return view if wanted else View(view.center_x + at / 1e6, view.center_y, view.zoom)


class Dividing(Jump):
    last = 0.0

    def step(self, at: float, wanted: Sequence[Sample], edges: Edges) -> View:
        elapsed, self.last = at - self.last, at
        view = super().step(at, wanted, edges)
        return View(view.center_x, view.center_y, math.nan) if wanted and elapsed == 0 else view


class Greedy(Jump):
    lookahead = -1.0


def test_one_that_jumps_keeps_the_contract() -> None:
    check_smoothing_policy(Jump)


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (Forgetful, "reset does not give the same path"),
        (Clocked, "the same path"),
        (Restless, "although nothing is wanted"),
        (Dividing, "is not finite"),
        (Greedy, "lookahead is negative"),
    ],
)
def test_one_that_breaks_it_is_told(policy: type[SmoothingPolicy], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_smoothing_policy(policy)
