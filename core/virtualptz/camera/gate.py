"""The contract's anti-jitter rule: small changes are ignored, quick ones wait for their turn."""

from dataclasses import dataclass

from ..model import View


@dataclass(frozen=True, slots=True)
class Decision:
    applied: bool
    queued: bool
    reason: str


APPLIED = Decision(applied=True, queued=False, reason="applied")
TINY = Decision(applied=False, queued=False, reason="tiny_delta")
QUEUED = Decision(applied=False, queued=True, reason="queued_cooldown")


@dataclass
class TargetGate:
    """Lets targets through one at a time: `offer` decides at once, `due` hands out what had to wait.

    Any clock in seconds will do, as long as both calls use the same one.
    """

    interval: float
    min_delta_xy: float
    min_delta_zoom: float
    target: View | None = None
    """The target in force; None: whatever comes is a change."""
    _accepted_at: float = float("-inf")
    _waiting: View | None = None

    def offer(self, view: View, now: float) -> Decision:
        if self.target is not None and self._is_tiny(view, self.target):
            self._waiting = None
            return TINY
        if now - self._accepted_at < self.interval:
            self._waiting = view
            return QUEUED
        self._accept(view, now)
        return APPLIED

    def due(self, now: float) -> View | None:
        """The target that waited, once the interval is over; it is then in force."""
        if self._waiting is None or now - self._accepted_at < self.interval:
            return None
        view = self._waiting
        self._accept(view, now)
        return view

    def release(self) -> None:
        """Somebody else steers now: the next target is a change, whatever it is."""
        self.target = self._waiting = None

    def _accept(self, view: View, now: float) -> None:
        self.target, self._accepted_at, self._waiting = view, now, None

    def _is_tiny(self, view: View, other: View) -> bool:
        return is_tiny(view, other, self.min_delta_xy, self.min_delta_zoom)


def is_tiny(view: View, other: View, min_delta_xy: float, min_delta_zoom: float) -> bool:
    """Whether two views differ by less than both deltas."""
    return (
        abs(view.center_x - other.center_x) < min_delta_xy
        and abs(view.center_y - other.center_y) < min_delta_xy
        and abs(view.zoom - other.zoom) < min_delta_zoom
    )
