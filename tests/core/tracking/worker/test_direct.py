"""Pictures straight from a source: the newest, at the job's stream time, whatever becomes of the source."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from virtualptz.client import RunnerUnreachableError
from virtualptz.errors import MediaError
from virtualptz.model import FrameRequest
from virtualptz.protocols import MediaSource
from virtualptz.testing.media import MEDIA, ScriptedPicture, ScriptedSource, Step, Wait, pictures
from virtualptz.tracking.worker.direct import DirectPictures
from virtualptz.tracking.worker.stream_clock import StreamClock
from virtualptz.wire.job import JobAnswer

REQUEST = FrameRequest(fps=60, width=32)
AHEAD = 500.0
"""The job's stream time when a test begins, roughly."""


def _clock() -> StreamClock:
    began = time.monotonic()

    def ask() -> JobAnswer:
        pts = AHEAD + time.monotonic() - began
        return JobAnswer(job_id="job-1", state="running", restart_count=0, last_error=None, pts=pts)

    return StreamClock(ask)


def _unheard() -> StreamClock:
    def ask() -> JobAnswer:
        raise RunnerUnreachableError("nobody")

    return StreamClock(ask)


@contextmanager
def reading(
    open_source: Callable[[], MediaSource], clock: StreamClock | None = None
) -> Iterator[DirectPictures]:
    direct = DirectPictures("job-1", open_source, clock or _clock())
    try:
        yield direct
    finally:
        direct.close()


def _camera(*script: Step) -> Callable[[], MediaSource]:
    """A live one that gives a picture every hundredth of a second, for ever, after the script."""

    def endless() -> Iterator[Step]:
        yield from script
        for number in range(1_000_000):
            threading.Event().wait(0.01)
            yield ScriptedPicture(number / 100)

    class Camera(ScriptedSource):
        def __init__(self) -> None:
            super().__init__(MEDIA, ())
            self._endless = endless()

        def read(self) -> ScriptedPicture | None:
            step = next(self._endless)
            if isinstance(step, MediaError):
                raise step
            return None if self.closed.is_set() or not isinstance(step, ScriptedPicture) else step

    return Camera


def test_frames_have_the_asked_size_and_the_job_s_stream_time() -> None:
    with reading(_camera()) as direct:
        media = direct.media()
        feed = direct.open(REQUEST)
        frames = iter(feed)
        began = time.monotonic()
        times = [next(frames).pts for _ in range(5)]
        took = time.monotonic() - began
        frame = next(frames)
        feed.close()
    assert media == MEDIA
    assert frame.image.shape == (18, 32, 3)
    assert times == sorted(set(times))
    assert AHEAD <= times[0] <= AHEAD + took + 60
    assert times[-1] - times[0] < took + 0.5


def test_no_faster_than_asked() -> None:
    with reading(_camera()) as direct:
        feed = direct.open(FrameRequest(fps=5, width=32))
        frames = iter(feed)
        times = [next(frames).pts for _ in range(4)]
        feed.close()
    assert len({int(pts * 5 + 0.01) for pts in times}) == 4


def test_a_source_that_fails_is_opened_again_and_its_password_is_not_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cameras = [_camera(MediaError("rtsp://u:hunter22@camera/x: refused")), _camera()]
    broken: list[Callable[[], MediaSource]] = [_raises, lambda: cameras[0](), lambda: cameras[1]()]

    def open_next() -> MediaSource:
        return broken.pop(0)() if len(broken) > 1 else broken[0]()

    with reading(open_next) as direct:
        feed = direct.open(REQUEST)
        next(iter(feed))
        feed.close()
    assert caplog.text.count("trying again") == 1
    assert "hunter22" not in caplog.text


def _raises() -> MediaSource:
    raise MediaError("rtsp://u:hunter22@camera/x: no route")


def test_without_a_stream_time_no_picture_is_handed_out() -> None:
    with reading(_camera(), _unheard()) as direct:
        feed = direct.open(REQUEST)
        threading.Timer(0.5, feed.close).start()
        assert list(feed) == []


def test_a_file_is_played_at_its_own_speed() -> None:
    go = threading.Event()
    script = [*pictures(0, 15), Wait(go)]
    source = ScriptedSource(replace(MEDIA, live=False), script)
    with reading(lambda: source) as direct:
        feed = direct.open(REQUEST)
        frames = iter(feed)
        first = next(frames)
        assert direct.media() == source.info
        while (frame := next(frames)).pts < first.pts + 0.2:
            pass
        assert frame.pts > first.pts
        go.set()
        feed.close()


def test_closing_ends_who_waits_for_the_source() -> None:
    go = threading.Event()

    def never() -> MediaSource:
        go.wait(20)
        raise MediaError("too late")

    with reading(never) as direct:
        threading.Timer(0.1, direct.close).start()
        assert direct.media() is None
        go.set()
