"""The contract of media backends as a test class: inherit it, say how one is made, and run pytest."""

import math
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from ..errors import MediaError
from ..model import (
    WHOLE_FRAME,
    AudioInfo,
    CropShape,
    MediaInfo,
    OutputSpec,
    SourceOptions,
    VideoInfo,
    View,
)
from ..protocols import AudioPacket, MediaBackend, MediaSink, MediaSource, Picture
from .scene import Floats, displacement, drawn

ENDS_SECONDS = 30.0
"""What ends, has ended by then on the slowest machine."""
WIDTH, HEIGHT = 320, 180
FPS = 30
OUTPUT = OutputSpec(width=160, height=90, preset="ultrafast", encoder="libx264", keyframe_seconds=0.5)
LIKE = MediaInfo(VideoInfo("drawn", WIDTH, HEIGHT, Fraction(FPS)), AudioInfo("pcm", 48_000, 2))
STEP = 0.3
"""Pixels of the output that a slow pan moves by, picture by picture."""


@dataclass(frozen=True, slots=True)
class LiveSource:
    """A source that runs, and how it is cut off."""

    uri: str
    cut: Callable[[], None]


class MediaBackendContract:
    """What the pipeline takes for granted of a backend.

    class TestMine(MediaBackendContract):
        def make(self) -> MediaBackend:
            return Mine(MyOptions())

        def source(self, folder: Path) -> str:
            return str(two_seconds_of_film(folder / "film"))
    """

    step_error = 0.05
    """RMS, in pixels of the output, of the steps of a slow pan: a crop in whole pixels has about 0.46."""
    seconds = 2.0
    """How long `source` lasts, at least."""

    def make(self) -> MediaBackend:
        """A fresh backend."""
        raise NotImplementedError

    def source(self, folder: Path) -> str:
        """A recording of `seconds` or more, as the backend opens it. `folder` is there to write in."""
        raise NotImplementedError

    def live(self, folder: Path) -> AbstractContextManager[LiveSource] | None:  # noqa: ARG002
        """A source that runs, if the backend opens such ones."""
        return None

    def target(self, folder: Path) -> str:  # noqa: ARG002
        """Where a program can be written that the backend opens again; empty: it writes none."""
        return ""

    def test_a_probe_tells_what_the_source_is(self, tmp_path: Path) -> None:
        backend, uri = self.make(), self.source(tmp_path)
        told = backend.probe(uri, 10.0)
        source = backend.open_source(uri, SourceOptions())
        try:
            assert told == source.info, "probe and open do not agree"
        finally:
            source.close()
        assert min(told.video.width, told.video.height) > 0
        assert told.video.frame_rate > 0
        assert not told.live, "a recording has an end: it is not live"

    def test_what_cannot_be_opened_is_a_media_error(self, tmp_path: Path) -> None:
        backend, text = self.make(), tmp_path / "text.mp4"
        text.write_text("no film at all\n" * 100)
        for uri in (str(tmp_path / "nobody.mp4"), str(text)):
            for attempt in (
                lambda uri=uri: backend.probe(uri, 5.0),
                lambda uri=uri: backend.open_source(uri, SourceOptions()),
            ):
                _check_media_error(attempt, uri)

    def test_time_stamps_grow_to_the_end(self, tmp_path: Path) -> None:
        source = self.make().open_source(self.source(tmp_path), SourceOptions())
        info, pictures = source.info, _pictures(source)
        source.close()
        assert pictures, "not one picture"
        times = [picture.pts for picture in pictures]
        assert all(map(math.isfinite, times))
        assert all(later > earlier for earlier, later in pairwise(times)), "time stands or goes back"
        assert times[-1] - times[0] > 0.8 * self.seconds, (
            f"{times[-1] - times[0]:.2f} s of {self.seconds:g} s"
        )
        sizes = {(picture.width, picture.height) for picture in pictures}
        assert sizes == {(info.video.width, info.video.height)}
        assert min(picture.nbytes for picture in pictures) > 0

    def test_a_recording_can_begin_later(self, tmp_path: Path) -> None:
        backend, uri = self.make(), self.source(tmp_path)
        whole = backend.open_source(uri, SourceOptions())
        later = backend.open_source(uri, SourceOptions(start_seconds=self.seconds / 2))
        left_out = len(_pictures(whole)) - len(_pictures(later))
        expected = self.seconds / 2 * whole.info.video.frame_rate
        for source in (whole, later):
            source.close()
        assert abs(left_out - expected) <= 2, f"{left_out} pictures are left out, not {float(expected):g}"

    def test_close_ends_a_read_and_may_come_twice(self, tmp_path: Path) -> None:
        source = self.make().open_source(self.source(tmp_path), SourceOptions())
        assert source.read() is not None
        reader = _Reader(source)
        source.close()
        source.close()
        reader.check_ends()
        with suppress(MediaError):
            assert source.read() is None, "closed, it still reads"

    def test_a_cut_source_ends_its_read(self, tmp_path: Path) -> None:
        """With the end or a MediaError, not much later than its time-out."""
        running = self.live(tmp_path)
        if running is None:
            return
        with running as live:
            source = self.make().open_source(live.uri, SourceOptions(read_timeout=2.0))
            assert source.info.live
            while not isinstance(source.read(), Picture):
                pass
            reader = _Reader(source)
            live.cut()
            reader.check_ends()
            source.close()

    def test_a_picture_is_the_same_for_every_thread(self) -> None:
        picture = self.make().picture(drawn(WIDTH, HEIGHT), 1.5)
        assert (picture.width, picture.height, picture.pts) == (WIDTH, HEIGHT, 1.5)
        alone = _grey(picture, WIDTH, HEIGHT)
        together: list[Floats] = []
        threads = [
            threading.Thread(target=lambda: together.append(_grey(picture, WIDTH, HEIGHT)), name="looker")
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(ENDS_SECONDS)
        assert len(together) == 4
        assert all(np.array_equal(alone, each) for each in together)
        assert np.abs(alone - drawn(WIDTH, HEIGHT)[:, :, 0]).mean() < 3, (
            "these are not the pixels that it was given"
        )

    def test_a_jpeg_is_one(self) -> None:
        picture = self.make().picture(drawn(WIDTH, HEIGHT), 0.0)
        good, poor = picture.to_jpeg(160, 90, 2), picture.to_jpeg(160, 90, 31)
        for jpeg in (good, poor):
            assert jpeg[:2] == b"\xff\xd8"
            assert jpeg[-2:] == b"\xff\xd9"
        assert len(good) > len(poor), "quality 2 is the best, 31 the worst"

    def test_a_view_shows_what_it_names(self) -> None:
        picture = self.make().picture(drawn(WIDTH, HEIGHT), 0.0)
        for view in (View(), View(0.3, 0.6, 2.0), View(0.71, 0.35, 3.1)):
            off_x, off_y = _off(picture, view, OUTPUT.width, OUTPUT.height)
            assert max(abs(off_x), abs(off_y)) < 0.25, f"{view}: {off_x:.3f}, {off_y:.3f} pixels off"

    def test_a_slow_pan_moves_at_every_picture(self) -> None:
        picture = self.make().picture(drawn(WIDTH, HEIGHT), 0.0)
        zoom = WIDTH / OUTPUT.width
        views = [View(0.4 + number * STEP / WIDTH, 0.5, zoom) for number in range(40)]
        errors = np.array([_off(picture, view, OUTPUT.width, OUTPUT.height)[0] for view in views])
        rms = float(np.sqrt(np.mean(np.diff(errors) ** 2)))
        assert rms <= self.step_error, f"steps of {STEP} pixels are off by {rms:.3f} RMS"

    def test_a_crop_of_another_shape_is_not_stretched(self) -> None:
        picture = self.make().picture(drawn(WIDTH, HEIGHT), 0.0)
        square = picture.render(View(0.5, 0.5, 1.0), CropShape.fit(WIDTH / HEIGHT, 1.0), HEIGHT, HEIGHT)
        assert (square.width, square.height) == (HEIGHT, HEIGHT)
        left = (WIDTH - HEIGHT) / 2
        off = displacement(
            _grey(square, HEIGHT, HEIGHT),
            left + np.arange(HEIGHT, dtype=np.float64),
            np.arange(HEIGHT, dtype=np.float64),
        )
        assert max(map(abs, off)) < 0.25

    def test_a_sink_takes_a_program_and_closes_in_time(self, tmp_path: Path) -> None:
        backend, target = self.make(), self.target(tmp_path)
        sink = backend.open_sink(target, OUTPUT, LIKE)
        scene, silence = backend.picture(drawn(WIDTH, HEIGHT), 0.0), np.zeros((2, 1600), np.float32)
        for number in range(FPS):
            view = View(0.4 + number * STEP / WIDTH, 0.5, 2.0)
            sink.write(backend.audio(silence, 48_000, number / FPS), number / FPS)
            sink.write(scene.render(view, WHOLE_FRAME, OUTPUT.width, OUTPUT.height), number / FPS)
        closing = threading.Thread(target=_close_twice, args=(sink,), name="closing")
        closing.start()
        closing.join(ENDS_SECONDS)
        assert not closing.is_alive(), "it does not close"
        assert sink.stats.frames_encoded == FPS
        if target:
            self._check_written(backend, sink.stats.target or target)

    def _check_written(self, backend: MediaBackend, target: str) -> None:
        source = backend.open_source(target, SourceOptions())
        pictures = _pictures(source)
        source.close()
        assert len(pictures) == FPS, f"{len(pictures)} of {FPS} pictures are in it"
        assert {(picture.width, picture.height) for picture in pictures} == {(OUTPUT.width, OUTPUT.height)}
        steps = [later.pts - earlier.pts for earlier, later in pairwise(pictures)]
        assert max(abs(step - 1 / FPS) for step in steps) < 0.002, "they are not evenly spaced"


class _Reader:
    """Reads a source to its end in a thread of its own."""

    def __init__(self, source: MediaSource) -> None:
        self._source = source
        self._trouble: BaseException | None = None
        self._thread = threading.Thread(target=self._read, name="reader", daemon=True)
        self._thread.start()

    def check_ends(self) -> None:
        self._thread.join(ENDS_SECONDS)
        assert not self._thread.is_alive(), "a read that was under way does not end"
        assert self._trouble is None, f"it raises {self._trouble!r}: only MediaError may come"

    def _read(self) -> None:
        try:
            while self._source.read() is not None:
                pass
        except MediaError:
            pass  # as good as the end
        except BaseException as error:  # noqa: BLE001 (whatever a plug-in raises is what is tested)
            self._trouble = error


def _pictures(source: MediaSource) -> Sequence[Picture]:
    found: list[Picture] = []
    while (item := source.read()) is not None:
        if isinstance(item, Picture):
            found.append(item)
        else:
            assert isinstance(item, AudioPacket)
    return found


def _close_twice(sink: MediaSink) -> None:
    sink.close()
    sink.close()


def _grey(picture: Picture, width: int, height: int) -> Floats:
    return np.asarray(picture.to_array(width, height).mean(axis=2), np.float64)


def _off(picture: Picture, view: View, width: int, height: int) -> tuple[float, float]:
    """How far what is rendered by a view is from what the view names, in pixels of the output."""
    shown = picture.render(view, WHOLE_FRAME, width, height)
    assert (shown.width, shown.height) == (width, height)
    wide, high = picture.width / view.zoom, picture.height / view.zoom
    columns = view.center_x * picture.width - wide / 2 + (np.arange(width) + 0.5) * wide / width - 0.5
    rows = view.center_y * picture.height - high / 2 + (np.arange(height) + 0.5) * high / height - 0.5
    across, down = displacement(_grey(shown, width, height), columns, rows)
    return across * width / wide, down * height / high


def _check_media_error(attempt: Callable[[], object], uri: str) -> None:
    try:
        attempt()
    except MediaError:
        return
    raise AssertionError(f"{Path(uri).name} was opened")
