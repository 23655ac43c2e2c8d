import pytest

from virtualptz.camera.policies.corridor import Bank

STILL_AT_HALF = (0.5, 0.0, 0.0)


@pytest.mark.parametrize("side", [1, -1])
def test_from_rest_nothing_past_what_is_wanted_is_allowed(side: int) -> None:
    wanted = 0.5 + side * 0.2
    bank = Bank(side, 1.0)
    assert bank.limit(wanted, planned=wanted + side * 0.02, state=STILL_AT_HALF) == wanted


def test_a_camera_in_motion_may_run_on_as_far_as_its_best_path_does() -> None:
    assert Bank(1, 1.0).limit(0.5, planned=0.53, state=(0.5, 0.05, 0.0)) == pytest.approx(0.53)
    assert Bank(1, 1.0).limit(0.5, planned=0.9, state=(0.5, 0.05, 0.0)) == pytest.approx(0.54)


def test_never_nearer_than_it_can_stop() -> None:
    limit = Bank(1, 1.0).limit(0.5, planned=0.51, state=(0.5, 0.4, 0.0))
    assert limit >= 0.5 + 0.4**2 / 2


def test_the_limit_does_not_follow_the_camera() -> None:
    bank = Bank(1, 1.0)
    limit = bank.limit(0.5, planned=0.53, state=(0.48, 0.1, 0.0))
    assert bank.limit(0.5, planned=0.6, state=(0.499, 0.3, 0.0)) == limit


def test_coming_from_outside_there_is_no_step_back() -> None:
    bank = Bank(-1, 1.0)
    places = [0.3, 0.4, 0.5, 0.6]
    limits = [bank.limit(0.7, planned=place, state=(place, 0.3, 0.0)) for place in places]
    assert limits == places
    assert bank.limit(0.7, planned=0.69, state=(0.7001, 0.0, -0.1)) == 0.7


def test_another_place_is_another_limit() -> None:
    bank = Bank(-1, 1.0)
    bank.limit(0.7, planned=0.6, state=(0.6, 0.3, 0.0))
    assert bank.limit(0.55, planned=0.45, state=(0.6, -0.4, 0.0)) < 0.55


def test_opened_it_forgets() -> None:
    bank = Bank(1, 1.0)
    bank.limit(0.5, planned=0.6, state=(0.5, 0.3, 0.0))
    bank.open()
    assert bank.limit(0.5, planned=0.6, state=STILL_AT_HALF) == 0.5
