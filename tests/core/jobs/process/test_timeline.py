from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz.jobs.process.timeline import Timeline, _Wall


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


def test_a_damaged_time_stamp_leaves_no_trace() -> None:
    line, fps = Timeline(interval=0.04), 25
    times = [line.picture(7000.0 if k == 10 else k / fps, 5 + k / fps) for k in range(20)]
    assert times == pytest.approx([k / fps for k in range(20)])
    times = [line.picture(0.3 + k / fps if k == 30 else k / fps, 5 + k / fps) for k in range(20, 60)]
    assert [time for time in times if time is not None][-1] == pytest.approx(59 / fps)
    assert sum(time is None for time in times) <= 8


def test_a_small_step_back_costs_few_pictures() -> None:
    line, fps = Timeline(interval=0.04), 25
    stamps = [k / fps - (0.8 if k >= 50 else 0.0) for k in range(100)]
    times = [line.picture(pts, k / fps) for k, pts in enumerate(stamps)]
    assert sum(time is None for time in times) < 6
    assert times[-1] == pytest.approx(99 / fps)


def test_pictures_that_were_coded_before_the_jump_and_come_after_it() -> None:
    line = Timeline(interval=0.04)
    stamps = [0, 0.04, 3600.08, 3600.12, 0.16, 3600.2, 3600.24]
    times = [line.picture(pts, 0.04 * k) for k, pts in enumerate(stamps)]
    assert times == pytest.approx([0.04 * k for k in range(7)])


@pytest.mark.parametrize("sound_later", [0.0, 0.2])
@pytest.mark.parametrize("jump", [3600.0, -3600.0, 3.0, -3.0, 95_443.7])
def test_sound_jumps_at_another_moment(jump: float, sound_later: float) -> None:
    line, fps = Timeline(interval=0.04), 25
    heard: list[float] = []
    for k in range(200):
        now = k / fps
        shown = line.picture(1000 + now + (jump if now >= 4 else 0.0), now)
        assert shown == pytest.approx(now)
        at = line.sound(1000 + now + (jump if now >= 4 + sound_later else 0.0))
        assert at is None or at == pytest.approx(now)
        heard += [] if at is None else [at]
    assert len(heard) == 200


def test_a_damaged_time_stamp_of_sound_silences_nothing_else() -> None:
    line, fps = Timeline(interval=0.04), 25
    for k in range(100):
        line.picture(k / fps, k / fps)
        at = line.sound(k / fps + (4.0 if k == 50 else 0.0))
        assert at == (None if k == 50 else pytest.approx(k / fps))


def test_a_hole_in_the_sound_is_kept() -> None:
    line, fps = Timeline(interval=0.04), 25
    heard = []
    for k in range(100):
        line.picture(k / fps, k / fps)
        if not 25 <= k < 60:
            heard.append(line.sound(k / fps))
    assert heard.count(None) == 1
    assert heard[-1] == pytest.approx(99 / fps)


@pytest.mark.parametrize("speed", [0.3, 0.5, 0.9, 1.1, 2.0, 50.0])
def test_a_clock_of_the_wrong_speed_does_not_run_away(speed: float) -> None:
    line, fps, off = Timeline(interval=0.04), 25, []
    for k in range(120 * fps):
        at = line.picture(k / fps * speed, k / fps)
        if at is not None:
            off.append(at - k / fps)
    assert max(map(abs, off)) < 10
    assert len(off) > 0.9 * 120 * fps or speed > 1


def test_what_was_buffered_before_it_was_opened_comes_in_a_rush() -> None:
    line = Timeline(interval=0.04)
    assert [line.picture(0.04 * k, 0.001 * k) for k in range(100)] == pytest.approx(
        [0.04 * k for k in range(100)]
    )


@pytest.mark.parametrize(("burst", "connections"), [(2.0, 12), (1.0, 12), (0.28, 60), (4.0, 6)])
def test_what_each_connection_begins_with_does_not_add_up(burst: float, connections: int) -> None:
    """A server sends its last group of pictures at once; the sound stays beside the pictures."""
    timeline, now = Timeline(interval=0.04), 100.0
    begun = now
    for number in range(connections):
        timeline.reconnected()
        for index in range(round((burst + 6) / 0.04)):
            arrival = now + max(0.0, (index + 1) * 0.04 - burst)
            source = 1000.0 * number + index * 0.04
            time, sound = timeline.picture(source, arrival), timeline.sound(source + 0.001)
            if time is not None and sound is not None:
                assert sound - time == pytest.approx(0.001)
        assert time is not None
        assert time - (arrival - begun) < max(burst + 1.5, _Wall.MOST_AHEAD + 0.1)
        now = arrival + 2.0


def test_what_the_source_left_out_after_a_stall_is_left_out() -> None:
    line = Timeline(interval=0.04)
    for k in range(50):
        line.picture(0.04 * k, 0.04 * k)
    assert line.picture(2.0, 6.0) == pytest.approx(2.0)
    assert line.picture(5.9, 6.01) == pytest.approx(5.9)
    assert line.breaks == 0


MOST_OFF = 7.0
"""Seconds: small steps forward are believed, until they are too many."""
MOST_LOST = 13
"""Pictures a jump: half a second."""
jumps = st.sampled_from([0.0, 0.0, 0.0, 3600.0, -3600.0, -95_443.7, 0.3, -0.3, 1.5, -1.5, 4.0, -4.0])


@given(
    st.lists(st.tuples(jumps, st.integers(1, 60), st.floats(0.0, 0.03)), min_size=1, max_size=20),
    st.booleans(),
)
def test_whatever_the_clock_does_stream_time_grows_as_the_wall_clock_does(
    stretches: list[tuple[float, int, float]], restarts: bool
) -> None:
    line, clock, now = Timeline(interval=0.04), 0.0, 0.0
    last = line.picture(0.0, 0.0)
    lost = 0
    for jump, pictures, jitter in stretches:
        clock = 0.0 if restarts and jump else clock + jump
        for _ in range(pictures):
            clock, now = clock + 0.04, now + 0.04
            at = line.picture(clock, now + jitter)
            lost += at is None
            assert last is not None
            assert at is None or at > last
            last = last if at is None else at
    assert last is not None
    assert abs(last - now) < MOST_OFF
    assert lost <= MOST_LOST * len(stretches)
