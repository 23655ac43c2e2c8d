"""What the overlay of a job is made of: the last seconds of updates and decisions."""

import math
from collections import deque

from ....camera.journal import Decided, Journal, Ruled, Steered
from ....camera.operator import FUTURE_SECONDS
from ....model import CameraMode, Edges, TrackingUpdate
from .marks import Told, marks_at
from .scene import Crop, Scene, Seen, Steering

KEPT_SECONDS = 3.0
"""An update that is so much older than the picture that left last is forgotten."""
KEPT_UPDATES = 600
KEPT_VIEWS = 128
"""Pictures that a drawing may be late."""
FRESH_SECONDS, GONE_SECONDS = 0.5, 2.0
"""What was seen fades between these ages."""


class SceneNotes(Journal):
    """Written by the operator, a few references a picture; read by whoever draws, in another thread."""

    def __init__(self, mode: CameraMode = "auto") -> None:
        self._mode = mode
        self._edges = Edges()
        self._told: deque[Told] = deque(maxlen=KEPT_UPDATES)
        self._decided: deque[Decided] = deque(maxlen=KEPT_VIEWS)

    def updated(self, update: TrackingUpdate, arrived: float) -> None:
        at = update.frame_pts
        if at is None or not -math.inf < at <= arrived + FUTURE_SECONDS:
            at = arrived
        self._told.append(Told(at, update))

    def decided(self, decided: Decided) -> None:
        self._decided.append(decided)
        # The last one stays, however old: people see how old it is.
        while len(self._told) > 1 and self._told[0].at < decided.at - KEPT_SECONDS:
            self._told.popleft()

    def steered(self, steered: Steered) -> None:
        """It shows in what is decided."""

    def ruled(self, ruled: Ruled) -> None:
        self._mode = ruled.mode or self._mode

    def reshaped(self, at: float, edges: Edges) -> None:  # noqa: ARG002
        self._edges = edges

    def scene(self, at: float) -> Scene:
        """What is known of the picture of stream time `at`, which has just left."""
        # A copy is one step that no other thread can come into.
        told = sorted(self._told.copy(), key=lambda each: each.at)
        decided = next((each for each in reversed(self._decided.copy()) if each.at <= at), None)
        if decided is None:
            return Scene(at, _seen(told, at))
        steering = Steering(decided.holder, self._mode, decided.reason, decided.policy)
        return Scene(at, _seen(told, at), _crop(decided, self._edges), steering)


class Tee(Journal):
    """Tells two journals."""

    def __init__(self, first: Journal, second: Journal) -> None:
        self._both = (first, second)

    def updated(self, update: TrackingUpdate, arrived: float) -> None:
        for each in self._both:
            each.updated(update, arrived)

    def decided(self, decided: Decided) -> None:
        for each in self._both:
            each.decided(decided)

    def steered(self, steered: Steered) -> None:
        for each in self._both:
            each.steered(steered)

    def ruled(self, ruled: Ruled) -> None:
        for each in self._both:
            each.ruled(ruled)

    def reshaped(self, at: float, edges: Edges) -> None:
        for each in self._both:
            each.reshaped(at, edges)


def _seen(told: list[Told], at: float) -> Seen | None:
    before = [each for each in told if each.at <= at]
    if not before:
        return None
    last, newest = before[-1], told[-1]
    marks = marks_at(told, at)
    silent = at - last.at if newest is last else 0.0
    fades = (GONE_SECONDS - silent) / (GONE_SECONDS - FRESH_SECONDS)
    return Seen(
        last.update.tracking_state,
        last.update.tracking_confidence,
        last.update.source,
        newest.at - at,
        marks,
        min(max(fades, 0.0), 1.0),
    )


def _crop(decided: Decided, edges: Edges) -> Crop:
    view, shape = decided.view, edges.shape
    across, down = shape.width / view.zoom / 2, shape.height / view.zoom / 2
    return Crop(
        view.center_x - across,
        view.center_y - down,
        view.center_x + across,
        view.center_y + down,
        view.zoom,
    )
