"""The overlay's tap in a running pipeline."""

import subprocess
import sys
import threading

import numpy as np
import pytest

from virtualptz.jobs.messages import TapOf, Watch
from virtualptz.jobs.process.overlay.notes import SceneNotes
from virtualptz.jobs.process.overlay.painter import OverlayPainter
from virtualptz.jobs.process.taps import Taps
from virtualptz.model import Target, TrackingUpdate, View
from virtualptz.protocols import BgrArray, Picture
from virtualptz.testing.media import ScriptedBackend, ScriptedPicture, Wait, pictures

from ..running import LiveBackend, Run, camera, wait_until

OVERLAY = Watch(tap="o", of="overlay", fps=60, scale="64:-1")


class Drawer(ScriptedBackend):
    """Remembers what was drawn, and by which thread."""

    def __init__(self, *connections: object) -> None:
        super().__init__(*connections)  # type: ignore[arg-type]
        self.drawn: list[BgrArray] = []
        self.threads: set[str] = set()

    def picture(self, array: BgrArray, pts: float) -> ScriptedPicture:
        self.drawn.append(array.copy())
        self.threads.add(threading.current_thread().name)
        return super().picture(array, pts)


def test_an_overlay_is_of_the_picture_that_leaves_and_drawn_by_the_taps_thread() -> None:
    backend = Drawer([*pictures(0, 30), Wait(threading.Event())])
    run = Run(backend)
    run.pipeline.taps.watch(OVERLAY)
    run.pipeline.start()
    wait_until(lambda: len(run.frames) > 0 and len(run.published) >= 30)
    run.stop()
    assert backend.threads == {"taps"}
    assert all(array.shape == (36, 64, 3) and array.any() for array in backend.drawn)
    header, jpeg = run.frames[0]
    assert (header.tap, header.width, header.height) == ("o", 64, 36)
    assert header.pts in {round(at, 6) for _, at in run.published} | {at for _, at in run.published}
    assert jpeg.startswith(b"jpeg 64x36")


def test_nothing_is_drawn_that_nobody_watches() -> None:
    backend = Drawer([*pictures(0, 30), Wait(threading.Event())])
    run = Run(backend)
    run.pipeline.taps.watch(Watch(tap="a", of="program", fps=60, scale="64:-1"))
    run.pipeline.taps.watch(Watch(tap="b", of="source", fps=60, scale="64:-1"))
    run.pipeline.taps.watch(OVERLAY)
    run.pipeline.taps.unwatch("o")
    run.pipeline.start()
    wait_until(lambda: len(run.published) >= 30)
    run.stop()
    assert backend.drawn == []


def test_with_look_ahead_it_is_the_picture_of_program_time() -> None:
    """The newest decoded picture is a look-ahead later."""
    run = Run(LiveBackend(camera(1.6)), lookahead_seconds=0.5)
    run.pipeline.taps.watch(OVERLAY)
    run.pipeline.start()
    wait_until(lambda: len(run.frames) > 3)
    left, decoded = run.frames[-1][0].pts, run.pipeline.progress.pts_in
    run.stop()
    assert decoded is not None
    assert decoded - left > 0.3


def test_the_drawing_shows_what_was_told_and_decided() -> None:
    picture = ScriptedPicture(1.0, 640, 360)
    backend, notes = Drawer(), SceneNotes()
    paint = OverlayPainter(backend, notes).paint
    paint(picture, 1.0, (640, 360))
    ball = Target(x=0.25, y=0.25, confidence=0.9, cls="ball")
    notes.updated(TrackingUpdate(tracking_confidence=0.9, targets=(ball,), frame_pts=1.0), arrived=1.0)
    paint(picture, 1.0, (640, 360))
    empty, told = backend.drawn
    changed = np.nonzero((empty != told).any(axis=-1) & (np.arange(360) < 320)[:, None])
    assert (changed[1].mean(), changed[0].mean()) == pytest.approx((159.5, 89.5), abs=1)


def test_a_detector_is_served_before_people() -> None:
    order: list[TapOf] = []

    class Noted(ScriptedPicture):
        def to_jpeg(self, width: int, height: int, quality: int) -> bytes:
            order.append("source")
            return b"jpeg"

        def render(self, view: View, *_: object) -> "Noted":
            return self

    def paint(picture: Picture, at: float, size: tuple[int, int]) -> Picture:
        order.append("overlay")
        return ScriptedPicture(at)

    taps = Taps(lambda *_: None, paint)
    taps.watch(OVERLAY)
    taps.watch(Watch(tap="d", of="source", fps=60))
    taps.offer("overlay", ScriptedPicture(0.0), 0.0, 16 / 9)
    taps.offer("source", Noted(0.0), 0.0, 16 / 9)
    taps.start()
    wait_until(lambda: len(order) == 2)
    taps.close()
    assert order == ["source", "overlay"]


def test_a_painter_that_fails_costs_its_own_viewers_only() -> None:
    frames: list[str] = []

    def broken(picture: Picture, at: float, size: tuple[int, int]) -> Picture:
        raise RuntimeError("no paint")

    taps = Taps(lambda header, _: frames.append(header.tap), broken)
    taps.watch(OVERLAY)
    taps.watch(Watch(tap="d", of="source", fps=60))
    taps.start()
    for number in range(5):
        taps.offer("overlay", ScriptedPicture(number), number, 16 / 9)
        taps.offer("source", ScriptedPicture(number), number, 16 / 9)
        wait_until(lambda: len(frames) > number)  # noqa: B023 - called at once
    taps.close()
    assert frames == ["d"] * 5


def test_a_job_process_does_not_import_what_draws_before_somebody_watches() -> None:
    program = "import sys, virtualptz.jobs.process.pipeline; print('cv2' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_the_render_thread_hands_a_reference_over_and_no_more() -> None:
    """Neither scaled nor copied: both are the drawing's business."""
    done = threading.Event()
    got: list[tuple[Picture, float, tuple[int, int]]] = []

    class Heavy(ScriptedPicture):
        def render(self, *_: object) -> "Heavy":
            raise AssertionError("scaled by the render thread")

    def paint(picture: Picture, at: float, size: tuple[int, int]) -> Picture:
        got.append((picture, at, size))
        return ScriptedPicture(at)

    taps = Taps(lambda *_: done.set(), paint)
    taps.watch(OVERLAY)
    picture = Heavy(0.0, 1920, 1080)
    taps.offer("overlay", picture, 1.5, 16 / 9)
    taps.start()
    assert done.wait(30)
    taps.close()
    assert got == [(picture, 1.5, (64, 36))]
    assert got[0][0] is picture
