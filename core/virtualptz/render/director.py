"""The camera of a film: a live operator that knows in advance what it would have heard."""

from collections.abc import Sequence

from ..camera.decision_lines import ReshapeLine, Start, numbers_of, reshape_line, update_line, view_line
from ..camera.framing.framing import Framing
from ..camera.journal import Decided, NoJournal
from ..camera.operator import Notes
from ..camera.quality import QualityMeter
from ..camera.replay.entries import LoggedUpdate
from ..camera.replay.rig import Rig
from ..camera.replay.run import FORGOTTEN_SECONDS
from ..camera.replay.spec import BuildPolicy, ReplaySpec
from ..model import CameraQuality, CropShape, Edges, TrackingUpdate, View

SOON_SECONDS = 1.0
"""Where play is seen so soon after the first picture, the film begins there and not with the wide view."""


class Lines(NoJournal):
    """The decision log's lines, as long as somebody takes them away."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def take(self) -> list[str]:
        """Those that have come since the last call."""
        lines, self._lines = self._lines, []
        return lines

    def updated(self, update: TrackingUpdate, arrived: float) -> None:
        self._lines.append(update_line(update, arrived))

    def decided(self, decided: Decided) -> None:
        self._lines.append(view_line(decided))

    def reshaped(self, at: float, edges: Edges) -> None:
        self._lines.append(reshape_line(at, edges))


class Director:
    """Asked for each picture's view in order of time. Pure: the same pictures, the same views."""

    def __init__(self, start: Start, updates: Sequence[LoggedUpdate], build: BuildPolicy) -> None:
        """`updates` in order of time."""
        self.lines = Lines()
        self._meter = QualityMeter(window=None)
        self._start, self._updates, self._build = start, updates, build
        self._told = 0
        self._rig: Rig | None = None
        self._shape: tuple[CropShape, float] | None = None

    @property
    def start(self) -> Start:
        """How it began; known from the first view on."""
        return self._start

    @property
    def updates(self) -> int:
        """How many it can go by."""
        return len(self._updates)

    @property
    def quality(self) -> CameraQuality:
        return self._meter.figures()

    @property
    def problem(self) -> str | None:
        return None if self._rig is None else self._rig.problem

    def reshape(self, shape: CropShape, aspect: float, at: float) -> None:
        """The picture of stream time `at` has another shape than those before."""
        if self._shape == (shape, aspect):
            return
        self._shape = shape, aspect
        if self._rig is None:
            self._begin(shape, aspect, at)
        else:
            line = ReshapeLine(at=at, shape=(shape.width, shape.height), aspect=aspect)
            self._rig.obey(line, at)

    def view_at(self, at: float) -> View:
        assert self._rig is not None  # noqa: S101 - reshaped before the first picture
        updates, horizon = self._updates, at + self._rig.lookahead
        while self._told < len(updates) and updates[self._told].at <= horizon:
            self._rig.track(updates[self._told])
            self._told += 1
        return self._rig.show(at, at)

    def _begin(self, shape: CropShape, aspect: float, at: float) -> None:
        updates = self._updates
        while self._told < len(updates) and updates[self._told].at < at - FORGOTTEN_SECONDS:
            self._told += 1
        view = self._first_view(Edges(shape, self._start.limits, aspect=aspect), at)
        changes = {"at": at, "view": numbers_of(view), "shape": (shape.width, shape.height), "aspect": aspect}
        self._start = self._start.model_copy(update=changes)
        notes = Notes(self.lines, self._meter)
        self._rig = Rig(self._start, ReplaySpec(fps=None), self._build, notes)
        self.lines.take()  # the start says its shape

    def _first_view(self, edges: Edges, at: float) -> View:
        """Where a camera would be that was there before the film began."""
        framing = Framing(self._start.framing, edges.wide)
        framing.reshape(edges)
        soon = [each for each in self._updates[self._told :] if each.at <= at + SOON_SECONDS]
        for update in soon:
            framing.add(update.parse(), update.at)
        samples = framing.wanted(at, at + SOON_SECONDS)
        return edges.clamp(samples[0].view if samples else edges.wide)
