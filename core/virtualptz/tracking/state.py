"""Tracking state from confidence: with memory, so that it does not flap, and without."""

from dataclasses import dataclass

from ..model import TrackingState

LOST_TO_WARNING = 0.48
WARNING_TO_STABLE = 0.62
WARNING_TO_LOST = 0.28
STABLE_TO_WARNING = 0.50
FALLBACK_BEGINS = 0.42
FALLBACK_ENDS = 0.50

MEMORYLESS_LOST = 0.30
MEMORYLESS_WARNING = 0.60


@dataclass(frozen=True, slots=True)
class Hysteresis:
    """The state after some confidences; `after` gives the state after one more.

    One confidence moves it by one step at most: between `lost` and `stable` there is always a `warning`.
    """

    state: TrackingState = "lost"
    fallback_active: bool = True

    def after(self, confidence: float) -> "Hysteresis":
        limit = FALLBACK_ENDS if self.fallback_active else FALLBACK_BEGINS
        return Hysteresis(_next_state(self.state, confidence), confidence < limit)


def _next_state(state: TrackingState, confidence: float) -> TrackingState:
    if state == "lost":
        return "warning" if confidence >= LOST_TO_WARNING else "lost"
    if state == "stable":
        return "warning" if confidence < STABLE_TO_WARNING else "stable"
    if confidence >= WARNING_TO_STABLE:
        return "stable"
    return "lost" if confidence < WARNING_TO_LOST else "warning"


def memoryless_state(confidence: float) -> TrackingState:
    """For a worker that keeps nothing between two updates."""
    if confidence < MEMORYLESS_LOST:
        return "lost"
    return "warning" if confidence < MEMORYLESS_WARNING else "stable"
