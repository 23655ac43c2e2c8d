"""What is read of the simulated match through a flawed detector and ByteTrack, beside its truth."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from virtualptz.model import TrackingUpdate
from virtualptz.tracking.detection import BALL, BallTracker, DetectorOptions, PlayReader, Scene
from virtualptz.tracking.sim import observer
from virtualptz.tracking.wide_camera import WideCamera

from .match import HEIGHT, PERFECT, WIDTH, Flaws, watched

SECONDS = 360.0
CORNERS = ((0.0, 0.0), (28.0, 0.0), (28.0, 15.0), (0.0, 15.0))


@dataclass
class Read:
    """Pairs of truth and what was read."""

    updates: list[tuple[TrackingUpdate, TrackingUpdate]] = field(default_factory=list)

    def share(self, name: str, *, live: bool) -> float:
        """Of the moments in which the truth knows `name`, those in which it is read so. `live`: without the
        dead balls, in which nobody can see whose ball it will be."""
        known = [
            (getattr(truth, name), getattr(read, name))
            for truth, read in self.updates
            if getattr(truth, name) not in (None, "unknown") and not (live and truth.play_phase == "deadball")
        ]
        assert len(known) > 1000
        return float(sum(truth == read for truth, read in known) / len(known))

    def recall(self, phase: str) -> float:
        read = Counter(read.play_phase for truth, read in self.updates if truth.play_phase == phase)
        return float(read[phase] / read.total())  # type: ignore[index]

    def together(self, name: str, over: int = 1) -> float:
        """Correlation of means over so many updates."""
        values = [
            (getattr(truth, name), getattr(read, name))
            for truth, read in self.updates
            if getattr(read, name) is not None
        ]
        smooth = [np.convolve(column, np.ones(over) / over, "valid") for column in np.array(values).T]
        return float(np.corrcoef(smooth)[0, 1])


def read(seed: int, flaws: Flaws, options: DetectorOptions | None = None, *, ball: bool = True) -> Read:
    reader, tracker, result = PlayReader("flawed", options or DetectorOptions()), BallTracker(), Read()
    for at, _, found, people, lost in watched(SECONDS, flaws, seed):
        seen = tracker.update(found.only(BALL), at, people) if ball else None
        update = reader.read(Scene(at, WIDTH, HEIGHT, people, lost, seen, len(found.people)))
        result.updates.append((observer(seed).update(at), update))
    return result


@pytest.fixture(scope="module", params=[7, 1])
def flawed(request: pytest.FixtureRequest) -> Read:
    return read(request.param, Flaws())


def test_the_side_that_is_attacked_is_read(flawed: Read) -> None:
    assert flawed.share("possession_side", live=True) >= 0.90
    assert flawed.share("possession_side", live=False) >= 0.78


def test_the_phase_is_read(flawed: Read) -> None:
    """Dead balls are hardest: the simulated ones are mostly people who jog to the next throw-in."""
    assert flawed.share("play_phase", live=True) >= 0.72
    assert flawed.share("play_phase", live=False) >= 0.60
    assert flawed.recall("set_offense") >= 0.78
    assert flawed.recall("transition") >= 0.62


def test_free_throws_are_read(flawed: Read) -> None:
    times = sum(truth.play_phase == "free_throw" for truth, _ in flawed.updates)
    assert times == 0 or flawed.recall("free_throw") >= 0.75


def test_nothing_flaps(flawed: Read) -> None:
    for name, most in (("play_phase", 24), ("possession_side", 26), ("tracking_mode_hint", 40)):
        values = [getattr(update, name) for _, update in flawed.updates]
        changes = sum(one != other for one, other in pairwise(values))
        assert changes / (SECONDS / 60) <= most, name


def test_the_ball_s_velocity_is_read(flawed: Read) -> None:
    """False balls and all."""
    assert flawed.together("ball_velocity_x") >= 0.65


def test_confidence_and_occlusion_follow_the_truth(flawed: Read) -> None:
    for name in ("occlusion_level", "tracking_confidence"):
        truth, ours = (np.array([getattr(pair[side], name) for pair in flawed.updates]) for side in (0, 1))
        assert flawed.together(name, over=10) >= 0.6, name
        assert abs(truth.mean() - ours.mean()) < 0.08, name
    states = Counter(update.tracking_state for _, update in flawed.updates)
    assert states["stable"] / states.total() > 0.75
    assert states["lost"] / states.total() < 0.03


def test_without_a_ball_the_side_is_read_as_well_but_no_rebound() -> None:
    """As with a detector that knows people only."""
    result = read(7, Flaws(), ball=False)
    assert result.share("possession_side", live=True) >= 0.88
    assert {update.ball_velocity_x for _, update in result.updates} == {None}
    assert "rebound" not in {update.play_phase for _, update in result.updates}


def test_a_perfect_detector_s_occlusion_is_the_truth_s() -> None:
    result = read(7, PERFECT)
    assert result.together("occlusion_level") >= 0.75
    assert result.together("ball_velocity_x") >= 0.85


def test_with_a_measured_court_play_is_read_in_metres() -> None:
    camera = WideCamera()
    court = tuple((camera.point(*spot), spot) for spot in CORNERS)
    for mirrored in (False, True):
        points = tuple((image, (28.0 - x, y)) if mirrored else (image, (x, y)) for image, (x, y) in court)
        result = read(7, Flaws(), DetectorOptions(court=points, court_size=(28.0, 15.0)))
        assert result.share("possession_side", live=True) >= 0.9
        assert result.share("play_phase", live=True) >= 0.7
        assert all(update.court_homography_ok for _, update in result.updates)
