import threading
from fractions import Fraction

import pytest

from virtualptz.jobs.supervision import observers as observers_module
from virtualptz.jobs.supervision.observers import ObserverThread, media_info
from virtualptz.model import AudioInfo, JobOutcome, JobRef, MediaInfo, TrackingUpdate, VideoInfo
from virtualptz.wire.job import MediaSummary

from ..harness import Recorder, until

JOB = JobRef("ing_1", "ingest")
MEDIA = MediaSummary(codec="h264", width=1920, height=1080, frame_rate="30000/1001")


class Stuck(Recorder):
    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def job_started(self, job: JobRef, media: MediaInfo) -> None:
        self.go.wait(30)
        super().job_started(job, media)


async def test_observers_are_called_in_order_and_to_the_end() -> None:
    recorder = Recorder()
    thread = ObserverThread(recorder)
    thread.start()
    thread.job_started(JOB, MEDIA)
    thread.job_stopped(JOB, JobOutcome("stopped"))
    thread.close()
    assert recorder.started == [(JOB, media_info(MEDIA))]
    assert recorder.stopped == [(JOB, JobOutcome("stopped"))]


async def test_a_slow_observer_holds_nobody_up_and_loses_what_is_too_much(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(observers_module, "BACKLOG", 3)
    stuck = Stuck()
    thread = ObserverThread(stuck)
    thread.start()
    thread.job_started(JOB, MEDIA)
    for _ in range(10):
        thread.tracking_updated(JOB, TrackingUpdate(tracking_confidence=1))
    assert "left out" in caplog.text
    stuck.go.set()
    await until(lambda: 0 < len(stuck.updates) <= 4, "what fits is delivered")
    thread.close()


def test_one_that_hangs_is_left_behind(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(observers_module, "CLOSE_SECONDS", 0.1)
    stuck = Stuck()
    thread = ObserverThread(stuck)
    thread.start()
    thread.job_started(JOB, MEDIA)
    thread.close()
    assert "left behind" in caplog.text
    stuck.go.set()


def test_media_as_observers_see_it() -> None:
    more = {"audio_codec": "aac", "sample_rate": 48000, "channels": 2, "live": False}
    sound = MEDIA.model_copy(update=more)
    video = VideoInfo("h264", 1920, 1080, Fraction(30000, 1001))
    assert media_info(sound) == MediaInfo(video, AudioInfo("aac", 48000, 2), live=False)
    assert media_info(MEDIA) == MediaInfo(video)
