"""What the backend's tests share: sources run through sinks, and looks at the processes around."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from tests.media.clip import Clip
from virtualptz.model import WHOLE_FRAME, AudioInfo, MediaInfo, OutputSpec, SourceOptions, VideoInfo, View
from virtualptz.protocols import AudioPacket, MediaSink, MediaSource, Picture
from virtualptz_ffmpeg.backend import FFmpegBackend
from virtualptz_ffmpeg.options import FFmpegOptions

SMALL = OutputSpec(width=320, height=180, preset="ultrafast", crf=24, encoder="libx264", keyframe_seconds=1)
DRAWN = MediaInfo(VideoInfo("drawn", 320, 180, Fraction(30)), AudioInfo("pcm", 48_000, 2))
CLIP = Clip(width=320, height=180, fps=Fraction(30), seconds=3, patch=None)
DEADLINE = 30.0


def backend(**options: object) -> FFmpegBackend:
    return FFmpegBackend(FFmpegOptions.model_validate(options))


def everything(source: MediaSource) -> tuple[list[Picture], list[AudioPacket]]:
    pictures: list[Picture] = []
    sounds: list[AudioPacket] = []
    while (item := source.read()) is not None:
        if isinstance(item, Picture):
            pictures.append(item)
        else:
            sounds.append(item)
    source.close()
    return pictures, sounds


def republish(path: Path, target: str, output: OutputSpec = SMALL) -> MediaSink:
    """A whole file through a sink, its audio as it is; the sink is closed."""
    source = backend().open_source(str(path), SourceOptions())
    sink = backend().open_sink(target, output, source.info)
    first: float | None = None
    while (item := source.read()) is not None:
        first = item.pts if first is None else first
        if isinstance(item, Picture):
            item = item.render(View(), WHOLE_FRAME, output.width, output.height)
        sink.write(item, item.pts - first)
    source.close()
    sink.close()
    return sink


class Show:
    """Drawn pictures of noise, so that bytes flow, with silence beside them; 30 a second, as time goes by."""

    def __init__(self, target: str, *, realtime: bool = True, crf: int = 24) -> None:
        self.sink = backend().open_sink(target, SMALL.model_copy(update={"crf": crf}), DRAWN)
        self._noise = np.random.default_rng(1).integers(0, 255, (4, 180, 320, 3), np.uint8)
        self._realtime = realtime
        self._began = time.monotonic()
        self.count = 0
        self.slowest_write = 0.0

    def step(self) -> None:
        pts = self.count / 30
        if self._realtime:
            _wait_until(self._began + pts)
        maker = backend()
        before = time.monotonic()
        self.sink.write(maker.picture(self._noise[self.count % 4], pts), pts)
        silence = np.zeros((2, 1600), np.float32)
        self.sink.write(maker.audio(silence, 48_000, pts), pts)
        self.slowest_write = max(self.slowest_write, time.monotonic() - before)
        self.count += 1

    def run_until(self, condition: Callable[[], bool], seconds: float = DEADLINE) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not so within {seconds} s: {self.sink.stats}"
            self.step()

    def run(self, pictures: int) -> None:
        for _ in range(pictures):
            self.step()


def eventually(condition: Callable[[], bool], seconds: float = DEADLINE) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        _wait_until(time.monotonic() + 0.02)
    return True


def children() -> set[int]:
    """Processes that this one has started and that are still there, zombies left out."""
    return {pid for pid, parent, state in _processes() if parent == os.getpid() and state != "Z"}


def command_lines() -> Iterator[tuple[int, str]]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield int(path.parent.name), path.read_text(errors="replace").replace("\0", " ")
        except OSError:
            continue


def _processes() -> Iterator[tuple[int, int, str]]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        yield int(path.parent.name), int(fields[1]), fields[0]


def _wait_until(moment: float) -> None:
    threading.Event().wait(max(0.0, moment - time.monotonic()))
