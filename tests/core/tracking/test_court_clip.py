from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from virtualptz.errors import ConfigError, MediaError
from virtualptz.model import MediaInfo, OutputSpec, TrackingUpdate
from virtualptz.plugins import PluginHost
from virtualptz.protocols import AudioPacket, MediaBackend, MediaSink, Picture, SinkStats
from virtualptz.testing.media import RecordingSink, ScriptedBackend
from virtualptz.tracking.court_clip import ClipOptions, write_court_clip
from virtualptz.tracking.court_sound import BEEP_SECONDS
from virtualptz.tracking.observer import Observer
from virtualptz.tracking.play import Play

SMALL = ClipOptions(Path("court.mp4"), seconds=3.0, width=320, height=180, seed=5)


@dataclass
class Clip:
    path: Path
    truth: list[TrackingUpdate]
    times: list[float] = field(default_factory=list)
    patches: list[float] = field(default_factory=list)
    """Brightness of the corner patch, frame by frame."""
    loud: list[float] = field(default_factory=list)
    """The time of every sample that is no silence."""


@pytest.fixture(scope="module")
def backend() -> MediaBackend:
    return PluginHost.load().media_backend("ffmpeg")


@pytest.fixture(scope="module")
def clip(backend: MediaBackend, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Three seconds, written by the real backend and decoded again."""
    folder = tmp_path_factory.mktemp("clip")
    truth = folder / "truth.jsonl"
    options = ClipOptions(folder / "court.mp4", SMALL.seconds, SMALL.width, SMALL.height, seed=5, truth=truth)
    report = write_court_clip(backend, options)
    assert report.frames == 90
    updates = [TrackingUpdate.model_validate_json(line) for line in truth.read_text().splitlines()]
    return _decoded(Clip(report.path, updates))


def _decoded(clip: Clip) -> Clip:
    with av.open(str(clip.path)) as container:
        for frame in container.decode(video=0):
            clip.times.append(float(frame.time or 0.0))
            clip.patches.append(float(frame.to_ndarray(format="gray")[2:7, 2:7].mean()))
    with av.open(str(clip.path)) as container:
        for piece in container.decode(audio=0):
            level = np.abs(piece.to_ndarray()).max(axis=0)
            clip.loud += (float(piece.time or 0.0) + np.flatnonzero(level > 0.1) / piece.sample_rate).tolist()
    return clip


def test_every_frame_is_there_at_its_time(clip: Clip) -> None:
    assert len(clip.times) == 90
    assert np.diff(clip.times) == pytest.approx(np.full(89, 1 / 30), abs=1e-3)


def test_beep_and_flash_come_at_the_same_instant_each_second(clip: Clip) -> None:
    flashes = [
        time
        for time, bright, before in zip(clip.times, clip.patches, [0.0, *clip.patches], strict=False)
        if bright > 128 > before
    ]
    onsets = [time for before, time in pairwise([-1.0, *clip.loud]) if time - before > 2 * BEEP_SECONDS]
    assert len(flashes) == 3
    assert onsets == pytest.approx(flashes, abs=0.02)


def test_the_truth_has_a_line_for_every_frame(clip: Clip) -> None:
    observer = Observer(Play(5))
    assert [update.frame_pts for update in clip.truth] == [number / 30 for number in range(90)]
    for number in (0, 31, 89):
        assert clip.truth[number] == observer.update(number / 30, "court-truth")


def test_an_existing_clip_is_not_overwritten_and_the_report_says_where_it_is(
    backend: MediaBackend, tmp_path: Path
) -> None:
    there = tmp_path / "court.mp4"
    there.write_bytes(b"the final")
    report = write_court_clip(backend, ClipOptions(there, 0.2, 320, 180))
    assert there.read_bytes() == b"the final"
    assert report.path != there
    assert report.path.stat().st_size > 1000


def test_odd_rates_and_lengths_give_whole_frames_and_matching_sound() -> None:
    scripted = ScriptedBackend()
    options = ClipOptions(Path("x.mp4"), 1.01, 128, 72, fps=Fraction(30000, 1001))
    report = write_court_clip(scripted, options)
    assert report.frames == 30
    assert [pts for _, pts in scripted.sinks[0].pictures] == [number * 1001 / 30000 for number in range(30)]


def test_progress_is_told_each_second() -> None:
    told: list[float] = []
    write_court_clip(ScriptedBackend(), ClipOptions(Path("x.mp4"), 3.0, 64, 64, fps=Fraction(5)), told.append)
    assert told == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    "options",
    [
        ClipOptions(Path("x.mp4"), seconds=0),
        ClipOptions(Path("x.mp4"), seconds=-1),
        ClipOptions(Path("x.mp4"), seconds=float("nan")),
        ClipOptions(Path("x.mp4"), seconds=1e9),
        ClipOptions(Path("x.mp4"), width=321),
        ClipOptions(Path("x.mp4"), height=2),
        ClipOptions(Path("x.mp4"), fps=Fraction(0)),
        ClipOptions(Path("x.mp4"), truth=Path("/nonexistent/truth.jsonl")),
    ],
)
def test_options_that_cannot_work_are_refused_before_anything_is_drawn(options: ClipOptions) -> None:
    scripted = ScriptedBackend()
    with pytest.raises(ConfigError):
        write_court_clip(scripted, options)
    assert scripted.sinks == []


class Lossy(RecordingSink):
    @property
    def stats(self) -> SinkStats:
        return SinkStats(packets_dropped=3)


class LossyBackend(ScriptedBackend):
    def open_sink(self, target: str, output: OutputSpec, like: MediaInfo) -> RecordingSink:
        return Lossy(target, output, like)


def test_a_clip_that_is_not_whole_is_an_error() -> None:
    with pytest.raises(MediaError, match="not whole: 3 packets were dropped"):
        write_court_clip(LossyBackend(), ClipOptions(Path("x.mp4"), 0.2, 64, 64))


class Broken(RecordingSink):
    def write(self, item: Picture | AudioPacket, pts: float) -> None:
        raise MediaError("disk full", retryable=False)


class BrokenBackend(ScriptedBackend):
    sink: MediaSink | None = None

    def open_sink(self, target: str, output: OutputSpec, like: MediaInfo) -> RecordingSink:
        self.sink = Broken(target, output, like)
        return self.sink


def test_a_sink_that_fails_is_closed() -> None:
    broken = BrokenBackend()
    with pytest.raises(MediaError, match="disk full"):
        write_court_clip(broken, ClipOptions(Path("x.mp4"), 0.2, 64, 64))
    assert isinstance(broken.sink, Broken)
    assert broken.sink.closed
