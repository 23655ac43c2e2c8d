import pytest

from virtualptz.camera.journal import Decided, Ruled
from virtualptz.jobs.process.overlay.notes import FRESH_SECONDS, GONE_SECONDS, KEPT_SECONDS, SceneNotes, Tee
from virtualptz.jobs.process.overlay.scene import Crop, Seen, Steering
from virtualptz.model import CropShape, Edges, LimitBox, Target, TrackingUpdate, View

BALL = Target(x=0.4, y=0.5, confidence=0.8, cls="ball")


def update(at: float | None, confidence: float = 0.75) -> TrackingUpdate:
    return TrackingUpdate(
        tracking_confidence=confidence,
        tracking_state="stable",
        source="motion",
        targets=(BALL,),
        frame_pts=at,
    )


def decided(at: float, view: View, holder: str = "auto") -> Decided:
    who = {"auto": "auto", "manual": "manual"}[holder]
    assert who in ("auto", "manual")
    return Decided(at, view, view, "auto" if who == "auto" else "manual", "follow_play", "lookahead")


def seen_at(notes: SceneNotes, at: float) -> Seen:
    seen = notes.scene(at).seen
    assert seen is not None
    return seen


def test_the_crop_is_the_one_that_was_decided_for_this_picture() -> None:
    notes = SceneNotes()
    notes.reshaped(0.0, Edges(CropShape(1.0, 0.5)))
    notes.decided(decided(1.0, View(0.5, 0.5, 2.0)))
    notes.decided(decided(1.04, View(0.6, 0.5, 2.0)))
    assert notes.scene(1.0).crop == Crop(0.25, 0.375, 0.75, 0.625, 2.0)
    crop = notes.scene(1.04).crop
    assert crop is not None
    assert (crop.left, crop.right) == pytest.approx((0.35, 0.85))
    assert notes.scene(1.04).steering == Steering("auto", "auto", "follow_play", "lookahead")


def test_before_the_first_picture_has_left_there_is_nothing_to_draw() -> None:
    scene = SceneNotes().scene(0.0)
    assert (scene.seen, scene.crop, scene.steering) == (None, None, None)


def test_the_mode_is_as_it_was_ruled_last() -> None:
    notes = SceneNotes("manual")
    notes.decided(decided(1.0, View()))
    assert (notes.scene(1.0).steering or Steering("none", "auto")).mode == "manual"
    notes.ruled(Ruled(1.0, "auto", None, None, None))
    notes.ruled(Ruled(1.0, None, None, 2.0, LimitBox()))
    assert (notes.scene(1.0).steering or Steering("none", "manual")).mode == "auto"


def test_an_update_meets_its_own_picture_and_says_how_far_ahead_the_newest_is() -> None:
    notes = SceneNotes()
    for at, confidence in ((2.0, 0.9), (1.0, 0.5)):
        notes.updated(update(at, confidence), arrived=2.1)
    seen = seen_at(notes, 1.25)
    assert (seen.confidence, seen.ahead, seen.strength) == (0.5, 0.75, 1.0)
    assert (seen.state, seen.source) == ("stable", "motion")


@pytest.mark.parametrize("wrong", [None, 99.0])
def test_an_update_without_a_picture_of_its_own_is_of_the_newest_one(wrong: float | None) -> None:
    notes = SceneNotes()
    notes.updated(update(wrong), arrived=3.0)
    assert notes.scene(2.9).seen is None
    assert seen_at(notes, 3.5).ahead == -0.5


def test_what_was_seen_too_long_ago_fades_and_its_age_stays() -> None:
    notes = SceneNotes()
    notes.updated(update(1.0), arrived=1.0)
    ages = (FRESH_SECONDS, (FRESH_SECONDS + GONE_SECONDS) / 2, GONE_SECONDS, 60.0)
    assert [seen_at(notes, 1.0 + age).strength for age in ages] == pytest.approx([1.0, 0.5, 0.0, 0.0])
    notes.decided(decided(61.0, View()))
    assert seen_at(notes, 61.0).ahead == pytest.approx(-60.0)


def test_old_updates_are_forgotten() -> None:
    notes = SceneNotes()
    for tenth in range(100):
        notes.updated(update(tenth / 10), arrived=tenth / 10)
        notes.decided(decided(tenth / 10, View()))
    assert notes.scene(9.9 - KEPT_SECONDS - 0.5).seen is None
    assert seen_at(notes, 9.9).ahead == 0


def test_a_tee_tells_both() -> None:
    first, second = SceneNotes(), SceneNotes()
    both = Tee(first, second)
    both.updated(update(1.0), arrived=1.0)
    both.reshaped(1.0, Edges(CropShape(0.5, 1.0)))
    both.ruled(Ruled(1.0, "manual", None, None, None))
    both.decided(decided(1.0, View(0.5, 0.5, 2.0)))
    assert first.scene(1.0) == second.scene(1.0)
    scene = first.scene(1.0)
    assert scene.crop == Crop(0.375, 0.25, 0.625, 0.75, 2.0)
    assert scene.steering is not None
    assert scene.steering.mode == "manual"
    assert scene.seen is not None
