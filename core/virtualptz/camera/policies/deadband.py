"""The contract's interval and deltas, and nothing else: the camera stands still or jumps."""

from collections.abc import Sequence

from pydantic import Field

from ...model import STILL, Edges, Frozen, Sample, Speed, View
from ..gate import TargetGate


class DeadbandOptions(Frozen):
    interval: float = Field(default=0.35, ge=0, description="seconds between two moves")
    min_delta_xy: float = Field(default=0.008, ge=0, description="smallest move of the centre, fractions")
    min_delta_zoom: float = Field(default=0.015, ge=0, description="smallest change of the zoom")


class Deadband:
    """Moves at once to a wanted view that differs enough, at most once an interval."""

    lookahead = 0.0

    def __init__(self, options: DeadbandOptions) -> None:
        self._options = options
        self._view = View()
        self._gate = self._new_gate()

    def reset(self, view: View, at: float, speed: Speed = STILL) -> None:  # noqa: ARG002
        self._view = view
        self._gate = self._new_gate()
        self._gate.target = view

    def step(self, at: float, wanted: Sequence[Sample], edges: Edges) -> View:
        if wanted and self._gate.offer(wanted[-1].view, at).applied:
            self._view = wanted[-1].view
        return edges.clamp(self._view)

    def _new_gate(self) -> TargetGate:
        options = self._options
        return TargetGate(options.interval, options.min_delta_xy, options.min_delta_zoom)
