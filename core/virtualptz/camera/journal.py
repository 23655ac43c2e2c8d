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


@dataclass(frozen=True, slots=True)
class Steered:
    """A person's command, at the stream time of the picture that left last."""

    at: float
    view: View
    glide_seconds: float | None = None
    """None: a target; else a preset, to be reached in this time."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Ruled:
    """New rules: from `at` on the operator works like this."""

    at: float
    mode: CameraMode
    policy: str
    lookahead_seconds: float
    limits: LimitBox


class Journal(Protocol):
    """Called under the operator's lock: quick, never raises, never waits."""

    def updated(self, update: TrackingUpdate, arrived: float) -> None:
        """`arrived`: stream time of the newest decoded picture when the update came."""

    def decided(self, decided: Decided) -> None: ...

    def steered(self, steered: Steered) -> None: ...

    def ruled(self, ruled: Ruled) -> None: ...

    def reshaped(self, at: float, edges: Edges) -> None: ...


class NoJournal:
    """Writes nothing down."""

    def updated(self, update: TrackingUpdate, arrived: float) -> None: ...

    def decided(self, decided: Decided) -> None: ...

    def steered(self, steered: Steered) -> None: ...

    def ruled(self, ruled: Ruled) -> None: ...

    def reshaped(self, at: float, edges: Edges) -> None: ...
