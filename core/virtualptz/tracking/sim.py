"""The built-in simulation: tracking for a job that nobody else reports for."""

from functools import lru_cache

from ..model import TrackingUpdate
from .observer import Observer
from .play import Play


def simulated_update(seconds: float, seed: int = 7) -> TrackingUpdate:
    """The simulated match of `seed` at stream time `seconds`, seen by a 16:9 wide camera. Pure.

    The first call for a time costs up to a fifth of a second; calls that go on from there, next to nothing.
    """
    return observer(seed).update(seconds)


@lru_cache(maxsize=4)
def observer(seed: int) -> Observer:
    return Observer(Play(seed))
