"""The job's threads on a scripted backend: what goes in, what comes out, and when it ends."""

import errno
import os
import threading
import time
from dataclasses import replace
from itertools import pairwise

import pytest

from virtualptz.errors import MediaError
from virtualptz.jobs.messages import Watch
from virtualptz.model import JobOutcome, MediaInfo, OutputSpec, View
from virtualptz.protocols import AudioPacket, Picture
from virtualptz.testing.media import (
    MEDIA,
    RecordingSink,
    ScriptedBackend,
    ScriptedPicture,
    ScriptedSound,
    Step,
    Wait,
    pictures,
)
from virtualptz.tracking.shared_frames import Place, RingReader, SharedFramesError

from .running import Run, wait_until

FILE = replace(MEDIA, live=False)


def test_a_file_is_shown_whole_and_ends_as_stopped() -> None:
    script: list[Step] = [*pictures(0, 10), ScriptedSound(0.3), *pictures(10, 5)]
    run = Run(ScriptedBackend(script, info=FILE))
    assert run.to_the_end() == JobOutcome("stopped", None)
    assert [pts for _, pts in run.sink.pictures] == pytest.approx([number / 30 for number in range(15)])
    assert [pts for item, pts in run.sink.items if isinstance(item, ScriptedSound)] == [pytest.approx(0.3)]
    assert run.sink.closed
    assert {picture.width for picture, _ in run.sink.pictures} == {1280}


def test_a_source_that_can_never_work_fails_the_job() -> None:
    run = Run(ScriptedBackend(MediaError("no such file", retryable=False)))
    assert run.to_the_end() == JobOutcome("failed", "no such file")


def test_a_source_that_is_away_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    away = MediaError("connection refused")
    run = Run(ScriptedBackend(away, away, [*pictures(0, 3), Wait(threading.Event())]))
    run.pipeline.start()
    wait_until(lambda: run.pipeline.progress.frames_out >= 3)
    assert run.stop().state == "stopped"
    assert run.pipeline.progress.source_restarts == 2
    assert [record.getMessage().partition(",")[0] for record in caplog.records] == [
        "source lost: connection refused",
        "source lost: connection refused",
        "source open: scripted",
    ]


def test_a_live_source_that_has_worked_is_tried_again_whatever_its_error_says() -> None:
    hopeless = MediaError("no decoder is allowed for unknown video", retryable=False)
    back: list[Step] = [*pictures(0, 3), Wait(threading.Event())]
    run = Run(ScriptedBackend([*pictures(0, 3), hopeless], hopeless, hopeless, back))
    run.pipeline.start()
    wait_until(lambda: run.pipeline.progress.frames_in == 6)
    assert run.pipeline.progress.source_restarts == 3
    assert run.stop() == JobOutcome("stopped", None)


def test_a_file_that_breaks_fails_the_job() -> None:
    broken: list[Step] = [*pictures(0, 3), MediaError("not media any more", retryable=False)]
    assert Run(ScriptedBackend(broken, info=FILE)).to_the_end().state == "failed"


def test_while_the_source_is_away_the_last_picture_is_held_and_time_goes_on() -> None:
    gone, back = threading.Event(), threading.Event()
    first: list[Step] = [*pictures(0, 5), Wait(gone), MediaError("cut")]
    second: list[Step] = [*pictures(9000, 5), Wait(back)]
    run = Run(ScriptedBackend(first, second))
    run.pipeline.start()
    wait_until(lambda: run.pipeline.progress.frames_held > 10)
    held = run.pipeline.progress.frames_held
    gone.set()
    wait_until(lambda: run.pipeline.progress.frames_in == 10)
    wait_until(lambda: any(picture.origin == pytest.approx(300, abs=1) for picture, _ in run.sink.pictures))
    run.pipeline.stop()
    assert run.ended.wait(20)
    times = [pts for _, pts in run.sink.pictures]
    assert all(later > earlier for earlier, later in pairwise(times))
    last_of_first = [pts for picture, pts in run.sink.pictures if picture.origin == pytest.approx(4 / 30)]
    assert len(last_of_first) > held / 2
    assert run.outcome == JobOutcome("stopped", None)
    assert run.pipeline.progress.source_restarts == 1


class SlowBackend(ScriptedBackend):
    """Its sinks take 15 ms for each picture, and note when they got it."""

    def open_sink(self, target: str, output: OutputSpec, like: MediaInfo) -> RecordingSink:
        sink = SlowSink(target, output, like)
        self.sinks.append(sink)
        return sink


class SlowSink(RecordingSink):
    def write(self, item: Picture | AudioPacket, pts: float) -> None:
        super().write(item, time.monotonic() - pts)
        if isinstance(item, ScriptedPicture):
            time.sleep(0.015)


def test_a_held_picture_keeps_to_the_clock_however_long_its_rendering_takes() -> None:
    run = Run(SlowBackend([*pictures(0, 3), Wait(threading.Event())]))
    run.pipeline.start()
    wait_until(lambda: run.pipeline.progress.frames_held > 70)
    run.stop()
    behind = [late for _, late in run.sink.pictures[5:]]
    assert min(behind[-10:]) - min(behind[:10]) < 0.2


def test_the_camera_moves_on_a_held_picture_too() -> None:
    forever = threading.Event()
    run = Run(ScriptedBackend([*pictures(0, 3), Wait(forever)]))
    run.pipeline.start()
    wait_until(lambda: run.pipeline.progress.frames_held > 2)
    run.pipeline.operator.steer(View(0.3, 0.5, 2))
    wait_until(lambda: run.sink.pictures[-1][0].view == View(0.3, 0.5, 2))
    run.pipeline.stop()
    assert run.ended.wait(20)


def test_stop_ends_a_read_that_is_under_way() -> None:
    run = Run(ScriptedBackend([*pictures(0, 1), Wait(threading.Event())]))
    run.pipeline.start()
    wait_until(lambda: run.pipeline.progress.frames_out > 0)
    run.pipeline.stop("no agent for 600 s")
    assert run.ended.wait(20)
    assert run.outcome == JobOutcome("stopped", "no agent for 600 s")
    assert run.sink.closed


def test_an_error_of_the_sink_fails_the_job() -> None:
    class Refusing(ScriptedBackend):
        def open_sink(self, *_: object) -> RecordingSink:
            raise MediaError("no encoder h264_nvenc here", retryable=False)

    assert Run(Refusing(pictures(0, 3))).to_the_end() == JobOutcome("failed", "no encoder h264_nvenc here")


def test_a_plug_in_that_breaks_fails_the_job_and_says_where() -> None:
    class Broken(ScriptedBackend):
        def open_sink(self, *_: object) -> RecordingSink:
            raise ZeroDivisionError

    outcome = Run(Broken(pictures(0, 3))).to_the_end()
    assert outcome == JobOutcome("failed", "ZeroDivisionError in the render thread")


def test_taps_get_frames_only_when_watched_and_no_faster_than_asked() -> None:
    go = threading.Event()
    run = Run(ScriptedBackend([*pictures(0, 3), Wait(go), *pictures(3, 27)], info=FILE))
    run.pipeline.start()
    wait_until(lambda: run.pipeline.progress.frames_in == 3)
    assert run.frames == []
    run.pipeline.taps.watch(Watch(tap="a", of="source", fps=10, scale="32:-1"))
    go.set()
    assert run.ended.wait(20)
    headers = [header for header, _ in run.frames]
    assert 7 <= len(headers) <= 10
    assert {(header.width, header.height) for header in headers} == {(32, 18)}
    gaps = [later.pts - earlier.pts for earlier, later in pairwise(headers)]
    assert all(gap >= 1 / 30 for gap in gaps)


def test_a_tap_for_this_machine_gets_its_pictures_in_memory() -> None:
    go = threading.Event()
    run = Run(ScriptedBackend([*pictures(0, 30), Wait(go)], info=FILE))
    run.pipeline.taps.watch(Watch(tap="a/shared", of="source", fps=60, scale="32:-1"))
    run.pipeline.start()
    wait_until(lambda: len(run.frames) >= 10)
    header, payload = run.frames[-1]
    place = Place.parse(header.place)
    image = RingReader(place, header.width, header.height).read(place.number)
    assert image is not None
    assert (image.shape, payload) == ((18, 32, 3), b"")
    run.pipeline.taps.unwatch("a/shared")
    go.set()
    assert run.ended.wait(20)
    with pytest.raises(SharedFramesError):
        RingReader(place, header.width, header.height)


def test_without_room_for_shared_memory_a_tap_sends_jpegs(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: int) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(os, "posix_fallocate", full)
    run = Run(ScriptedBackend(pictures(0, 30), info=FILE))
    run.pipeline.taps.watch(Watch(tap="a/shared", of="source", fps=60, scale="32:-1"))
    run.to_the_end()
    assert len(run.frames) > 1
    assert all(payload.startswith(b"jpeg 32x18") and not header.place for header, payload in run.frames)
    assert caplog.text.count("Cannot allocate memory; its pictures are JPEGs") == 1


def test_a_preview_has_no_program() -> None:
    run = Run(ScriptedBackend(pictures(0, 5), info=FILE), output=None)
    run.pipeline.taps.watch(Watch(tap="a", of="source", fps=60))
    assert run.to_the_end().state == "stopped"
    assert run.backend.sinks == []
    assert run.backend.opened[0].audio is False
    assert run.frames
