"""The delay buffer on a scripted clock: when what comes at which moment leaves."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from queue import Empty, Queue

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtualptz.jobs.process.delay import SLEW, Delay
from virtualptz.jobs.process.feed import SOUND_WAITS_SECONDS, Feed
from virtualptz.jobs.process.timed import Due, TimedItem, TimedPicture, TimedSound
from virtualptz.testing.media import ScriptedPicture, ScriptedSound

FRAME = 0.04
TICK = 0.001
PATIENCE = 0.5
"""After which a program shows its last picture again."""
START = 50.0
"""The clock's first moment: any, as that of a machine is."""


class Clock:
    now = START

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Left:
    """What left, and when (seconds after the clock's start)."""

    moment: float
    time: float
    """Stream time."""
    at: float
    """Program time."""
    sound: bool = False


def picture(at: float) -> TimedPicture:
    return TimedPicture(ScriptedPicture(at), at)


def sound(at: float) -> TimedSound:
    return TimedSound(ScriptedSound(at), at)


class Stage:
    """A live source and a program that takes at once what is due, on one clock and one thread."""

    def __init__(self, lookahead: float) -> None:
        self.clock = Clock()
        self.feed = Feed(lookahead, slack=10_000, clock=self.clock)
        self.left: list[Left] = []
        self.late: list[float] = []

    def play(self, arrivals: Iterable[tuple[float, TimedItem]], until: float) -> "Stage":
        """Each item is read at its moment."""
        waiting = sorted(arrivals, key=lambda arrival: arrival[0])
        while self.clock.now < START + until:
            while waiting and START + waiting[0][0] <= self.clock.now + TICK / 2:
                self.put(waiting.pop(0)[1])
            self.take()
            self.clock.now += TICK
        return self

    def put(self, item: TimedItem) -> None:
        if isinstance(item, TimedPicture):
            self.late.append(self.feed.arrived(item.time))
        assert self.feed.put(item)

    def take(self) -> None:
        while (due := self.feed.get(0)) is not None:
            self.left.append(self._left(due))
        if self.left and self.clock.now - START - self.left[-1].moment > PATIENCE:
            self.feed.ran_dry()

    def _left(self, due: Due) -> Left:
        is_sound = isinstance(due.timed, TimedSound)
        return Left(round(self.clock.now - START, 6), due.timed.time, due.at, is_sound)

    @property
    def moments(self) -> list[float]:
        return [left.moment for left in self.left if not left.sound]


def camera(count: int, first: int = 0) -> list[tuple[float, TimedItem]]:
    """Pictures that come when they are taken."""
    return [(number * FRAME, picture(number * FRAME)) for number in range(first, first + count)]


def gaps(moments: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(moments)]


def test_a_picture_leaves_the_lookahead_after_it_came() -> None:
    stage = Stage(1.0).play(camera(50), until=4)
    assert stage.moments == pytest.approx([number * FRAME + 1.0 for number in range(50)], abs=2 * TICK)


def test_without_lookahead_nothing_waits() -> None:
    jittered = [(moment + 0.3 * (number % 3 == 0), item) for number, (moment, item) in enumerate(camera(9))]
    in_order = [(max(moment for moment, _ in jittered[: n + 1]), jittered[n][1]) for n in range(9)]
    stage = Stage(0.0).play([*in_order, (0.1, sound(0.9))], until=2)
    assert stage.moments == pytest.approx([moment for moment, _ in in_order], abs=TICK)
    assert [left.moment for left in stage.left if left.sound] == [pytest.approx(0.1, abs=TICK)]


@given(jitter=st.lists(st.floats(0, 0.3), min_size=100, max_size=100))
@settings(max_examples=20)
def test_jitter_is_smoothed_out(jitter: list[float]) -> None:
    jitter[0] = 0.0
    moment, arrivals = 0.0, []
    for (taken, item), late in zip(camera(100), jitter, strict=True):
        moment = max(moment, taken + late)
        arrivals.append((moment, item))
    stage = Stage(0.5).play(arrivals, until=6)
    assert len(stage.moments) == 100
    assert gaps(stage.moments) == pytest.approx([FRAME] * 99, abs=2 * TICK)


def test_a_source_that_stands_for_less_than_the_lookahead_leaves_no_trace() -> None:
    frozen = [(2.8 if 2.0 <= moment < 2.8 else moment, item) for moment, item in camera(100)]
    stage = Stage(1.0).play(frozen, until=6)
    assert gaps(stage.moments) == pytest.approx([FRAME] * 99, abs=2 * TICK)
    assert max(stage.late) <= 0, "pictures that are not late would be thinned out"


def test_after_a_longer_stand_what_is_overdue_leaves_at_once() -> None:
    frozen = [(3.5 if 2.0 <= moment < 3.5 else moment, item) for moment, item in camera(100)]
    stage = Stage(1.0).play(frozen, until=7)
    burst = [moment for moment in stage.moments if moment == pytest.approx(3.5, abs=2 * TICK)]
    assert len(burst) == pytest.approx(0.5 / FRAME, abs=1)
    assert stage.moments[-1] == pytest.approx(99 * FRAME + 1.0, abs=2 * TICK)


def test_what_a_server_had_stored_for_the_beginning_does_not_add_to_the_delay() -> None:
    """An RTMP server sends its newest GOP at once: the camera is already at its end."""
    stored = [
        (0.0 if number < 25 else moment - 24 * FRAME, item)
        for number, (moment, item) in enumerate(camera(75))
    ]
    stage = Stage(1.5).play(stored, until=5)
    came = {item.time: moment for moment, item in stored}
    newest = 24 * FRAME
    assert stage.left[0].moment == pytest.approx(1.5 - newest, abs=2 * TICK)
    assert gaps(stage.moments) == pytest.approx([FRAME] * 74, abs=2 * TICK)
    assert stage.left[-1].moment == pytest.approx(came[stage.left[-1].time] + 1.5, abs=2 * TICK)


def test_a_clock_that_jumps_forward_makes_no_burst() -> None:
    jumped = [(moment, picture(moment + (0.6 if moment >= 2 else 0))) for moment, _ in camera(400)]
    stage = Stage(1.0).play(jumped, until=20)
    held = [gap for gap in gaps(stage.moments) if gap > 2 * FRAME]
    assert min(gaps(stage.moments)) >= FRAME / (1 + SLEW) - 2 * TICK
    assert held == [pytest.approx(0.6 / (1 + SLEW) + FRAME, abs=FRAME)]
    assert stage.moments[-1] == pytest.approx(399 * FRAME + 1.0, abs=2 * TICK)


def test_sound_is_delayed_as_pictures_are() -> None:
    """Also where it comes before or after the pictures that it belongs to."""
    beeps = [(0.5, sound(0.8)), (1.4, sound(1.0)), (1.41, sound(1.2))]
    stage = Stage(1.0).play([*camera(60), *beeps], until=4)
    heard = [left.moment for left in stage.left if left.sound]
    # With the picture behind it: the program wakes once for both.
    assert heard == pytest.approx([1.8 + FRAME, 2.0 + FRAME, 2.2 + FRAME], abs=2 * TICK)
    assert len(stage.moments) == 60


def test_sound_that_no_picture_follows_in_time_leaves_by_itself() -> None:
    beeps = [(0.5, sound(0.5)), (2.0, sound(2.0))]
    stage = Stage(1.0).play([*camera(10), (3.0, picture(3.0)), *beeps], until=5)
    heard = [left.moment for left in stage.left if left.sound]
    assert heard == pytest.approx([1.5 + SOUND_WAITS_SECONDS, 3.0 + SOUND_WAITS_SECONDS], abs=2 * TICK)


def test_without_look_ahead_sound_waits_for_nothing() -> None:
    stage = Stage(0.0).play([*camera(60), (1.01, sound(1.01))], until=4)
    assert [left.moment for left in stage.left if left.sound] == pytest.approx([1.01], abs=2 * TICK)


@pytest.mark.parametrize(
    "wakes", [lambda feed: feed.plays_from(time.monotonic()), lambda feed: feed.arrived(1e3)]
)
def test_who_waits_for_a_picture_hears_that_it_is_due_already(wakes: Callable[[Feed], object]) -> None:
    feed = Feed(1000.0)
    feed.arrived(0.0)
    feed.put(picture(0.0))
    got: Queue[Due | None] = Queue()
    reader = threading.Thread(target=lambda: got.put(feed.get(None)), name="reader", daemon=True)
    reader.start()
    with pytest.raises(Empty):
        got.get(timeout=0.1)
    wakes(feed)
    assert got.get(timeout=30) is not None


def test_a_new_connection_is_measured_by_itself() -> None:
    """Its first picture came late by 0.7 s, so its stream time stands that much further back."""
    before = camera(50)
    after = [(moment + 0.7, item) for moment, item in camera(50, first=75)]
    stage = Stage(1.0)
    stage.play(before, until=2.5)
    stage.feed.reconnected()
    stage.play(after, until=8)
    second = stage.moments[50:]
    assert stage.moments[:50] == pytest.approx([moment + 1 for moment, _ in before], abs=2 * TICK)
    assert second == pytest.approx([moment + 1 for moment, _ in after], abs=2 * TICK)
    assert stage.late[-1] == pytest.approx(-1.0, abs=2 * TICK)


def test_a_larger_lookahead_pauses_the_program_and_delays_it_from_then_on() -> None:
    stage = Stage(0.5)
    stage.play(camera(50), until=2)
    stage.feed.look_ahead(1.5)
    stage.play(camera(50, first=50), until=6)
    pause = [gap for gap in gaps(stage.moments) if gap > 2 * FRAME]
    assert pause == [pytest.approx(1.0, abs=2 * FRAME)]
    assert_program_time_is_the_clock(stage)


def test_a_smaller_lookahead_leaves_pictures_overdue_that_the_program_is_past_already() -> None:
    stage = Stage(1.5)
    stage.play([*camera(75), *[(moment, sound(moment)) for moment, _ in camera(75)]], until=3)
    stage.feed.look_ahead(0.5)
    stage.play([*camera(50, first=75)], until=6)
    before = max(left.at for left in stage.left if left.moment < 3)
    after = [left for left in stage.left if left.moment >= 3]
    kept = [left for left in after if left.at > before]
    assert len(after) - len(kept) >= 2 * 1.0 / FRAME - 4, "pictures and sound of one second"
    first = min(left.time for left in kept)
    assert first - max(left.time for left in stage.left if left.moment < 3) == pytest.approx(
        1.0, abs=2 * FRAME
    )
    stage.left = [left for left in stage.left if left.moment < 3 or left in kept]
    assert_program_time_is_the_clock(stage)


def test_from_nothing_to_some_and_back() -> None:
    stage = Stage(0.0)
    stage.play(camera(25), until=1)
    stage.feed.look_ahead(1.0)
    stage.play(camera(50, first=25), until=3)
    stage.feed.look_ahead(0.0)
    stage.play(camera(25, first=75), until=4)
    last = [left for left in stage.left if left.time >= 75 * FRAME]
    assert [left.moment for left in last] == pytest.approx([left.time for left in last], abs=2 * TICK)
    assert [left.at for left in last] == [pytest.approx(left.time) for left in last]


def assert_program_time_is_the_clock(stage: Stage) -> None:
    """It never stands or goes back, and runs as real time does."""
    at = [left.at for left in stage.left if not left.sound]
    assert all(later > earlier for earlier, later in pairwise(at))
    offset = stage.moments[0] - at[0]
    assert [moment - offset for moment in stage.moments] == pytest.approx(at, abs=3 * TICK)


@given(
    changes=st.lists(st.tuples(st.integers(1, 60), st.floats(0, 5)), min_size=1, max_size=6),
    lookahead=st.floats(0, 5),
)
@settings(max_examples=15)
def test_whatever_is_asked_for_time_goes_on(changes: list[tuple[int, float]], lookahead: float) -> None:
    stage = Stage(lookahead)
    number = 0
    for count, seconds in changes:
        stage.play(camera(count, first=number), until=(number + count) * FRAME)
        number += count
        stage.feed.look_ahead(seconds)
    stage.play([], until=number * FRAME + 6)
    assert sorted(left.time for left in stage.left) == [pytest.approx(n * FRAME) for n in range(number)]
    shown, newest = [], -1.0
    for left in stage.left:
        if left.at > newest:
            shown.append(left)
            newest = left.at
    assert gaps([left.time for left in shown]) == [gap for gap in gaps([x.time for x in shown]) if gap > 0]


def test_a_paced_source_is_due_by_its_readers_clock_at_any_lookahead() -> None:
    clock = Clock()
    delay = Delay(2.0, clock)
    delay.plays_from(START)
    assert [delay.remaining(at) for at in (0.0, 0.5)] == pytest.approx([0.0, 0.5])
    delay.left()
    delay.change(0.0)
    assert delay.remaining(0.5) == pytest.approx(0.5)
    assert delay.shift == 0


def test_what_is_beyond_the_lookahead_waits_for_the_program() -> None:
    clock = Clock()
    feed = Feed(1.0, slack=3, clock=clock)
    for number in range(27):
        feed.arrived(number * FRAME)
        feed.put(picture(number * FRAME))
    putting, put = threading.Event(), threading.Event()

    def put_one_more() -> None:
        putting.set()
        feed.put(picture(27 * FRAME))
        put.set()

    thread = threading.Thread(target=put_one_more, name="put")
    thread.start()
    assert putting.wait(20)
    assert not put.wait(0.1)
    clock.now += 30 * FRAME
    assert feed.get(0) is not None
    assert put.wait(20)
    thread.join(20)


def test_more_bytes_than_there_is_room_for_leave_before_they_are_due() -> None:
    size = ScriptedPicture(0.0).nbytes
    clock = Clock()
    feed = Feed(5.0, room=10 * size, clock=clock)
    done = threading.Event()

    def put_all() -> None:
        for number in range(30):
            feed.arrived(number * FRAME)
            feed.put(picture(number * FRAME))
        done.set()

    thread = threading.Thread(target=put_all, name="put")
    thread.start()
    early = [feed.get(20) for _ in range(20)]
    assert [due.timed.time for due in early if due] == pytest.approx([number * FRAME for number in range(20)])
    assert done.wait(20)
    thread.join(20)
    assert feed.get(0) is None, "the rest has room, and is not due"


def test_lateness_is_that_of_the_program() -> None:
    """A render thread that does not keep up leaves pictures overdue: sources are thinned out by that."""
    clock = Clock()
    feed = Feed(1.0, slack=2, clock=clock)
    for number in range(25):
        clock.now = START + number * FRAME
        assert feed.arrived(number * FRAME) < 0
        feed.put(picture(number * FRAME))
    clock.now += 1.5
    late = feed.arrived(24 * FRAME + 1.5)
    assert late == pytest.approx(clock.now - (START + FRAME + 1.0))


def test_the_end_is_played_out_and_a_stop_is_not() -> None:
    for stop in (False, True):
        stage = Stage(1.0)
        stage.play(camera(25), until=1)
        stage.feed.discard() if stop else stage.feed.end()
        assert stage.feed.ended is stop
        stage.play([], until=3)
        assert len(stage.left) == (0 if stop else 25)
        assert stage.feed.ended
        assert not stage.feed.put(picture(99.0))
