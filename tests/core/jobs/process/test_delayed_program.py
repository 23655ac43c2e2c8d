"""A whole job with look-ahead: what its source, its viewers and its agent see of the delay."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from virtualptz.errors import MediaError
from virtualptz.jobs.messages import Rule, Watch
from virtualptz.jobs.process import program
from virtualptz.model import CameraReport, JobOutcome, SourceOptions
from virtualptz.testing.media import (
    MEDIA,
    ScriptedBackend,
    ScriptedPicture,
    ScriptedSound,
    Step,
    Wait,
    pictures,
)

from .running import LiveBackend, LiveSource, Run, camera, frozen, wait_until

FILE = replace(MEDIA, live=False)
FRAME = 1 / 30


def report(run: Run) -> CameraReport:
    found = run.pipeline.heartbeat(1).camera
    assert found is not None
    return found


def origins(run: Run) -> list[float]:
    """Of the published pictures, the time stamps that the camera gave them; held ones once."""
    found: list[float] = []
    for picture, _ in run.published:
        assert picture.origin is not None
        if picture.origin not in found:
            found.append(picture.origin)
    return found


def assert_time_goes_on(times: Sequence[float]) -> None:
    assert all(later > earlier for earlier, later in pairwise(times))


def numbers(count: int, first: int = 0) -> list[float]:
    return [number * FRAME for number in range(first, first + count)]


def test_detectors_see_a_picture_long_before_viewers_do() -> None:
    backend = LiveBackend(camera(3.0))
    run = Run(backend, lookahead_seconds=1.0)
    run.pipeline.taps.watch(Watch(tap="detector", of="source", fps=30))
    run.pipeline.start()
    wait_until(lambda: len(run.frames) > 3)
    assert run.published == []
    wait_until(lambda: len(run.published) > 3)
    assert (run.pipeline.progress.pts_in or 0) - (run.pipeline.progress.pts_out or 0) > 0.7
    run.stop()


def test_sound_leaves_beside_the_pictures_it_came_with() -> None:
    run = Run(LiveBackend(camera(1.5)), lookahead_seconds=0.5)
    run.pipeline.start()
    wait_until(lambda: len(origins(run)) == 45)
    run.stop()
    order = [item.pts for item, _ in run.sink.items if isinstance(item, ScriptedSound)]
    assert order == pytest.approx([at + 0.001 for at in numbers(len(order))])
    assert len(order) >= 44
    assert all(
        pts == pytest.approx(item.pts) for item, pts in run.sink.items if isinstance(item, ScriptedSound)
    )


def test_viewers_do_not_notice_a_source_that_stands_for_less_than_the_lookahead() -> None:
    run = Run(LiveBackend(frozen(camera(3.0), 1.5, 2.0)), lookahead_seconds=2.0)
    run.pipeline.start()
    wait_until(lambda: len(run.published) >= 88)
    progress = run.pipeline.progress
    assert (progress.frames_held, progress.frames_dropped) == (0, 0)
    assert [pts for _, pts in run.published[:88]] == pytest.approx(numbers(88))
    run.stop()


def test_after_a_longer_loss_the_buffer_fills_again() -> None:
    gone, back = threading.Event(), threading.Event()
    first: list[Step] = [*pictures(0, 20), Wait(gone), MediaError("cut")]
    second: list[Step] = [*pictures(9000, 20), Wait(back)]
    run = Run(ScriptedBackend(first, second), lookahead_seconds=0.5)
    run.pipeline.start()
    wait_until(lambda: run.pipeline.progress.frames_held > 5)
    gone.set()
    wait_until(lambda: run.pipeline.progress.frames_in == 40)
    wait_until(lambda: origins(run)[-1] == pytest.approx(300 + 19 * FRAME))
    run.stop()
    assert_time_goes_on([pts for _, pts in run.published])
    # They came at once, as the first ones: what is older than the program is by now is left out.
    old = run.pipeline.progress.frames_dropped
    assert old <= 20 - 0.5 / FRAME + 2
    assert origins(run) == pytest.approx([*numbers(20), *numbers(20, first=9000)[old:]])


def test_a_file_is_played_out_to_its_end() -> None:
    run = Run(ScriptedBackend([*pictures(0, 50), ScriptedSound(1.64)], info=FILE), lookahead_seconds=1.0)
    assert run.to_the_end() == JobOutcome("stopped", None)
    assert [pts for _, pts in run.published] == pytest.approx(numbers(50))
    assert [pts for item, pts in run.sink.items if isinstance(item, ScriptedSound)] == [pytest.approx(1.64)]
    assert (run.pipeline.progress.frames_held, run.pipeline.progress.frames_dropped) == (0, 0)


def test_a_file_is_read_ahead_of_what_is_shown_from_its_beginning_on() -> None:
    """The first picture is out as soon as it is read: nothing waits for the buffer to fill."""
    second = threading.Event()
    run = Run(
        ScriptedBackend([*pictures(0, 1), Wait(second), *pictures(1, 60)], info=FILE), lookahead_seconds=1.0
    )
    run.pipeline.start()
    wait_until(lambda: len(run.published) == 1)
    second.set()
    wait_until(lambda: (run.pipeline.progress.pts_out or 0) > 0.5)
    ahead = (run.pipeline.progress.pts_in or 0) - (run.pipeline.progress.pts_out or 0)
    assert ahead > 0.8
    run.stop()


def test_a_file_that_breaks_is_shown_to_where_it_broke() -> None:
    broken: list[Step] = [*pictures(0, 20), MediaError("not media any more", retryable=False)]
    run = Run(ScriptedBackend(broken, info=FILE), lookahead_seconds=2.0)
    assert run.to_the_end() == JobOutcome("failed", "not media any more")
    assert [pts for _, pts in run.published] == pytest.approx(numbers(20))


def test_a_stop_does_not_wait_for_what_is_held() -> None:
    run = Run(ScriptedBackend(pictures(0, 3000), info=FILE), lookahead_seconds=5.0)
    run.pipeline.start()
    wait_until(lambda: run.pipeline.progress.frames_in >= 150 and len(run.published) > 0)
    run.stop()
    assert run.sink.closed
    assert len(run.published) < run.pipeline.progress.frames_in - 100


def test_waiting_for_due_pictures_is_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "TURN_SECONDS", 0.2)
    run = Run(ScriptedBackend([*pictures(0, 5), Wait(threading.Event())]), lookahead_seconds=1.0)
    run.pipeline.start()
    seen: list[bool] = []
    while not run.published:
        seen.append(run.pipeline.alive)
        wait_until(lambda: True)
        threading.Event().wait(0.05)
    assert all(seen[2:])
    run.stop()


def test_a_render_thread_that_is_too_slow_costs_pictures_and_no_time() -> None:
    backend = LiveBackend(camera(60.0), seconds_each=1.7 * FRAME)
    run = Run(backend, lookahead_seconds=0.3)
    run.pipeline.start()
    wait_until(lambda: run.pipeline.progress.frames_dropped > 20)
    assert backend.timed is not None
    backend.timed.seconds_each = 0.0
    progress = run.pipeline.progress
    wait_until(lambda: (progress.pts_in or 0) - (progress.pts_out or 0) < 0.3 + 3 * FRAME)
    left_out = [later - earlier for earlier, later in pairwise(origins(run))]
    evenly = [gap for gap in left_out if gap < 2.5 * FRAME]
    assert len(evenly) > 0.9 * len(left_out)
    run.stop()


def test_a_larger_lookahead_holds_the_picture_and_keeps_sound_in_step() -> None:
    run = Run(LiveBackend(camera(20.0)), lookahead_seconds=0.3)
    run.pipeline.start()
    wait_until(lambda: len(run.published) > 20)
    ruled = run.pipeline.rule(Rule(id=1, lookahead_seconds=1.5))
    assert (ruled.error, ruled.camera.lookahead_seconds) == (None, 1.5)
    wait_until(lambda: run.published[-1][1] - (run.published[-1][0].origin or 0) > 1.0)
    before = len(run.published)
    wait_until(lambda: len(run.published) > before + 20)
    run.stop()
    assert_time_goes_on([pts for _, pts in run.published])
    assert run.pipeline.progress.frames_held > 0
    assert run.pipeline.progress.frames_dropped == 0
    assert run.published[-1][1] - (run.published[-1][0].origin or 0) == pytest.approx(1.2)
    sounds = [(item.pts, pts) for item, pts in run.sink.items if isinstance(item, ScriptedSound)]
    assert_time_goes_on([pts for _, pts in sounds])
    assert sounds[-1][1] - sounds[-1][0] == pytest.approx(1.2)
    assert run.policies == [0.3, 1.5]


def test_while_the_picture_is_held_for_that_the_camera_stands_still() -> None:
    run = Run(LiveBackend(camera(20.0)), lookahead_seconds=0.3)
    run.pipeline.start()
    wait_until(lambda: len(run.published) > 5)
    run.pipeline.rule(Rule(id=1, lookahead_seconds=5.0))
    wait_until(lambda: run.pipeline.progress.frames_held > 5)
    stands = run.pipeline.progress.pts_out
    wait_until(lambda: run.pipeline.progress.frames_held > 10)
    assert run.pipeline.progress.pts_out == stands
    run.stop()


def test_a_smaller_lookahead_cuts_forward() -> None:
    run = Run(LiveBackend(camera(30.0)), lookahead_seconds=2.0)
    run.pipeline.start()
    wait_until(lambda: len(run.published) > 10)
    run.pipeline.rule(Rule(id=1, lookahead_seconds=0.5))
    wait_until(lambda: run.pipeline.progress.frames_dropped > 30)
    before = len(run.published)
    wait_until(lambda: len(run.published) > before + 20)
    run.stop()
    times = [pts for _, pts in run.published]
    assert_time_goes_on(times)
    steps = [later - earlier for earlier, later in pairwise(origins(run))]
    (cut,) = [number for number, step in enumerate(steps) if step > 10 * FRAME]
    assert steps[cut] == pytest.approx(1.5, abs=0.3)
    assert max(later - earlier for earlier, later in pairwise(times[cut:])) < 0.5, "viewers wait for the cut"
    sounds = [(item.pts, pts) for item, pts in run.sink.items if isinstance(item, ScriptedSound)]
    assert_time_goes_on([pts for _, pts in sounds])
    assert sounds[-1][0] - sounds[-1][1] == pytest.approx(1.5)


def test_a_files_lookahead_changes_unseen() -> None:
    run = Run(ScriptedBackend(pictures(0, 120), info=FILE), lookahead_seconds=0.0)
    run.pipeline.start()
    for shown, seconds in ((10, 1.5), (40, 0.2), (70, 0.0)):
        wait_until(lambda shown=shown: len(run.published) > shown)  # type: ignore[misc]
        run.pipeline.rule(Rule(id=1, lookahead_seconds=seconds))
        assert report(run).lookahead_seconds == seconds
    assert run.finish() == JobOutcome("stopped", None)
    assert [pts for _, pts in run.published] == pytest.approx(numbers(120))
    assert run.pipeline.progress.frames_held == 0


def room_for(count: int) -> float:
    """MB that so many pictures take."""
    return count * ScriptedPicture(0.0).nbytes / 1e6


def test_where_memory_does_not_hold_it_the_lookahead_is_shorter(caplog: pytest.LogCaptureFixture) -> None:
    run = Run(LiveBackend(camera(20.0)), lookahead_seconds=5.0, lookahead_memory_mb=room_for(38))
    assert report(run).problem is None
    run.pipeline.start()
    wait_until(lambda: len(run.published) > 30)
    found = report(run)
    assert found.lookahead_seconds == 1.0
    assert found.problem is not None
    assert "1 s instead of the 5 s asked for" in found.problem
    assert run.policies == [5.0, 1.0]
    assert [record.levelname for record in caplog.records if "instead of" in record.message] == ["WARNING"]
    ruled = run.pipeline.rule(Rule(id=1, lookahead_seconds=0.5))
    assert (ruled.camera.lookahead_seconds, ruled.camera.problem) == (0.5, None)
    run.stop()


def test_pictures_of_another_size_are_measured_anew() -> None:
    sizes = [
        *camera(2.0),
        *((at + 2, replace(item, pts=item.pts + 2)) for at, item in camera(30.0, width=192)),
    ]
    run = Run(LiveBackend(sizes), lookahead_seconds=1.0, lookahead_memory_mb=room_for(9 * 18))
    run.pipeline.start()
    wait_until(lambda: len(run.published) > 5)
    assert report(run).problem is None
    wait_until(lambda: report(run).lookahead_seconds == pytest.approx(0.33))
    before = len(run.published)
    wait_until(lambda: len(run.published) > before + 30)
    run.stop()
    assert_time_goes_on([pts for _, pts in run.published])


def test_a_source_that_sends_more_pictures_than_it_says_is_found_out() -> None:
    slow = replace(MEDIA, video=replace(MEDIA.video, frame_rate=Fraction(10)))
    run = Run(LiveBackend(camera(30.0), info=slow), lookahead_seconds=2.0, lookahead_memory_mb=room_for(38))
    run.pipeline.start()
    wait_until(lambda: report(run).lookahead_seconds == pytest.approx(1.0, abs=0.05))
    assert "1 s instead of the 2 s" in (report(run).problem or "").replace("0.99", "1").replace("1.01", "1")
    before = len(origins(run))
    wait_until(lambda: len(origins(run)) > before + 30)
    run.stop()
    assert_time_goes_on([pts for _, pts in run.published])


def test_a_program_that_is_ahead_of_its_source_finds_back() -> None:
    """The last picture before a loss came late, and so does all that is counted on from there."""

    class Breaking(LiveBackend):
        def open_source(self, source: str, options: SourceOptions) -> LiveSource:  # type: ignore[override]
            opened = LiveSource(MEDIA, camera(20.0))
            if not self.opened:
                opened = LiveSource(MEDIA, frozen(camera(1.0), 0.5, 1.2), then=MediaError("cut"))
            self.opened.append(options)
            return opened

    run = Run(Breaking([]), lookahead_seconds=0.9)
    run.pipeline.start()
    wait_until(lambda: run.pipeline.progress.source_restarts == 1)
    wait_until(lambda: run.pipeline.progress.frames_out - run.pipeline.progress.frames_held > 90)
    run.stop()
    assert_time_goes_on([pts for _, pts in run.published])
