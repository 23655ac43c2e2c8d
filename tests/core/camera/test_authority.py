import pytest

from virtualptz.camera.authority import Authority
from virtualptz.model import CameraMode, Holder


def test_nobody_holds_a_camera_that_nobody_told_anything() -> None:
    assert Authority(10).holder(0.0, tracked=False) == "none"


def test_a_person_holds_it_for_a_while_from_the_last_command() -> None:
    authority = Authority(10)
    authority.take(0.0)
    authority.take(5.0)
    assert authority.holder(14.9, tracked=True) == "manual"
    assert authority.seconds_left(14.0) == pytest.approx(1.0)
    assert authority.holder(15.0, tracked=True) == "auto"
    assert authority.seconds_left(15.0) is None


def test_without_tracking_it_goes_back_to_nobody() -> None:
    authority = Authority(10)
    authority.take(0.0)
    assert authority.holder(11.0, tracked=False) == "none"


def test_the_time_of_a_move_does_not_count() -> None:
    authority = Authority(10)
    authority.take(0.0, busy=3.0)
    assert authority.holder(12.9, tracked=True) == "manual"


def test_giving_back_ends_a_takeover_at_once() -> None:
    authority = Authority(10)
    authority.take(0.0)
    authority.give_back()
    assert authority.holder(0.1, tracked=True) == "auto"


@pytest.mark.parametrize(
    ("mode", "taken", "holder"),
    [("manual", True, "manual"), ("manual", False, "none"), ("auto", True, "auto"), ("auto", False, "auto")],
)
def test_in_manual_mode_tracking_never_holds_it(mode: CameraMode, taken: bool, holder: Holder) -> None:
    authority = Authority(10)
    if taken:
        authority.take(0.0)
    authority.mode = mode
    assert authority.holder(1000.0, tracked=True) == holder
    assert authority.seconds_left(1.0) == (9.0 if mode == "auto" and taken else None)
