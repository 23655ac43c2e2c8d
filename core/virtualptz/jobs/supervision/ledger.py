"""What is counted of a job for as long as it runs, whichever process does its work."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from ...model import TrackingUpdate
from ...model.histogram import COMMAND_BOUNDS, DETECT_BOUNDS, OUTAGE_BOUNDS, Histogram, Stopwatch
from ..messages import Heartbeat
from ..status import JobFigures, ProcessLoss

COUNTED = (
    "frames_in",
    "frames_out",
    "frames_coded",
    "frames_held",
    "frames_dropped",
    "packets_dropped",
    "bytes_written",
    "bytes_acknowledged",
    "source_restarts",
    "publisher_restarts",
)
"""Fields of a heartbeat that a process counts from its beginning."""
RECONNECTS = "publish_reconnects"
LEAST_STEP = 0.2
"""Seconds of stream time between two heartbeats that tell a speed."""


class Ledger:
    """One job's. Its numbers never fall: what earlier processes counted is kept."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._beat: Heartbeat | None = None
        self._heard_at = 0.0
        self._counts: Counter[str] = Counter()
        """Of processes that are no more."""
        self._timings: dict[str, Histogram] = {}
        """The same."""
        self._losses: Counter[ProcessLoss] = Counter()
        self._detect = Stopwatch(DETECT_BOUNDS)
        self._outages = Stopwatch(OUTAGE_BOUNDS)
        self._commands = Stopwatch(COMMAND_BOUNDS)
        self._on_air = False
        self._lost_at: float | None = None
        self._speed: float | None = None
        self._updates = 0
        self._tracker_lost = 0
        self._was_lost = False

    def hear(self, beat: Heartbeat) -> None:
        if self._beat is not None and self._beat.pid != beat.pid:
            self._counts.update(_counts(self._beat))
            self._timings = _sum(self._timings, self._beat.timings)
            self._speed = None
        elif self._beat is not None:
            self._speed = _speed(self._beat, beat, self._speed)
        self._beat, self._heard_at = beat, self._now()
        self._look_at_air(beat)

    def lose(self, reason: ProcessLoss) -> None:
        """The process went without being asked to."""
        self._losses[reason] += 1
        if self._on_air and self._lost_at is None:
            self._lost_at = self._heard_at

    def track(self, update: TrackingUpdate, latency: float | None) -> None:
        """`latency`: seconds from its frame's stream time; None: it named none."""
        self._updates += 1
        if latency is not None:
            self._detect.took(latency)
        lost = update.tracking_state == "lost"
        self._tracker_lost += lost and not self._was_lost
        self._was_lost = lost

    def commanded(self, seconds: float) -> None:
        """So long did a `ptz/update` take to be answered."""
        self._commands.took(seconds)

    def figures(self, restarts: int) -> JobFigures:
        """`restarts`: of the process, those under earlier agents too."""
        beat = self._beat
        counts = self._counts.copy()
        counts.update({} if beat is None else _counts(beat))
        age = None if beat is None or beat.picture_age is None else beat.picture_age
        earlier = max(0, restarts - sum(self._losses.values()))
        return JobFigures(
            counts=dict(counts) if beat is not None else {},
            losses={**self._losses, "unknown": self._losses["unknown"] + earlier},
            timings=_sum(self._timings, {} if beat is None else beat.timings),
            detect=self._detect.histogram,
            outages=self._outages.histogram,
            commands=self._commands.histogram,
            source_age=None if age is None else age + self._now() - self._heard_at,
            camera_speed=self._speed,
            tracker_updates=self._updates,
            tracker_lost=self._tracker_lost,
        )

    def _look_at_air(self, beat: Heartbeat) -> None:
        if beat.phase in ("draining", "ended"):
            self._lost_at, self._on_air = None, False
        elif beat.phase == "streaming" and (beat.publish is None or beat.publish.state == "publishing"):
            if self._lost_at is not None:
                self._outages.took(self._heard_at - self._lost_at)
            self._lost_at, self._on_air = None, True
        elif self._on_air and self._lost_at is None:
            self._lost_at = self._heard_at


def _counts(beat: Heartbeat) -> Counter[str]:
    told = {name: getattr(beat, name) for name in COUNTED}
    told[RECONNECTS] = beat.publish.reconnects if beat.publish else 0
    return Counter({name: count for name, count in told.items() if count is not None})


def _sum(one: dict[str, Histogram], more: dict[str, Histogram]) -> dict[str, Histogram]:
    return {**one, **{name: one[name] + each if name in one else each for name, each in more.items()}}


def _speed(before: Heartbeat, now: Heartbeat, last: float | None) -> float | None:
    """Source widths a second; `last`: where the two say nothing of it."""
    if before.camera is None or now.camera is None or before.pts_out is None or now.pts_out is None:
        return None
    seconds = now.pts_out - before.pts_out
    if seconds < LEAST_STEP:
        return last
    was, is_ = before.camera.view, now.camera.view
    shape = now.media.height / now.media.width if now.media and now.media.width else 1.0
    return math.hypot(is_.center_x - was.center_x, (is_.center_y - was.center_y) * shape) / seconds


def guest_of(host: JobFigures, own: JobFigures) -> JobFigures:
    """Of a preview that looks at an ingest's source: what that one counts, and its own restarts."""
    return replace(
        own,
        counts={
            name: value for name, value in host.counts.items() if name in ("frames_in", "source_restarts")
        },
        source_age=host.source_age,
    )
