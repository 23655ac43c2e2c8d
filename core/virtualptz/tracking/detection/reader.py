"""Tracks and ball, read as play: the wire contract's tracking update."""

from typing import Literal

from ...model import TrackingUpdate
from ...model.region import contains
from ..bytetrack import Track
from ..state import Hysteresis
from .confidence import ConfidenceReader
from .floor import Floor, MeasuredFloor, PictureFloor, feet
from .hint import HintReader
from .homography import Homography
from .layout import Layout, layout
from .movers import Movers
from .occlusion import occlusion
from .options import DetectorOptions
from .phase import PhaseReader
from .possession import Possession
from .scene import Scene
from .shot import Shots
from .targets import targets

COURT_METRES = 0.75
"""RMS distance up to which the measured points fit a flat court seen by a lens without distortion."""
FASTEST = 4.0
"""Pictures a second: no ball crosses one quicker; what does went over from one thing to another."""


class PlayReader:
    """Remembers what it read before. Belongs to one thread.

    It says nothing of where to look (`target_x`, `target_y`, `target_zoom`): framing does, from `targets`.
    """

    def __init__(self, source: str, options: DetectorOptions) -> None:
        """`source` is who is said to have measured."""
        self._source = source
        self._options = options
        self._court = Homography.fit(options.court) if options.court else None
        self._moved = False
        self.reset()

    def reset(self) -> None:
        """What comes next has nothing to do with what was. A camera that was moved stays moved."""
        self._at: float | None = None
        self._state = Hysteresis()
        self._confidence = ConfidenceReader()
        self._forget_play()

    def read(self, scene: Scene) -> TrackingUpdate:
        """Scenes come in the order of stream time."""
        passed = 0.0 if self._at is None else max(scene.at - self._at, 0.0)
        self._at = scene.at
        if scene.camera_moved:
            self._moved = True
            self._forget_play()
        people = [track for track in scene.people if self._counts(track, scene)]
        lost = [track for track in scene.lost if self._counts(track, scene)]
        detected = len(people) if scene.detected is None else scene.detected
        hidden = occlusion(people, lost, detected, scene)
        confidence = self._confidence.read(people, detected, hidden, passed)
        self._state = self._state.after(confidence)
        self._read_play([*people, *lost], scene, passed)
        return self._update(scene, people, confidence, hidden, passed)

    def _forget_play(self) -> None:
        self._movers = Movers(self._floor())
        self._layout: Layout | None = None
        self._possession = Possession()
        self._phase = PhaseReader()
        self._hint = HintReader()
        self._shots = Shots()

    def _read_play(self, people: list[Track], scene: Scene, passed: float) -> None:
        self._layout = layout(self._movers.read(people, scene), self._layout, passed)
        self._shots = self._shots.after(scene)
        if self._layout is not None:
            since = self._shots.since(scene.at)
            self._possession = self._possession.after(self._layout, passed, since)

    def _update(
        self, scene: Scene, people: list[Track], confidence: float, hidden: float, passed: float
    ) -> TrackingUpdate:
        loose = self._shots.loose(scene.at)
        phase = None
        if self._layout is not None:
            rebound = self._shots.rebound(scene.at)
            phase = self._phase.read(self._layout, self._possession.side, scene.at, passed, rebound=rebound)
        state = self._state.state
        velocity_x, velocity_y = _ball_velocity(scene)
        court = self._court if self._court_ok else None
        return TrackingUpdate(
            tracking_confidence=confidence,
            tracking_state=state,
            fallback_active=self._state.fallback_active,
            occlusion_level=hidden,
            source=self._source,
            tracking_mode_hint=self._hint.read(self._layout, phase, state, scene.at, loose=loose),
            play_phase=phase,
            ball_velocity_x=velocity_x,
            ball_velocity_y=velocity_y,
            possession_side=self._side(loose),
            court_homography_ok=self._court_ok,
            targets=targets(people, scene, court),
            frame_pts=scene.at,
        )

    def _side(self, loose: bool) -> Literal["left", "right", "unknown"] | None:
        if self._layout is None:
            return None
        return "unknown" if loose or self._possession.side is None else self._possession.side

    @property
    def _court_ok(self) -> bool | None:
        """None where no court was measured."""
        if not self._options.court:
            return None
        return self._court is not None and self._court.error <= COURT_METRES and not self._moved

    def _floor(self) -> Floor:
        size = self._options.court_size
        if self._court is not None and self._court_ok and size is not None:
            return MeasuredFloor(self._court, size)
        return PictureFloor(self._options.region)

    def _counts(self, track: Track, scene: Scene) -> bool:
        """Whether the feet are in the play region."""
        x, y = feet(track)
        region = self._options.region
        return not region or contains(region, x / scene.width, y / scene.height)


def _ball_velocity(scene: Scene) -> tuple[float, float] | tuple[None, None]:
    """Fractions of the picture a second."""
    if scene.ball is None:
        return None, None
    vx, vy = scene.ball.velocity[0] / scene.width, scene.ball.velocity[1] / scene.height
    return min(max(vx, -FASTEST), FASTEST), min(max(vy, -FASTEST), FASTEST)
