"""Small scenes that show one rule each, and whatever else may come."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtualptz.model import TrackingUpdate
from virtualptz.protocols import Frame
from virtualptz.tracking.bytetrack import Track
from virtualptz.tracking.detection import (
    Ball,
    Detections,
    DetectorOptions,
    DetectorSource,
    PlayReader,
    Scene,
)

from . import scenes
from .scenes import HALF_COURT, LANE, WIDTH, Place, ball, moving, person, play, scene, shuffling

COURT = DetectorOptions.model_validate(
    {"court": "0,0.317=0,0 1,0.317=28,0 1,0.794=28,15 0,0.794=0,15", "court_size": "28x15"}
)
"""The court of `scenes`."""


def reader(options: DetectorOptions | None = None) -> PlayReader:
    return PlayReader("toy", options or DetectorOptions())


def mirrored(places: list[Place]) -> list[Place]:
    return [(28 - x, y) for x, y in places]


@pytest.mark.parametrize("options", [DetectorOptions(), COURT], ids=["unmeasured", "measured"])
def test_a_set_play_is_in_the_half_where_everybody_is(options: DetectorOptions) -> None:
    for places, side in ((HALF_COURT, "right"), (mirrored(HALF_COURT), "left")):
        update = play(reader(options), 4.0, lambda at, places=places: shuffling(places, at))[-1]  # type: ignore[misc]
        assert (update.play_phase, update.possession_side) == ("set_offense", side)
        assert update.tracking_mode_hint == "half_court_lock"
        assert (update.target_x, update.target_y, update.target_zoom) == (None, None, None)


@pytest.mark.parametrize("options", [DetectorOptions(), COURT], ids=["unmeasured", "measured"])
def test_when_everybody_runs_to_the_other_end_it_is_the_other_team_s_ball(options: DetectorOptions) -> None:
    its = reader(options)
    play(its, 4.0, lambda at: shuffling(HALF_COURT, at))
    running = play(its, 2.0, lambda at: moving(HALF_COURT, at, -4.0), start=4.0)
    assert running[-1].play_phase == "transition"
    assert running[-1].possession_side == "left"
    turned = next(update.frame_pts for update in running if update.possession_side == "left")
    assert turned is not None
    assert turned - 4.0 < 1.2


def test_a_race_is_a_fast_break() -> None:
    its = reader()
    play(its, 4.0, lambda at: shuffling(HALF_COURT, at))
    assert (
        play(its, 2.0, lambda at: moving(HALF_COURT, at, -7.0), start=4.0)[-1].tracking_mode_hint
        == "fast_break"
    )


def test_who_walks_to_the_other_end_plays_not() -> None:
    its = reader()
    play(its, 4.0, lambda at: shuffling(HALF_COURT, at))
    update = play(its, 4.0, lambda at: moving(HALF_COURT, at, -1.5), start=4.0)[-1]
    assert (update.play_phase, update.possession_side) == ("deadball", "right")


def test_when_nobody_moves_the_ball_is_dead_and_in_the_lane_it_is_a_free_throw() -> None:
    its = reader()
    play(its, 8.0, lambda at: shuffling(HALF_COURT, at))
    assert play(its, 3.0, lambda at: HALF_COURT, start=8.0)[-1].play_phase == "deadball"
    assert play(its, 4.0, lambda at: LANE, start=11.0)[-1].play_phase == "free_throw"


def test_a_ball_over_all_heads_is_a_shot_and_nobody_s() -> None:
    its = reader()
    play(its, 4.0, lambda at: shuffling(HALF_COURT, at))
    read: list[TrackingUpdate] = []
    for number in range(30):
        at, flight = 4.0 + number / 10, min(number / 10, 1.9)
        up, speed = 1.5 + 9.5 * flight - 4.9 * flight * flight, 9.5 - 9.8 * flight
        read.append(its.read(scene(at, shuffling(HALF_COURT, at), ball(22.0, up, vy=speed))))
    sides = [update.possession_side for update in read]
    assert sides[0] == "right"
    assert "unknown" in sides
    assert sides[-1] == "right"
    assert {"rebound", "set_offense"} <= {update.play_phase for update in read}
    assert "follow_ball" in {update.tracking_mode_hint for update in read}
    assert read[3].ball_velocity_y is not None
    assert read[3].ball_velocity_y < 0, "up is less"


def test_of_a_few_people_nothing_is_said_of_the_play() -> None:
    update = play(reader(), 3.0, lambda at: HALF_COURT[:3])[-1]
    assert (update.play_phase, update.possession_side, update.tracking_mode_hint) == (None, None, None)
    assert len(update.targets or ()) == 3


def test_nobody_is_lost() -> None:
    its = reader()
    assert play(its, 2.0, lambda at: HALF_COURT)[-1].tracking_state == "stable"
    updates = play(its, 2.0, lambda at: [], start=2.0)
    assert updates[-1].tracking_state == "lost"
    assert updates[-1].fallback_active
    assert updates[-1].tracking_mode_hint == "reacquire"
    assert updates[0].tracking_state == "warning", "one step at a time"


def test_half_of_the_people_gone_is_a_doubt() -> None:
    its = reader()
    before = play(its, 5.0, lambda at: HALF_COURT)[-1].tracking_confidence
    after = play(its, 2.0, lambda at: HALF_COURT[:5], start=5.0)[-1].tracking_confidence
    assert before > 0.85
    assert 0.3 < after < 0.75 * before


def test_weak_detections_are_a_doubt() -> None:
    sure, weak = reader(), reader()
    people = scene(0.0, HALF_COURT).people
    faint = tuple(
        Track(one.track_id, one.box, 0.2, one.cls, one.age, one.unseen, one.velocity) for one in people
    )
    strong = sure.read(Scene(0.0, 1120, 630, people)).tracking_confidence
    assert weak.read(Scene(0.0, 1120, 630, faint)).tracking_confidence < 0.75 * strong


def test_who_stands_lower_in_the_picture_hides_who_is_behind_him() -> None:
    apart = reader().read(scene(0.0, [(5, 5), (10, 5), (15, 5), (20, 5)]))
    hidden = reader().read(scene(0.0, [(5, 5), (5.1, 5.5), (15, 5), (15.1, 5.5)]))
    assert apart.occlusion_level == 0.0
    assert 0.4 < hidden.occlusion_level < 0.9
    assert hidden.tracking_confidence < apart.tracking_confidence


def test_who_is_lost_in_the_middle_is_hidden_and_who_leaves_is_not() -> None:
    seen = tuple(person(number, 4.0 + 4 * number) for number in range(4))
    for place, is_hidden in ((14.0, True), (0.1, False)):
        gone = (person(9, place, unseen=0.4),)
        update = reader().read(Scene(0.0, WIDTH, scenes.HEIGHT, seen, gone))
        assert (update.occlusion_level > 0.05) is is_hidden
        assert len(update.targets or ()) == 4


def test_feet_outside_of_the_region_do_not_count() -> None:
    options = DetectorOptions.model_validate({"region": "0.5,0.2 1,0.2 1,1 0.5,1"})
    places = [*HALF_COURT, *mirrored(HALF_COURT)]
    update = reader(options).read(scene(0.0, places))
    targets = update.targets or ()
    assert len(targets) == 10
    assert all(target.x > 0.5 for target in targets)


def test_feet_on_a_measured_court_have_their_metres() -> None:
    update = reader(COURT).read(scene(0.0, HALF_COURT, ball(25.0, 1.0)))
    assert update.court_homography_ok is True
    people = [target.model_extra or {} for target in update.targets or () if target.cls == "player"]
    where = [(extra["court_x"], extra["court_y"]) for extra in people]
    for spot, wanted in zip(where, HALF_COURT, strict=True):
        assert spot == pytest.approx(wanted, abs=0.05)
    [its_ball] = (target for target in update.targets or () if target.cls == "ball")
    assert "court_x" not in (its_ball.model_extra or {}), "it is in the air"


def test_without_a_court_nothing_is_said_of_one() -> None:
    update = reader().read(scene(0.0, HALF_COURT))
    assert update.court_homography_ok is None
    assert all("court_x" not in (target.model_extra or {}) for target in update.targets or ())


def test_a_court_that_does_not_fit_is_not_used() -> None:
    options = DetectorOptions.model_validate(
        {"court": "0,0.317=0,0 1,0.317=28,0 1,0.794=28,15 0,0.794=0,15 0.5,0.5=9,12"}
    )
    update = reader(options).read(scene(0.0, HALF_COURT))
    assert update.court_homography_ok is False
    assert all("court_x" not in (target.model_extra or {}) for target in update.targets or ())


def test_a_camera_that_was_bumped_sees_the_measured_court_no_longer() -> None:
    its = reader(COURT)
    play(its, 3.0, lambda at: shuffling(HALF_COURT, at))
    bumped = its.read(scene(3.0, HALF_COURT, camera_moved=True))
    later = play(its, 3.0, lambda at: shuffling(HALF_COURT, at), start=3.1)[-1]
    its.reset()
    for update in (bumped, later, its.read(scene(9.0, HALF_COURT))):
        assert update.court_homography_ok is False
        assert all("court_x" not in (target.model_extra or {}) for target in update.targets or ())
    assert later.possession_side == "right", "play is read by the picture now"


def test_no_more_targets_than_the_contract_takes_and_the_surest_of_them() -> None:
    people = tuple(
        Track(number, (10, 10, 30, 60), number / 400, "player", 5.0, 0.0, (0.0, 0.0)) for number in range(400)
    )
    update = reader().read(Scene(0.0, 1120, 630, people, ball=ball(5.0, 1.0)))
    targets = update.targets or ()
    assert len(targets) == 256
    assert targets[0].confidence == pytest.approx(399 / 400)
    assert targets[-1].cls == "ball"


edges = st.floats(-1e4, 1e4, width=32) | st.sampled_from([math.nan, math.inf, -math.inf])
boxes = st.tuples(
    st.tuples(edges, edges, edges, edges),
    st.floats(0, 1) | st.just(math.nan),
    st.sampled_from(["player", "ball", "referee", ""]),
)
pictures = st.tuples(st.lists(boxes, max_size=40), st.floats(0.001, 5.0), st.booleans())


class Scripted:
    def __init__(self, found: list[Detections]) -> None:
        self._found = iter(found)

    def detect(self, frame: Frame) -> Detections:
        return next(self._found)

    def reset(self) -> None:
        """It remembers nothing."""

    def close(self) -> None:
        """It holds nothing."""


def _found(picture: tuple[list[tuple[tuple[float, ...], float, str]], float, bool]) -> Detections:
    many, _, moved = picture
    made = Detections.of(
        [box for box, _, _ in many], [score for _, score, _ in many], [cls for *_, cls in many]
    )
    return Detections(made.boxes, made.scores, made.classes, moved)


@settings(max_examples=60)
@given(st.lists(pictures, min_size=1, max_size=6), st.sampled_from([DetectorOptions(), COURT]))
def test_whatever_is_detected_the_update_is_valid(
    script: list[tuple[list[tuple[tuple[float, ...], float, str]], float, bool]], options: DetectorOptions
) -> None:
    source = DetectorSource("any", Scripted([_found(picture) for picture in script]), options, lambda _: 320)
    times = np.cumsum([passed for _, passed, _ in script])
    image = np.zeros((180, 320, 3), np.uint8)
    updates = list(source.updates(iter([Frame(float(at), image) for at in times])))
    assert [update.frame_pts for update in updates] == times.tolist()
    for update in updates:
        assert TrackingUpdate.model_validate_json(update.model_dump_json()) == update
        assert len(update.targets or ()) <= 256
        for target in update.targets or ():
            numbers = [value for value in (target.model_extra or {}).values() if isinstance(value, float)]
            assert all(map(math.isfinite, numbers))
            assert 0 < (target.model_extra or {})["w"] <= 1


@given(
    st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=2),
    st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=2),
)
def test_whatever_the_ball_does_its_velocity_is_one(place: list[float], velocity: list[float]) -> None:
    box = (place[0], place[1], place[0] + 10, place[1] + 10)
    update = reader().read(scene(0.0, HALF_COURT, Ball(box, 0.5, (velocity[0], velocity[1]), 0.0)))
    assert update.ball_velocity_x is not None
    assert abs(update.ball_velocity_x) <= 4
