from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz.jobs.process.timeline import Timeline


def test_the_first_picture_is_time_zero_whatever_its_stamp() -> None:
    assert Timeline().picture(93_000.5, 10.0) == 0.0


def test_a_process_that_goes_on_for_another_begins_where_that_one_was() -> None:
    line = Timeline(begin_at=61.5)
    assert line.picture(7.0, 10.0) == pytest.approx(61.5)
    assert line.sound(6.99) is None
    assert line.sound(7.02) == pytest.approx(61.52)


def test_the_source_s_own_steps_are_kept() -> None:
    line = Timeline()
    stamps = [7.0, 7.04, 7.1, 7.11]
    assert [line.picture(pts, 0.0) for pts in stamps] == pytest.approx([0, 0.04, 0.1, 0.11])


def test_a_new_connection_goes_on_where_the_wall_clock_is() -> None:
    line = Timeline()
    line.picture(500.0, 10.0)
    line.reconnected()
    assert line.picture(0.0, 14.5) == pytest.approx(4.5)
    assert line.picture(0.04, 14.54) == pytest.approx(4.54)


def test_a_clock_that_restarts_without_a_reconnect() -> None:
    line = Timeline()
    line.picture(500.0, 10.0)
    assert line.picture(0.0, 10.04) == pytest.approx(0.04)
    assert line.breaks == 1


def test_an_hour_forward_is_a_break_and_a_real_gap_is_not() -> None:
    line = Timeline()
    line.picture(0.0, 10.0)
    assert line.picture(3600.0, 10.04) == pytest.approx(0.04)
    line = Timeline()
    line.picture(0.0, 10.0)
    assert line.picture(30.0, 40.0) == pytest.approx(30.0)
    assert line.breaks == 0


def test_a_rtp_wrap_goes_on() -> None:
    line, wrap = Timeline(), 2**32 / 90_000
    line.picture(wrap - 0.04, 10.0)
    assert line.picture(0.0, 10.04) == pytest.approx(0.04)


def test_a_late_picture_has_no_place() -> None:
    line = Timeline()
    line.picture(1.0, 0.0)
    line.picture(1.04, 0.0)
    assert line.picture(1.02, 0.0) is None
    assert line.picture(1.04, 0.0) is None
    assert line.picture(1.08, 0.0) == pytest.approx(0.08)


def test_sound_keeps_its_distance_to_the_pictures_across_a_reconnect() -> None:
    line = Timeline()
    assert line.sound(0.0) is None
    line.picture(100.0, 0.0)
    assert line.sound(100.02) == pytest.approx(0.02)
    line.reconnected()
    assert line.sound(0.0) is None
    line.picture(0.0, 5.0)
    assert line.sound(0.02) == pytest.approx(5.02)


def test_sound_of_another_epoch_is_left_out() -> None:
    line = Timeline()
    line.picture(100.0, 0.0)
    assert line.sound(3700.0) is None
    assert line.sound(99.9) is None
    assert line.sound(100.1) == pytest.approx(0.1)
    assert line.sound(100.05) is None


events = st.lists(
    st.tuples(st.floats(-1e5, 1e5), st.floats(0, 10), st.booleans(), st.booleans()), max_size=60
)


@given(events)
def test_whatever_comes_each_kind_only_goes_forward(
    sequence: list[tuple[float, float, bool, bool]],
) -> None:
    line, now = Timeline(), 0.0
    shown: list[float] = []
    heard: list[float] = []
    for pts, wait, picture, reconnect in sequence:
        now += wait
        if reconnect:
            line.reconnected()
        at = line.picture(pts, now) if picture else line.sound(pts)
        if at is not None:
            (shown if picture else heard).append(at)
    assert all(later > earlier for earlier, later in pairwise(shown))
    assert all(later > earlier for earlier, later in pairwise(heard))
