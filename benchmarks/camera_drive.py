"""The agent's own operator on recorded updates, with stream time as its clock."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from virtualptz.camera.operator import CameraOperator, NamedPolicy, OperatorSpec
from virtualptz.model import TrackingUpdate, View
from virtualptz.plugins import PluginHost
from virtualptz.protocols import SmoothingPolicy

from .camera_play import Detector

_plugins = lru_cache(maxsize=1)(PluginHost.load)


def new_policy(name: str, lookahead: float) -> SmoothingPolicy:
    return _plugins().smoothing_policy(name, lookahead=lookahead)


class PolicyFailedError(Exception):
    """A policy that raised an error, or gave no view."""


@lru_cache(maxsize=1)
def causal() -> tuple[str, ...]:
    """All installed policies that make no use of the future."""
    offered = [name for status in _plugins().statuses for name in status.offers.get("smoothing_policies", ())]
    return tuple(name for name in offered if new_policy(name, 1.0).lookahead == 0)


class StreamClock:
    """As if the pictures came at their own pace."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def drive(
    name: str,
    lookahead: float,
    begin: View,
    times: Iterable[float],
    updates: Iterable[TrackingUpdate],
    detector: Detector,
) -> Iterator[tuple[float, View]]:
    """Each picture's time and the view that the operator gives it.

    While a picture leaves, the newest decoded one is `lookahead` ahead of it; the updates that are there are
    of pictures at least the detector's latency older than that one. Raises PolicyFailedError where another
    policy had to take over: the figures would be its own.
    """
    clock = StreamClock()
    spec = OperatorSpec(view=begin, lookahead_seconds=lookahead)
    operator = CameraOperator(NamedPolicy(name, new_policy(name, lookahead)), spec, clock=clock)
    waiting = iter(updates)
    update = next(waiting, None)
    for at in times:
        clock.now, newest = at, at + lookahead
        while update is not None and _measured(update) + detector.latency <= newest + 1e-9:
            operator.track(update, arrived=newest)
            update = next(waiting, None)
        yield at, operator.view_at(at)
    problem = operator.report.problem
    if problem is not None:
        raise PolicyFailedError(problem)


def _measured(update: TrackingUpdate) -> float:
    assert update.frame_pts is not None
    return update.frame_pts
