"""What a camera operator tells whoever writes down its work."""

from dataclasses import dataclass
from typing import Protocol

from ..model import CameraMode, Edges, Holder, LimitBox, TrackingUpdate, View


@dataclass(frozen=True, slots=True)
class Decided:
    """One picture's view."""

    at: float
    view: View
    wanted: View | None
    holder: Holder
    reason: str
    policy: str
    clock: float = 0.0
    """What the operator's clock said, in seconds: takeovers and intervals are measured by it."""


@dataclass(frozen=True, slots=True)
class Steered:
    """A person's command, at the stream time of the picture that left last."""

    at: float
    view: View
    glide_seconds: float | None = None
    """None: a target; else a preset, to be reached in this time."""
    name: str = ""
    clock: float = 0.0


@dataclass(frozen=True, slots=True)
class Ruled:
    """New rules from `at` on; None: as before."""

    at: float
    mode: CameraMode | None
    policy: str | None
    """A policy that was built anew, also where it is the same one with other options."""
    lookahead_seconds: float | None
    limits: LimitBox | None


class Journal(Protocol):
    """Called under the operator's lock: quick, never raises, never waits."""

    def updated(self, update: TrackingUpdate, arrived: float) -> None:
        """`arrived`: stream time of the newest decoded picture when the update came."""

    def decided(self, decided: Decided) -> None: ...

    def steered(self, steered: Steered) -> None: ...

    def ruled(self, ruled: Ruled) -> None: ...

    def reshaped(self, at: float, edges: Edges) -> None:
        """The source's picture has another shape; that the limits are new is told by `ruled`."""


class NoJournal:
    """Writes nothing down."""

    def updated(self, update: TrackingUpdate, arrived: float) -> None: ...

    def decided(self, decided: Decided) -> None: ...

    def steered(self, steered: Steered) -> None: ...

    def ruled(self, ruled: Ruled) -> None: ...

    def reshaped(self, at: float, edges: Edges) -> None: ...
