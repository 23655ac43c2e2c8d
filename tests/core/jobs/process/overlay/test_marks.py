from typing import Any

import pytest

from virtualptz.jobs.process.overlay.marks import MOVED_ON, Told, marks_at
from virtualptz.jobs.process.overlay.scene import Mark
from virtualptz.model import TrackingUpdate


def told(at: float, *targets: dict[str, Any]) -> Told:
    usual = {"y": 0.5, "confidence": 0.9, "cls": "player"}
    update = TrackingUpdate.model_validate(
        {"tracking_confidence": 0.9, "frame_pts": at, "targets": [usual | target for target in targets]}
    )
    return Told(at, update)


def player(x: float, track_id: object, **more: Any) -> dict[str, Any]:
    return {"x": x, "w": 0.02, "h": 0.1, "track_id": track_id, **more}


def places(marks: tuple[Mark, ...]) -> dict[str, float]:
    return {mark.name or mark.cls: round(mark.x, 6) for mark in marks}


def test_between_two_updates_each_track_goes_from_one_place_to_the_other() -> None:
    updates = [told(1.0, player(0.2, 1), player(0.8, 2)), told(1.2, player(0.7, 2), player(0.4, 1))]
    assert places(marks_at(updates, 1.0)) == {"1": 0.2, "2": 0.8}
    assert places(marks_at(updates, 1.05)) == {"1": 0.25, "2": 0.775}
    assert places(marks_at(updates, 1.15)) == {"1": 0.35, "2": 0.725}


def test_boxes_grow_on_the_way_and_stay_where_one_has_none() -> None:
    [mark] = marks_at([told(0, player(0.2, 1)), told(1, player(0.2, 1, w=0.04, h=0.2))], 0.5)
    assert (mark.w, mark.h) == pytest.approx((0.03, 0.15))
    [mark] = marks_at([told(0, {"x": 0.2, "track_id": 1}), told(1, player(0.2, 1))], 0.5)
    assert (mark.w, mark.h) == (0.02, 0.1)


def test_who_is_in_one_update_only_stands_until_half_way() -> None:
    updates = [told(1.0, player(0.2, 1)), told(2.0, player(0.6, 2))]
    assert places(marks_at(updates, 1.4)) == {"1": 0.2}
    assert places(marks_at(updates, 1.6)) == {"2": 0.6}


def test_there_is_one_ball_whatever_its_id() -> None:
    updates = [
        told(1.0, {"x": 0.2, "cls": "ball"}),
        told(1.2, {"x": 0.4, "cls": "ball", "track_id": 9}),
    ]
    assert [round(mark.x, 6) for mark in marks_at(updates, 1.1)] == [0.3]


def test_who_has_no_id_is_not_taken_for_somebody_else() -> None:
    updates = [told(1.0, {"x": 0.2}), told(1.2, {"x": 0.8})]
    assert [mark.x for mark in marks_at(updates, 1.05)] == [0.2]
    assert [mark.x for mark in marks_at(updates, 1.15)] == [0.8]


def test_an_id_that_comes_twice_is_shown_twice() -> None:
    assert len(marks_at([told(1.0, player(0.2, 7), player(0.6, 7))], 1.0)) == 2


def test_after_the_last_update_things_go_on_for_a_little() -> None:
    updates = [told(0.9, player(0.2, 1)), told(1.0, player(0.22, 1), player(0.5, 2))]
    assert places(marks_at(updates, 1.1)) == {"1": 0.24, "2": 0.5}
    late = {"1": round(0.22 + 0.2 * MOVED_ON, 6), "2": 0.5}
    assert places(marks_at(updates, 5.0)) == late


def test_updates_far_apart_say_nothing_of_the_time_between() -> None:
    updates = [told(1.0, player(0.2, 1)), told(4.0, player(0.8, 1))]
    assert places(marks_at(updates, 2.0)) == {"1": 0.2}


def test_before_the_first_update_there_is_nothing() -> None:
    assert marks_at([told(1.0, player(0.2, 1))], 0.9) == ()
    assert marks_at([], 1.0) == ()


@pytest.mark.parametrize("wrong", ["wide", None, -1, 7, True, [1], {"a": 1}])
def test_what_a_detector_adds_may_be_anything(wrong: object) -> None:
    [mark] = marks_at([told(1.0, player(0.2, wrong, w=wrong, h=wrong))], 1.0)
    assert 0 <= mark.w <= 1
    assert 0 <= mark.h <= 1
    assert len(mark.name) <= 8
