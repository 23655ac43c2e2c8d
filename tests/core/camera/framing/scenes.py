"""Play to frame: updates with players and a ball where a test wants them."""

from collections.abc import Iterable, Sequence

from virtualptz.camera.framing.framing import Framing
from virtualptz.model import Edges, FramingOptions, Sample, TrackingUpdate, View

Place = tuple[float, float]
SPREAD = (-0.1, -0.08, -0.06, -0.04, -0.02, 0.02, 0.04, 0.06, 0.08, 0.1)
ROOMY: dict[str, float] = {
    "max_zoom": 2.6,
    "margin": 0.06,
    "headroom": 0.08,
    "lead_seconds": 0.4,
    "anticipation_seconds": 0.5,
    "patience_seconds": 1.5,
}
"""Looser than the defaults, which are tuned: what is tested here holds for any."""


def roomy(**options: object) -> FramingOptions:
    return FramingOptions.model_validate({**ROOMY, **options})


def thing(
    x: float, y: float = 0.5, cls: str = "player", confidence: float = 0.9, **more: object
) -> dict[str, object]:
    return {"x": x, "y": y, "cls": cls, "confidence": confidence, **more}


def team(x: float, spread: float = 1.0, y: float = 0.5) -> list[dict[str, object]]:
    """Ten players around a place."""
    return [thing(x + spread * off, y, w=0.02, h=0.06) for off in SPREAD]


def ball(x: float, y: float = 0.5, confidence: float = 0.8) -> dict[str, object]:
    return thing(x, y, "ball", confidence)


def update(targets: Iterable[dict[str, object]] | None = None, **fields: object) -> TrackingUpdate:
    said: dict[str, object] = {"tracking_confidence": 0.9, "tracking_state": "stable", **fields}
    if targets is not None:
        said["targets"] = list(targets)
    return TrackingUpdate.model_validate(said)


class Play:
    """A framing that is told of one moment after the other."""

    def __init__(
        self,
        options: FramingOptions | None = None,
        view: View = View(),  # noqa: B008
        edges: Edges | None = None,
    ) -> None:
        self.framing = Framing(options or roomy(), view)
        self.framing.reshape(edges or Edges())
        self.at = 0.0

    def roll(self, seconds: float, *scene: dict[str, object], **fields: object) -> Sample:
        """The same scene for a while, told ten times a second; what is wanted at its last update."""
        self.tell(seconds, *scene, **fields)
        return self.now(self.at - 0.1)

    def tell(self, seconds: float, *scene: dict[str, object], **fields: object) -> None:
        for _ in range(round(seconds * 10)):
            self.framing.add(update(scene, **fields), self.at)
            self.at += 0.1

    def now(self, at: float) -> Sample:
        """What is wanted at `at` by a camera that knows nothing of later."""
        return self.framing.wanted(at - 2.0, at)[-1]

    def path(self, since: float = 0.0, until: float | None = None) -> list[Sample]:
        return self.framing.wanted(since, self.at if until is None else until)


def shows(view: View, place: Place) -> bool:
    half = 0.5 / view.zoom
    return abs(place[0] - view.center_x) <= half and abs(place[1] - view.center_y) <= half


def shows_all(view: View, places: Sequence[Place]) -> bool:
    return all(shows(view, place) for place in places)
