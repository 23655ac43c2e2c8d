"""How good a camera's path is, in figures that are the same live and offline."""

import math

from ..model import CameraQuality, Edges, FramingOptions, TrackingUpdate, View
from .motion import Motion, Step
from .sightings import Shown, Sighting, Sightings
from .tally import Tallies, Tally

GAP_SECONDS = 0.5
"""Pictures further apart than this are two paths: what lies between them, nobody saw."""
SHORTEST_STEP_SECONDS = 1e-3
"""A picture nearer than this to the one before it counts with the next: its time is rounded."""
AT_EDGE = 1e-4
"""Source widths or heights; nearer than this, the crop touches."""
ROOM = 1e-3
"""An axis on which the view can go no further than this has no edges: the whole of it is in view."""


class QualityMeter:
    """Fed with every view in order of time. Belongs to one operator, which serialises the calls.

    Times need not be regular, nor the rate known: differences are taken over the pictures' own times, and
    every figure is weighted with them. After a gap the path begins anew, so a gap is no jump.
    """

    def __init__(self, window: float | None = 60.0) -> None:
        """`window`: seconds that the figures are of, to the second; None: all of the path."""
        self._tallies = Tallies(window)
        self._sightings = Sightings(GAP_SECONDS, limited=window is not None)
        self._framing = FramingOptions()
        self._motion: Motion | None = None
        self._at = -math.inf
        self._aspect = 0.0

    def goes_by(self, options: FramingOptions) -> None:
        """From now on those in view are counted of the players and balls that this framing would go by."""
        self._framing = options

    def seen(self, update: TrackingUpdate, at: float) -> None:
        """What was to be seen at stream time `at`; may come early or out of order."""
        sighting = Sighting.of(update, self._framing)
        if sighting is not None and math.isfinite(at):
            shown = self._sightings.see(sighting, at)
            if shown is not None:
                self._count(shown)

    def add(self, at: float, view: View, wanted: View | None, edges: Edges) -> None:
        """The picture of stream time `at`; one that is not later than the last is none."""
        if at - self._at < SHORTEST_STEP_SECONDS:
            return
        x, y, octaves = view.center_x, view.center_y / edges.aspect, math.log2(view.zoom)
        tally = self._tallies.reach(at)
        if self._motion is None or at - self._at > GAP_SECONDS or edges.aspect != self._aspect:
            self._motion, self._aspect = Motion(at, x, y, octaves), edges.aspect
        else:
            step = self._motion.step(at, x, y, octaves)
            _count_motion(tally, step)
            if wanted is not None:
                down = wanted.center_y / edges.aspect - y
                tally.wanted += step.seconds
                tally.wanted_squares += ((wanted.center_x - x) ** 2 + down * down) * step.seconds
            if _at_edge(view, edges):
                tally.at_edge += step.seconds
        self._at = at
        for shown in self._sightings.show(at, view, edges):
            self._count(shown)

    def figures(self) -> CameraQuality:
        total = self._tallies.total()
        minutes = total.seconds / 60
        return CameraQuality(
            seconds=total.seconds,
            rms_jerk=_root(total.jerk_squares, total.jerked) or 0.0,
            rms_acceleration=_root(total.acceleration_squares, total.accelerated) or 0.0,
            peak_speed=total.peak_speed,
            direction_changes_per_minute=_share(total.turns, minutes) or 0.0,
            still_share=_share(total.still, total.seconds) or 0.0,
            edge_share=_share(total.at_edge, total.seconds) or 0.0,
            zoom_oscillations_per_minute=_share(total.zoom_turns, minutes) or 0.0,
            wanted_distance=_root(total.wanted_squares, total.wanted),
            players_in_view=_share(total.players_in_view, total.players),
            ball_in_view=_share(total.balls_in_view, total.balls),
        )

    def _count(self, shown: Shown) -> None:
        tally = self._tallies.of(shown.at)
        if tally is not None:
            tally.players += shown.players
            tally.players_in_view += shown.players_in_view
            tally.balls += shown.ball
            tally.balls_in_view += shown.ball_in_view


def _count_motion(tally: Tally, step: Step) -> None:
    tally.seconds += step.seconds
    tally.peak_speed = max(tally.peak_speed, step.speed)
    tally.turns += step.turned
    tally.zoom_turns += step.zoom_turned
    if step.still:
        tally.still += step.seconds
    if step.acceleration is not None:
        tally.accelerated += step.seconds
        tally.acceleration_squares += step.acceleration**2 * step.seconds
    if step.jerk is not None:
        tally.jerked += step.seconds
        tally.jerk_squares += step.jerk**2 * step.seconds


def _at_edge(view: View, edges: Edges) -> bool:
    left, right = edges.across(view.zoom)
    top, bottom = edges.down(view.zoom)
    return _touches(view.center_x, left, right) or _touches(view.center_y, top, bottom)


def _touches(center: float, low: float, high: float) -> bool:
    return high - low > ROOM and not low + AT_EDGE < center < high - AT_EDGE


def _root(squares: float, seconds: float) -> float | None:
    return math.sqrt(squares / seconds) if seconds > 0 else None


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
