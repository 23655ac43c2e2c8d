"""The last picture of a process that died: kept, read, and on air until the camera is back."""

import errno
import os
import stat
import threading
import time
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from virtualptz.arrays import ArrayPicture
from virtualptz.errors import MediaError
from virtualptz.jobs.messages import Rule, Watch
from virtualptz.jobs.paths import JobPaths
from virtualptz.jobs.process.program import SLATE_AFTER_SECONDS
from virtualptz.jobs.process.slate import Slate, SlateKeeper, read_slate
from virtualptz.model import AudioInfo, JobOutcome, JobSpec, OutputSpec
from virtualptz.protocols import BgrArray, Picture
from virtualptz.testing.media import (
    MEDIA,
    ScriptedBackend,
    ScriptedPicture,
    ScriptedSound,
    Step,
    Wait,
    pictures,
)

from .running import Run, wait_until

SPEC = JobSpec(
    job_id="ing_1",
    kind="ingest",
    source="scripted",
    output=OutputSpec(width=64, height=36),
    begin_at=70.0,
    lookahead_seconds=1.0,
)
FOREVER = threading.Event()
AWAY = MediaError("connection refused")


class ArrayBackend(ScriptedBackend):
    """Its drawn pictures have pixels."""

    def picture(self, array: BgrArray, pts: float) -> ArrayPicture:  # type: ignore[override]
        return ArrayPicture(array, pts)


class Unfit(ScriptedPicture):
    def to_jpeg(self, width: int, height: int, quality: int) -> bytes:
        raise ZeroDivisionError


@dataclass(frozen=True)
class Counted(ArrayPicture):
    """Tells when a JPEG of it is made."""

    asked: threading.Event = field(default_factory=threading.Event)

    def to_jpeg(self, width: int, height: int, quality: int) -> bytes:
        self.asked.set()
        return super().to_jpeg(width, height, quality)


@pytest.fixture
def paths(tmp_path: Path) -> JobPaths:
    return JobPaths(tmp_path)


def drawn(level: int = 200) -> ArrayPicture:
    """A picture of two colours."""
    pixels = np.full((36, 64, 3), level, np.uint8)
    pixels[:, 32:] = (40, 120, 200)
    return ArrayPicture(pixels, 0.0)


def keep(paths: JobPaths, *shown: Picture, at_once: bool = True) -> None:
    keeper = SlateKeeper(paths)
    keeper.start()
    for picture in shown:
        keeper.offer(picture, MEDIA, at_once=at_once)
    keeper.close()


def read(paths: JobPaths, spec: JobSpec = SPEC) -> Slate | None:
    return read_slate(paths, spec, ArrayBackend())


def test_what_was_kept_is_read(paths: JobPaths) -> None:
    keep(paths, drawn())
    slate = read(paths)
    assert slate is not None
    assert slate.media == MEDIA
    np.testing.assert_allclose(
        slate.picture.to_array(64, 36)[18, [8, 56]], [[200] * 3, [40, 120, 200]], atol=6
    )
    assert stat.S_IMODE(paths.slate.stat().st_mode) == 0o600
    assert not paths.slate_part.exists()


def test_its_time_is_the_wall_clocks_behind_what_was_on_air_last(paths: JobPaths) -> None:
    keep(paths, drawn())
    before = time.monotonic()
    slate = read(paths)
    assert slate is not None
    assert before <= slate.born <= time.monotonic()
    assert slate.time(slate.born + 5) == pytest.approx(70 + 1 + 5)


def test_a_picture_that_stands_is_kept(paths: JobPaths) -> None:
    keeper = SlateKeeper(paths, every=1000.0)
    run = Run(ScriptedBackend([*pictures(0, 5), Wait(FOREVER)]), keeper=keeper)
    run.pipeline.start()
    wait_until(paths.slate.exists)
    first = paths.slate.read_bytes()
    wait_until(lambda: paths.slate.read_bytes() != first)
    kept = paths.slate.read_bytes()
    wait_until(lambda: run.pipeline.progress.frames_held > 100)
    assert paths.slate.read_bytes() == kept
    assert b"pts=0.133" in kept
    run.stop()


def test_nothing_is_read_where_nothing_was_kept(paths: JobPaths, caplog: pytest.LogCaptureFixture) -> None:
    assert read(paths) is None
    assert not caplog.records


def test_a_preview_has_none(paths: JobPaths) -> None:
    keep(paths, drawn())
    assert read(paths, SPEC.model_copy(update={"output": None})) is None


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "head", "folder"])
def test_what_is_damaged_is_left_and_told(
    paths: JobPaths, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    keep(paths, drawn())
    whole = paths.slate.read_bytes()
    paths.slate.unlink()
    if damage == "folder":
        paths.slate.mkdir()
    else:
        wrong = {"cut": whole[:-9], "changed": whole[:-9] + b"\0" * 9, "empty": b"", "head": whole[7:]}
        paths.slate.write_bytes(wrong[damage])
    assert read(paths) is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_one_of_another_size_is_left(paths: JobPaths, caplog: pytest.LogCaptureFixture) -> None:
    keep(paths, drawn())
    assert read(paths, SPEC.model_copy(update={"output": OutputSpec(width=128, height=72)})) is None
    assert "not the program's" in caplog.text


def test_a_backend_that_cannot_draw_it_costs_no_more(
    paths: JobPaths, caplog: pytest.LogCaptureFixture
) -> None:
    class Blind(ScriptedBackend):
        def picture(self, array: BgrArray, pts: float) -> ScriptedPicture:
            raise NotImplementedError

    keep(paths, drawn())
    assert read_slate(paths, SPEC, Blind()) is None
    assert "NotImplementedError" in caplog.text


def test_one_of_a_newer_version_is_read(paths: JobPaths) -> None:
    keep(paths, drawn())
    paths.slate.write_bytes(b'{"news": 1,' + paths.slate.read_bytes()[1:])
    assert read(paths) is not None


def test_a_disk_that_takes_a_part_of_it_is_given_that_back(
    paths: JobPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(paths, drawn())
    whole = paths.slate.read_bytes()

    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    keep(paths, drawn(10))
    assert not paths.slate_part.exists()
    assert paths.slate.read_bytes() == whole


def test_it_is_written_once_in_a_while_and_when_the_program_stands(paths: JobPaths) -> None:
    now = 100.0
    keeper = SlateKeeper(paths, every=10.0, clock=lambda: now)
    keeper.start()
    levels = []
    for now, level, at_once in (  # noqa: B007
        (100.0, 10, False),
        (109.0, 60, False),
        (109.5, 110, True),
        (119.0, 160, False),
        (119.6, 210, False),
    ):
        paths.slate.unlink(missing_ok=True)
        keeper.offer(drawn(level), MEDIA, at_once=at_once)
        if level in (60, 160):
            continue
        wait_until(paths.slate.exists)
        slate = read(paths)
        assert slate is not None
        levels.append(int(slate.picture.to_array(64, 36)[18, 8, 0]))
    keeper.close()
    assert levels == pytest.approx([10, 110, 210], abs=4)


def test_a_file_is_no_camera(paths: JobPaths) -> None:
    keeper = SlateKeeper(paths)
    keeper.start()
    keeper.offer(drawn(), replace(MEDIA, live=False), at_once=True)
    keeper.close()
    assert not paths.slate.exists()


def test_a_disk_that_refuses_is_told_once_until_it_takes_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone = JobPaths(tmp_path / "gone")
    keeper = SlateKeeper(gone, every=0.0)
    keeper.start()

    def offer(count: int) -> None:
        for _ in range(count):
            counted = Counted(drawn().pixels, 0.0)
            keeper.offer(counted, MEDIA)
            assert counted.asked.wait(10)

    offer(3)
    gone.folder.mkdir()
    offer(2)
    wait_until(gone.slate.exists)
    assert len(caplog.records) == 1
    gone.folder.rename(tmp_path / "elsewhere")
    offer(3)
    keeper.close()
    assert len(caplog.records) == 2


def test_a_picture_that_breaks_costs_only_itself(paths: JobPaths, caplog: pytest.LogCaptureFixture) -> None:
    keeper = SlateKeeper(paths, every=0.0)
    keeper.start()
    keeper.offer(Unfit(0.0), MEDIA)
    wait_until(lambda: "ZeroDivisionError" in caplog.text)
    keeper.offer(drawn(), MEDIA)
    keeper.close()
    assert paths.slate.exists()


def slate(begin_at: float = 20.0) -> Slate:
    return Slate(ScriptedPicture(-1.0, 1280, 720), MEDIA, begin_at, time.monotonic())


def assert_time_goes_on(run: Run) -> None:
    times = [at for _, at in run.published]
    assert all(later > earlier for earlier, later in pairwise(times))


def is_slate(picture: ScriptedPicture) -> bool:
    return picture.pts == -1.0


@pytest.mark.parametrize("lookahead", [0.0, 0.5])
def test_it_is_on_air_until_pictures_are(lookahead: float) -> None:
    back = threading.Event()
    begun = time.monotonic()
    first: list[Step] = [Wait(back), *pictures(9000, 30), Wait(FOREVER)]
    run = Run(ScriptedBackend(AWAY, AWAY, first), slate=slate(), lookahead_seconds=lookahead)
    run.pipeline.start()
    wait_until(lambda: len(run.published) > 20)
    assert all(is_slate(picture) for picture, _ in run.published)
    assert run.pipeline.progress.phase == "reconnecting"
    back.set()
    wait_until(lambda: bool(run.published) and not is_slate(run.published[-1][0]))
    assert run.stop() == JobOutcome("stopped", None)
    assert_time_goes_on(run)
    shown = [is_slate(picture) for picture, _ in run.published]
    assert shown == sorted(shown, reverse=True), "it came back after the first picture"
    times = [at for _, at in run.published]
    assert 20.0 - lookahead <= times[0] < times[-1] < 20.0 + time.monotonic() - begun + 1.1


def test_a_camera_that_answers_is_waited_for() -> None:
    """It is on air after the look-ahead; an older picture before that would be a step back."""
    known = slate()
    run = Run(ScriptedBackend([*pictures(0, 60), Wait(FOREVER)]), slate=known, lookahead_seconds=0.5)
    run.pipeline.start()
    wait_until(lambda: bool(run.published))
    assert not is_slate(run.published[0][0])
    run.stop()


def test_a_camera_that_is_silent_for_long_is_not_waited_for() -> None:
    back = threading.Event()
    known = slate()
    run = Run(ScriptedBackend([Wait(back), *pictures(0, 60), Wait(FOREVER)]), slate=known)
    run.pipeline.start()
    wait_until(lambda: len(run.published) > 3)
    assert run.pipeline.progress.source_attempts == 0
    assert time.monotonic() - known.born > SLATE_AFTER_SECONDS
    back.set()
    wait_until(lambda: not is_slate(run.published[-1][0]))
    run.stop()
    assert_time_goes_on(run)


def test_a_source_that_is_hopeless_may_work_again_if_it_has_before() -> None:
    hopeless = MediaError("404 Not Found", retryable=False)
    back: list[Step] = [*pictures(0, 3), Wait(FOREVER)]
    run = Run(ScriptedBackend(hopeless, hopeless, back), slate=slate())
    run.pipeline.start()
    wait_until(lambda: run.pipeline.progress.frames_in == 3)
    assert run.stop() == JobOutcome("stopped", None)


def test_the_program_has_the_sound_that_it_had() -> None:
    back = threading.Event()
    sounds: list[Step] = [step for shot in pictures(0, 9) for step in (shot, ScriptedSound(shot.pts + 0.001))]  # type: ignore[union-attr]
    media = replace(
        MEDIA, audio=AudioInfo("aac", 44_100, 1), video=replace(MEDIA.video, frame_rate=Fraction(50))
    )
    known = replace(slate(), media=media)
    run = Run(ScriptedBackend(AWAY, [Wait(back), *sounds, Wait(FOREVER)]), slate=known)
    run.pipeline.start()
    wait_until(lambda: len(run.published) > 9)
    assert run.sink.like == media
    back.set()
    wait_until(lambda: any(not is_slate(picture) for picture, _ in run.published))
    wait_until(
        lambda: any(isinstance(item, ScriptedSound) and item.duration == 0.02 for item, _ in run.sink.items)
    )
    run.stop()
    times = [at for item, at in run.sink.items if isinstance(item, ScriptedSound)]
    assert all(later > earlier for earlier, later in pairwise(times))
    assert times[0] == pytest.approx(run.published[0][1], abs=0.1)
    holes = [later - earlier for earlier, later in pairwise(times)]
    assert max(holes) < 0.3


@pytest.mark.parametrize(("before", "after"), [(0.2, 2.0), (2.0, 0.2)])
def test_it_goes_on_while_the_look_ahead_changes(before: float, after: float) -> None:
    back = threading.Event()
    first: list[Step] = [Wait(back), *pictures(9000, 5), Wait(FOREVER)]
    run = Run(ScriptedBackend(AWAY, first), slate=slate(), lookahead_seconds=before)
    run.pipeline.start()
    wait_until(lambda: len(run.published) > 5)
    changed = time.monotonic()
    run.pipeline.rule(Rule(id=1, lookahead_seconds=after))
    known = len(run.published)
    wait_until(lambda: len(run.published) > known + 15)
    assert time.monotonic() - changed < 1.5, "it stood for as long as the look-ahead grew"
    back.set()
    wait_until(lambda: not is_slate(run.published[-1][0]))
    run.stop()
    assert_time_goes_on(run)
    times = [at for _, at in run.published]
    assert max(later - earlier for earlier, later in pairwise(times)) < 1.0, "time jumped"


def test_what_a_source_of_bursts_sends_follows_at_once() -> None:
    """Its pictures are due when they come, with any look-ahead: it is read ahead."""
    back = threading.Event()
    bursts = replace(MEDIA, realtime=False)
    first: list[Step] = [Wait(back), *pictures(9000, 90), Wait(FOREVER)]
    run = Run(ScriptedBackend(AWAY, first, info=bursts), slate=slate(), lookahead_seconds=2.0)
    run.pipeline.start()
    wait_until(lambda: len(run.published) > 5)
    back.set()
    wait_until(lambda: not is_slate(run.published[-1][0]))
    run.stop()
    assert_time_goes_on(run)
    times = [at for _, at in run.published]
    assert max(later - earlier for earlier, later in pairwise(times)) < 1.0, "time jumped by the look-ahead"


def test_who_watches_the_program_sees_it() -> None:
    run = Run(ScriptedBackend(*[AWAY] * 50), slate=slate())
    run.pipeline.taps.watch(Watch(tap="viewer", of="program", fps=30))
    run.pipeline.start()
    wait_until(lambda: len(run.frames) > 3)
    run.stop()
    assert b"pts=-1.000" in run.frames[0][1]


def test_a_stop_ends_it() -> None:
    run = Run(ScriptedBackend(*[AWAY] * 50), slate=slate())
    run.pipeline.start()
    wait_until(lambda: len(run.published) > 3)
    assert run.stop() == JobOutcome("stopped", None)
    assert run.sink.closed
