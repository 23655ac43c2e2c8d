"""The simulated match as a clip: picture, sound, and the truth about every frame of it."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TextIO

from ..errors import ConfigError, MediaError
from ..model import AudioInfo, MediaInfo, OutputSpec, VideoInfo
from ..protocols import MediaBackend, MediaSink, SinkStats
from .court import CourtPainter
from .court_sound import CHANNELS, RATE, beeps, sample_at
from .observer import Observer
from .play import Play

SOURCE = "court-truth"

Progress = Callable[[float], None]
"""Told how many seconds of the clip are drawn."""


@dataclass(frozen=True, slots=True)
class ClipOptions:
    output: Path
    seconds: float = 30.0
    width: int = 1920
    height: int = 1080
    fps: Fraction = Fraction(30)
    seed: int = 7
    truth: Path | None = None
    """Gets one tracking update a frame, as JSON Lines, each with the frame's `frame_pts`."""
    crf: int = 18


@dataclass(frozen=True, slots=True)
class ClipReport:
    frames: int
    path: Path
    """Where the clip really is: a backend may have avoided an existing file."""


def write_court_clip(
    backend: MediaBackend, options: ClipOptions, progress: Progress | None = None
) -> ClipReport:
    """Draw and encode, as fast as that goes. Frame 0 shows the match at 0 s; its `frame_pts` is 0.

    Raises ConfigError for options that cannot work, MediaError where the clip could not be written whole.
    """
    frames = _checked(options)
    with ExitStack() as stack:
        truth = None if options.truth is None else stack.enter_context(_opened(options.truth))
        play = Play(options.seed)
        painter = CourtPainter(play, options.width, options.height)
        observer = Observer(play, painter.camera)
        sink = stack.enter_context(closing(_open_sink(backend, options)))
        for number in range(frames):
            pts = number / options.fps
            sink.write(backend.picture(painter.draw(float(pts)), float(pts)), float(pts))
            _write_sound(backend, sink, options.fps, number)
            if truth is not None:
                truth.write(observer.update(float(pts), SOURCE).model_dump_json() + "\n")
            if progress is not None and pts % 1 < 1 / options.fps:
                progress(float(pts))
    return _report(sink.stats, frames, options.output)


def _checked(options: ClipOptions) -> int:
    """How many frames there will be."""
    if not 0 < options.seconds <= 24 * 3600:
        raise ConfigError("a clip lasts more than 0 seconds and at most a day")
    if not 1 <= options.fps <= 240:
        raise ConfigError("a clip has 1 to 240 frames a second")
    if min(options.width, options.height) < 64 or options.width % 2 or options.height % 2:
        raise ConfigError("a clip's sides are even and at least 64 pixels")
    return max(1, round(Fraction(options.seconds).limit_denominator(1000) * options.fps))


def _opened(truth: Path) -> TextIO:
    try:
        return truth.open("w", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{truth}: {error.strerror or error}") from error


def _open_sink(backend: MediaBackend, options: ClipOptions) -> MediaSink:
    like = MediaInfo(
        VideoInfo("rawvideo", options.width, options.height, options.fps),
        AudioInfo("pcm", RATE, CHANNELS),
        duration=options.seconds,
        live=False,
    )
    spec = OutputSpec(width=options.width, height=options.height, crf=options.crf, keyframe_seconds=1.0)
    return backend.open_sink(str(options.output), spec, like)


def _write_sound(backend: MediaBackend, sink: MediaSink, fps: Fraction, number: int) -> None:
    """The sound of one frame's time."""
    first, after = sample_at(number / fps), sample_at((number + 1) / fps)
    pts = first / RATE
    sink.write(backend.audio(beeps(first, after), RATE, pts), pts)


def _report(stats: SinkStats, frames: int, output: Path) -> ClipReport:
    if stats.packets_dropped or stats.last_error:
        why = stats.last_error or f"{stats.packets_dropped} packets were dropped"
        raise MediaError(f"{output}: the clip is not whole: {why}", retryable=False)
    return ClipReport(frames, Path(stats.target) if stats.target else output)
