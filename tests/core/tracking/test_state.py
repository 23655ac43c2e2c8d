import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz.tracking.state import Hysteresis, memoryless_state

confidences = st.floats(0, 1)
walks = st.lists(confidences, max_size=60)


def _walk(values: list[float], start: Hysteresis | None = None) -> list[Hysteresis]:
    states = [start or Hysteresis()]
    for value in values:
        states.append(states[-1].after(value))
    return states[1:]


@pytest.mark.parametrize(
    ("before", "confidence", "after"),
    [
        ("lost", 0.4799, "lost"),
        ("lost", 0.48, "warning"),
        ("lost", 1.0, "warning"),
        ("warning", 0.6199, "warning"),
        ("warning", 0.62, "stable"),
        ("warning", 0.28, "warning"),
        ("warning", 0.2799, "lost"),
        ("stable", 0.50, "stable"),
        ("stable", 0.4999, "warning"),
        ("stable", 0.0, "warning"),
    ],
)
def test_every_threshold_on_both_of_its_sides(before: str, confidence: float, after: str) -> None:
    assert Hysteresis(before).after(confidence).state == after  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "confidence", "after"),
    [(False, 0.42, False), (False, 0.4199, True), (True, 0.4999, True), (True, 0.50, False)],
)
def test_fallback_begins_under_042_and_ends_at_050(before: bool, confidence: float, after: bool) -> None:
    assert Hysteresis(fallback_active=before).after(confidence).fallback_active is after


@pytest.mark.parametrize(
    ("low", "high"),
    [(0.28, 0.4799), (0.50, 0.6199)],
)
@given(data=st.data())
def test_within_a_band_nothing_changes_after_the_first_value(
    low: float, high: float, data: st.DataObject
) -> None:
    start = Hysteresis(data.draw(st.sampled_from(["lost", "warning", "stable"])))
    walk = _walk(data.draw(st.lists(st.floats(low, high), min_size=2)), start)
    assert len({step.state for step in walk[1:]}) == 1


@given(walks)
def test_lost_and_stable_never_touch(values: list[float]) -> None:
    states = [step.state for step in _walk(values)]
    assert all({a, b} != {"lost", "stable"} for a, b in itertools.pairwise(states))


@given(walks, st.floats(0.42, 0.4999))
def test_fallback_keeps_its_value_between_its_two_limits(values: list[float], between: float) -> None:
    for step in _walk(values):
        assert step.after(between).fallback_active == step.fallback_active


@given(walks)
def test_full_confidence_is_stable_in_two_steps_and_none_is_lost_in_two(values: list[float]) -> None:
    for step in _walk(values):
        assert step.after(1.0).after(1.0) == Hysteresis("stable", False)
        assert step.after(0.0).after(0.0) == Hysteresis("lost", True)


@pytest.mark.parametrize(
    ("confidence", "state"),
    [
        (0.0, "lost"),
        (0.2999, "lost"),
        (0.30, "warning"),
        (0.5999, "warning"),
        (0.60, "stable"),
        (1.0, "stable"),
    ],
)
def test_without_memory(confidence: float, state: str) -> None:
    assert memoryless_state(confidence) == state
