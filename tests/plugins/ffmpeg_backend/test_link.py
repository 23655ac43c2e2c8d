from hypothesis import given
from hypothesis import strategies as st

from virtualptz_ffmpeg.link import AWAY_LONGEST_SECONDS, REFUSED_SECONDS, Link


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def made() -> tuple[Link, Clock]:
    clock = Clock()
    return Link(clock=clock), clock


def test_a_server_that_is_away_is_tried_at_once_for_as_long_as_it_takes() -> None:
    link, clock = made()
    for attempt in range(1, 50):
        clock.now += link.lost("Connection refused")
        report = link.report
        assert (report.state, report.reason, report.attempts) == ("retrying", "Connection refused", attempt)
        assert link.away.next_at is not None
        assert 0.2 < clock.now / attempt <= AWAY_LONGEST_SECONDS
        link.trying()
        assert link.report.next_attempt_in is None
    link.connected()
    assert (link.report.state, link.report.reason, link.report.attempts) == ("publishing", None, 0)


def test_the_next_try_counts_down() -> None:
    link, clock = made()
    delay = link.lost("no", refused=True)
    clock.now += delay / 2
    assert link.report.state == "rejected"
    assert link.report.next_attempt_in == delay / 2


def test_connections_made_anew_are_counted() -> None:
    link, clock = made()
    for expected in range(3):
        link.connected()
        assert link.report.reconnects == expected
        clock.now += 60
        link.lost("gone")
        assert (link.report.state, link.report.reconnects) == ("retrying", expected)


@given(seconds=st.lists(st.floats(0.01, 9), min_size=20, max_size=40), held=st.floats(0, 4.9))
def test_neither_a_refusal_nor_a_publish_that_is_closed_at_once_is_a_hot_loop(
    seconds: list[float], held: float
) -> None:
    """However long each answer takes: at most six attempts in any minute."""
    for accepted in (False, True):
        link, clock = made()
        tries = []
        for each in seconds:
            tries.append(clock.now)
            clock.now += each if not accepted else held
            if accepted:
                link.connected()
                clock.now += held
            clock.now += link.lost("closed", refused=not accepted)
        assert max(sum(start <= other < start + 60 for other in tries) for start in tries) <= 6
        assert link.report.state == "rejected"


def test_a_server_that_goes_after_it_closed_two_publishes_is_tried_at_once_again() -> None:
    link, clock = made()
    for _ in range(3):
        link.connected()
        delay = link.lost("closed")
        clock.now += delay
    assert delay >= REFUSED_SECONDS
    assert link.lost("Connection refused") <= AWAY_LONGEST_SECONDS
    assert link.report.state == "retrying"


def test_a_server_that_is_away_for_long_is_tried_twice_a_second_all_the_same() -> None:
    link = Link()
    waits = [link.lost("Connection refused") for _ in range(100)]
    assert max(waits) <= 0.5
    assert min(waits) > 0.1, "and no more often than it needs"
