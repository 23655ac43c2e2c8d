from hypothesis import given
from hypothesis import strategies as st

from virtualptz.backoff import Backoff


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def highest(_low: float, high: float) -> float:
    return high


def lowest(low: float, _high: float) -> float:
    return low


def test_waits_grow_to_their_bound_and_begin_anew_after_health() -> None:
    backoff = Backoff(longest=8.0, draw=highest)
    waits = [backoff.failed() for _ in range(8)]
    assert waits[:3] == [0.5, 0.8, 0.5 * 1.6**2]
    assert waits[-2:] == [8.0, 8.0]
    backoff.worked_for(29)
    assert backoff.failed() == 8
    backoff.worked_for(30)
    assert backoff.failed() == 0.5


def test_health_is_told_by_the_clock() -> None:
    clock = Clock()
    backoff = Backoff(draw=highest, clock=clock)
    for seconds, attempts in ((29.0, 2), (0.0, 3), (31.0, 1)):
        backoff.failed("gone")
        backoff.working()
        clock.now += seconds
        backoff.working()
        backoff.failed("gone again")
        assert backoff.attempts == attempts, seconds
        backoff.attempts = 1 if seconds == 29.0 else backoff.attempts


def test_what_it_waits_for_can_be_seen() -> None:
    clock = Clock()
    backoff = Backoff(first=4.0, draw=highest, clock=clock)
    assert (backoff.next_in, backoff.attempts, backoff.reason) == (None, 0, None)
    assert backoff.failed("no route") == 4.0
    clock.now += 1.5
    assert (backoff.next_in, backoff.attempts, backoff.reason) == (2.5, 1, "no route")
    clock.now += 5
    assert backoff.next_in == 0
    backoff.trying()
    assert backoff.next_in is None


@given(
    first=st.floats(0.01, 20),
    longest=st.floats(0.01, 120),
    share=st.floats(0, 1),
    failures=st.integers(1, 200),
)
def test_no_wait_is_a_hot_loop_or_beyond_its_cap(
    first: float, longest: float, share: float, failures: int
) -> None:
    backoff = Backoff(first=first, longest=longest, draw=lambda low, high: low + share * (high - low))
    waits = [backoff.failed() for _ in range(failures)]
    assert min(waits) >= first / 2
    assert max(waits) <= max(longest, first / 2)
    assert waits == sorted(waits), "with the same luck, no wait is shorter than the one before"
    assert backoff.attempts == failures


@given(luck=st.lists(st.floats(0, 1), min_size=10, max_size=60), least=st.floats(10, 15))
def test_a_floor_of_ten_seconds_is_at_most_six_tries_in_any_minute(luck: list[float], least: float) -> None:
    draws = iter(luck)
    backoff = Backoff(
        first=least, least=least, longest=30, draw=lambda low, high: low + next(draws) * (high - low)
    )
    now, tries = 0.0, [0.0]
    for _ in luck:
        now += backoff.failed()
        tries.append(now)
    assert max(sum(start <= other < start + 60 for other in tries) for start in tries) <= 6


@given(stretches=st.lists(st.floats(0, 29.9), max_size=20), healthy=st.floats(30, 1e6))
def test_only_a_healthy_stretch_begins_anew(stretches: list[float], healthy: float) -> None:
    clock = Clock()
    clock.now = 0.0
    backoff = Backoff(draw=lowest, clock=clock)
    for stretch in stretches:
        backoff.failed()
        backoff.worked_for(stretch)
    assert backoff.attempts == len(stretches)
    backoff.worked_for(healthy)
    assert backoff.attempts == 0
