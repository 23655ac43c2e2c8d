from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz.camera.operator import CameraOperator, NamedPolicy, OperatorSpec
from virtualptz.camera.policies.deadband import Deadband, DeadbandOptions
from virtualptz.camera.policies.spring import Spring, SpringOptions
from virtualptz.model import CropShape, Target, TrackingUpdate, View
from virtualptz.protocols import SmoothingPolicy

JUMPS = DeadbandOptions(interval=0, min_delta_xy=0, min_delta_zoom=0)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def new_operator(clock: Clock, policy: SmoothingPolicy | None = None, view: View = View()) -> CameraOperator:  # noqa: B008
    named = NamedPolicy("jumps", policy or Deadband(JUMPS))
    return CameraOperator(named, OperatorSpec(view=view), clock=clock)


def update(**fields: object) -> TrackingUpdate:
    return TrackingUpdate.model_validate({"tracking_confidence": 0.9, "tracking_state": "stable", **fields})


def test_it_stays_where_it_began_until_somebody_steers() -> None:
    operator = new_operator(Clock(), view=View(0.4, 0.4, 2))
    assert operator.view_at(0.0) == operator.view_at(5.0) == View(0.4, 0.4, 2)
    assert operator.report.holder == "none"


def test_a_person_moves_the_next_picture() -> None:
    operator = new_operator(Clock())
    operator.view_at(0.0)
    assert operator.steer(View(0.3, 0.5, 2)).applied
    assert operator.view_at(0.033) == View(0.3, 0.5, 2)
    assert operator.report.holder == "manual"


def test_tracking_moves_it_and_a_person_takes_over_for_ten_seconds() -> None:
    clock = Clock()
    operator = new_operator(clock)
    operator.view_at(0.0)
    operator.track(update(target_x=0.7, target_zoom=2), arrived=0.0)
    assert operator.view_at(0.1) == View(0.7, 0.5, 2)
    assert operator.report.holder == "auto"
    operator.steer(View(0.3, 0.5, 2))
    clock.now += 9.9
    for second in range(1, 11):
        operator.track(update(target_x=0.6, target_zoom=2), arrived=second)
    assert operator.view_at(10.0) == View(0.3, 0.5, 2)
    clock.now += 0.2
    assert operator.report.holder == "auto"
    assert operator.view_at(10.2) == View(0.6, 0.5, 2)


def test_a_tiny_target_takes_over_where_the_camera_is() -> None:
    clock = Clock()
    operator = new_operator(clock)
    operator.view_at(0.0)
    assert operator.steer(View(0.5, 0.5, 1)).reason == "tiny_delta"
    operator.track(update(target_x=0.7, target_zoom=2), arrived=0.0)
    assert operator.view_at(0.1) == View(0.5, 0.5, 1)


def test_a_queued_target_is_applied_when_the_cooldown_ends() -> None:
    clock = Clock()
    operator = new_operator(clock)
    operator.view_at(0.0)
    operator.steer(View(0.3, 0.5, 2))
    clock.now += 0.1
    assert operator.steer(View(0.7, 0.5, 2)).queued
    assert operator.view_at(0.1).center_x == 0.3
    clock.now += 0.26
    assert operator.view_at(0.36).center_x == 0.7


def test_an_update_meets_its_own_picture_in_any_order() -> None:
    operator = new_operator(Clock())
    operator.view_at(1.0)
    operator.track(update(target_x=0.7, target_zoom=2, frame_pts=1.4), arrived=1.0)
    operator.track(update(target_x=0.6, target_zoom=2, frame_pts=1.2), arrived=1.0)
    assert operator.view_at(1.1).center_x == 0.5
    assert operator.view_at(1.3).center_x == 0.6
    assert operator.view_at(1.5).center_x == 0.7


def test_a_frame_pts_in_the_far_future_counts_as_now() -> None:
    operator = new_operator(Clock())
    operator.view_at(1.0)
    operator.track(update(target_x=0.7, target_zoom=2, frame_pts=1e9), arrived=1.0)
    assert operator.view_at(1.1).center_x == 0.7


def test_lost_tracking_steers_nothing() -> None:
    operator = new_operator(Clock())
    operator.view_at(0.0)
    operator.track(update(target_x=0.7, target_zoom=2, tracking_state="lost"), arrived=0.0)
    assert operator.view_at(0.1) == View()


def test_the_middle_of_the_targets_without_a_wish() -> None:
    operator = new_operator(Clock())
    operator.view_at(0.0)
    targets = [Target(x=x, y=0.6, confidence=1, cls="player") for x in (0.4, 0.55, 0.7)]
    operator.track(update(targets=targets), arrived=0.0)
    view = operator.view_at(0.1)
    assert (view.center_x, view.center_y) == pytest.approx((0.55, 0.6))
    assert 2 < view.zoom < 3


def test_a_wish_outside_is_clamped_before_the_policy_sees_it() -> None:
    operator = new_operator(Clock(), Spring(SpringOptions()))
    operator.reshape(CropShape(), 16 / 9)
    operator.view_at(0.0)
    operator.steer(View(1.0, 0.5, 1.0))
    assert [operator.view_at(number / 30) for number in range(1, 30)] == [View()] * 29


def test_hand_back_in_mid_pan_keeps_the_speed() -> None:
    clock, options = Clock(), SpringOptions()
    operator = new_operator(clock, Spring(options), View(0.3, 0.5, 2))
    operator.view_at(0.0)
    path = []
    for number in range(1, 500):
        clock.now += 1 / 30
        operator.track(update(target_x=0.75, target_zoom=2), arrived=number / 30)
        if number == 20:
            operator.steer(View(0.25, 0.5, 2))
        path.append(operator.view_at(number / 30).center_x)
    speeds = [(later - earlier) * 30 for earlier, later in pairwise(path)]
    pushes = [(later - earlier) * 30 for earlier, later in pairwise(speeds)]
    assert max(map(abs, speeds)) <= options.max_speed * 1.0001
    assert max(map(abs, pushes)) <= options.max_acceleration * 1.05
    assert path[250] == pytest.approx(0.25, abs=0.01)
    assert path[-1] == pytest.approx(0.75, abs=0.01)


updates = st.builds(
    update,
    target_x=st.none() | st.floats(0, 1),
    target_y=st.none() | st.floats(0, 1),
    target_zoom=st.none() | st.floats(1, 4),
    frame_pts=st.none() | st.floats(-1e6, 1e6),
    tracking_state=st.sampled_from(["stable", "warning", "lost", "what"]),
)


@given(st.lists(updates, max_size=30), st.floats(0.3, 4))
def test_any_updates_leave_a_finite_view_inside_the_frame(
    sequence: list[TrackingUpdate], aspect: float
) -> None:
    shape = CropShape.fit(aspect, 16 / 9)
    operator = new_operator(Clock(), Spring(SpringOptions()))
    operator.reshape(shape, aspect)
    for number, item in enumerate(sequence):
        operator.track(item, arrived=number / 10)
        view = operator.view_at(number / 10)
        assert view == view.inside(shape)
