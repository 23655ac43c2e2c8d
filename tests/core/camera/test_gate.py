from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from virtualptz.camera.gate import TargetGate
from virtualptz.model import View


def gate(target: View | None = None) -> TargetGate:
    return TargetGate(interval=0.35, min_delta_xy=0.008, min_delta_zoom=0.015, target=target)


def test_a_first_target_is_applied() -> None:
    assert gate().offer(View(0.3, 0.5, 2), 0.0).applied


def test_a_change_under_the_deltas_is_tiny() -> None:
    decision = gate(View(0.5, 0.5, 2)).offer(View(0.507, 0.494, 2.014), 10.0)
    assert (decision.applied, decision.queued, decision.reason) == (False, False, "tiny_delta")


def test_one_delta_reached_is_enough() -> None:
    assert gate(View(0.5, 0.5, 2)).offer(View(0.5, 0.5, 2.0151), 10.0).applied


def test_inside_the_cooldown_it_waits_and_the_newest_wins() -> None:
    it = gate()
    it.offer(View(0.3), 0.0)
    assert it.offer(View(0.4), 0.1).reason == "queued_cooldown"
    assert it.offer(View(0.6), 0.2).queued
    assert it.due(0.34) is None
    assert it.due(0.35) == View(0.6)
    assert it.due(0.36) is None
    assert it.target == View(0.6)


def test_back_to_where_it_is_takes_the_waiting_one_back() -> None:
    it = gate()
    it.offer(View(0.3), 0.0)
    it.offer(View(0.6), 0.1)
    assert it.offer(View(0.3), 0.2).reason == "tiny_delta"
    assert it.due(1.0) is None


def test_released_it_takes_any_target_as_a_change() -> None:
    it = gate(View(0.5, 0.5, 2))
    it.release()
    assert it.offer(View(0.5, 0.5, 2), 1.0).applied


@given(st.lists(st.tuples(st.floats(0, 0.5), st.floats(0, 1), st.floats(1, 4)), max_size=40))
def test_targets_come_into_force_no_faster_than_the_interval(
    offers: list[tuple[float, float, float]],
) -> None:
    it, now, changes = gate(), 0.0, list[float]()
    for wait, x, zoom in offers:
        now += wait
        if it.due(now) is not None:
            changes.append(now)
        if it.offer(View(x, 0.5, zoom), now).applied:
            changes.append(now)
    assert all(later - earlier >= 0.35 for earlier, later in pairwise(changes))
