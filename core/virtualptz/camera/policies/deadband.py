"""The contract's interval and deltas, and nothing else: the camera stands still or jumps."""

from collections.abc import Sequence
from itertools import pairwise

from pydantic import Field

from ...model import STILL, Edges, Frozen, Sample, Speed, View
from ..gate import is_tiny

TOLERANCE = 1e-9


class DeadbandOptions(Frozen):
    interval: float = Field(
        default=0.35, ge=0, description="between two moves, at least", json_schema_extra={"unit": "seconds"}
    )
    min_delta_xy: float = Field(
        default=0.008,
        ge=0,
        description="smallest move of the centre",
        json_schema_extra={"unit": "fraction of the source"},
    )
    min_delta_zoom: float = Field(
        default=0.015, ge=0, description="smallest change of the zoom", json_schema_extra={"unit": "times"}
    )


class Deadband:
    """Moves at once to a wanted view that differs enough, at most once an interval."""

    lookahead = 0.0

    def __init__(self, options: DeadbandOptions) -> None:
        self._options = options
        self._view = View()
        self._at = 0.0
        self._free_at = float("-inf")
        """When it may move again."""

    def reset(self, view: View, at: float, speed: Speed = STILL) -> None:  # noqa: ARG002
        self._view, self._at, self._free_at = view, at, float("-inf")

    def step(self, at: float, wanted: Sequence[Sample], edges: Edges) -> View:
        # It moves at the moment at which it may, not at the next picture: the frame rate changes nothing.
        changes = [each.at for each in wanted if self._at < each.at <= at]
        for since, until in pairwise([self._at, *changes, at]):
            goal = _in_force(wanted, since)
            moment = max(since, self._free_at)
            if goal is not None and moment <= until + TOLERANCE and not self._is_tiny(goal):
                self._view, self._free_at = goal, moment + self._options.interval
        goal = _in_force(wanted, at)
        if goal is not None and at >= self._free_at - TOLERANCE and not self._is_tiny(goal):
            self._view, self._free_at = goal, at + self._options.interval
        self._at = at
        return edges.clamp(self._view)

    def _is_tiny(self, goal: View) -> bool:
        return is_tiny(goal, self._view, self._options.min_delta_xy, self._options.min_delta_zoom)


def _in_force(wanted: Sequence[Sample], at: float) -> View | None:
    return next((each.view for each in reversed(wanted) if each.at <= at), None)
