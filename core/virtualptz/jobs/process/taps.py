"""Taps on the one decode: JPEGs of source or program for whoever watches, and for nobody else."""

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from ...model import WHOLE_FRAME, CropShape, View
from ...protocols import Picture
from ...tracking.shared_frames import FrameRing, SharedFramesError
from ...wire.scale import fit_scale
from ...wire.view import ViewValue
from ..messages import FrameHeader, TapOf, Watch

log = logging.getLogger(__name__)

Paint = Callable[[Picture, float, tuple[int, int]], Picture]
"""Draws the overlay on the picture of a stream time, scaled to width x height."""
Send = Callable[[FrameHeader, bytes], None]
MOST_PIXELS = 1280 * 720
"""Of a tap that is larger than its source, and of an overlay: more would be had at the program's cost, or at
the detector's."""
SLOT_TOLERANCE = 0.01
"""Rounded time stamps must not move a picture into the slot before its own."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A picture, cropped as its tap wants it, its stream time, and the size that it is to have."""

    picture: Picture
    at: float
    size: tuple[int, int]


@dataclass
class Tap:
    """One watcher's wish, and the newest picture that is due for it."""

    watch: Watch
    view: View | None
    slot: int = -1
    """The last one served: `fps` slots a second of stream time, one picture each."""
    waiting: Waiting | None = None
    ring: FrameRing | None = None
    """Goes with the tap: its memory is freed when nobody has it any more."""
    no_room: bool = False

    def is_due(self, at: float) -> bool:
        slot = math.floor(at * self.watch.fps + SLOT_TOLERANCE)
        due, self.slot = slot > self.slot, max(slot, self.slot)
        return due

    def share(self, picture: Picture, size: tuple[int, int]) -> str:
        """Put it where a detector on this machine can read it; the place, or "" where it is to be a JPEG."""
        if not self.watch.shared or self.no_room:
            return ""
        try:
            if self.ring is None or self.ring.size != size:
                self.ring = FrameRing(*size)
            return str(self.ring.write(picture.to_array(*size)))
        except SharedFramesError as error:
            log.warning("tap %s: %s; its pictures are JPEGs", self.watch.tap, error)
            self.ring, self.no_room = None, True
            return ""


@dataclass
class Taps:
    """Takes pictures from the source and render threads, encodes the due ones in its own thread.

    Each tap holds one picture, the newest: a slow encoder skips pictures, it never lags.
    """

    send: Send
    paint: Paint | None = None
    """None: this job has no overlay."""
    _taps: dict[str, Tap] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closed: bool = False
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="taps", daemon=True)
        self._thread.start()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=2.0)

    def watch(self, wish: Watch) -> None:
        with self._changed:
            self._taps[wish.tap] = Tap(wish, _view(wish.view))

    def aim(self, tap: str, view: ViewValue) -> None:
        with self._changed:
            if tap in self._taps:
                self._taps[tap].view = _view(view)

    def unwatch(self, tap: str) -> None:
        with self._changed:
            self._taps.pop(tap, None)

    def clear(self) -> None:
        """The agent went away, and its viewers with it."""
        with self._changed:
            self._taps.clear()

    def offer(self, of: TapOf, picture: Picture, at: float, aspect: float) -> None:
        """A picture of stream time `at`, to be shown at `aspect`; cheap where nobody waits for it.

        It is scaled where it is coded, or drawn on: in one go, which costs less than a pass in the caller's
        thread, whose time belongs to the program. Only what is seen through a view is cropped here.
        """
        if not self._taps:
            return
        with self._changed:
            due = [tap for tap in self._taps.values() if tap.watch.of == of and tap.is_due(at)]
        for tap in due:
            waiting = _waiting(picture, at, tap, aspect)
            with self._changed:
                tap.waiting = waiting
                self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._closed or any(tap.waiting for tap in self._taps.values())
                )
                if self._closed:
                    return
                work = [(tap, tap.waiting) for tap in self._taps.values() if tap.waiting]
                for tap in self._taps.values():
                    tap.waiting = None
            # A detector waits for its pictures, people do not notice.
            work.sort(key=lambda each: each[0].watch.of == "overlay")
            for tap, waiting in work:
                self._encode(tap, waiting)

    def _encode(self, tap: Tap, waiting: Waiting) -> None:
        wish = tap.watch
        try:
            picture = self._painted(waiting) if wish.of == "overlay" else waiting.picture
            place = tap.share(picture, waiting.size)
            jpeg = b"" if place else picture.to_jpeg(*waiting.size, wish.quality)
        except Exception:  # a plug-in's own: it costs this watcher its frames, and nobody else anything
            log.exception("tap %s: no JPEG of a picture; the tap is closed", wish.tap)
            self.unwatch(wish.tap)
            return
        self.send(FrameHeader(wish.tap, waiting.at, *waiting.size, place), jpeg)

    def _painted(self, waiting: Waiting) -> Picture:
        if self.paint is None:
            raise ValueError("this job has no overlay")
        return self.paint(waiting.picture, waiting.at, waiting.size)


def _waiting(picture: Picture, at: float, tap: Tap, aspect: float) -> Waiting:
    scale, own = tap.watch.scale, picture.width * picture.height
    most = MOST_PIXELS if tap.watch.of == "overlay" else max(MOST_PIXELS, own)
    size = width, height = _size(scale, picture, aspect, most)
    if tap.view is not None and tap.watch.of != "overlay":
        shape = CropShape.fit(aspect, width / height) if "-1" not in scale else WHOLE_FRAME
        picture = picture.render(tap.view.inside(shape), shape, width, height)
    return Waiting(picture, at, size)


def _size(scale: str, picture: Picture, aspect: float, most_pixels: int) -> tuple[int, int]:
    """What `scale` means, or the largest of its shape that is allowed."""
    width, height = fit_scale(scale, picture.width, picture.height, aspect)
    if width * height <= most_pixels:
        return width, height
    shrunk = math.sqrt(most_pixels / (width * height))
    return fit_scale(f"{math.floor(width * shrunk)}:{math.floor(height * shrunk)}", width, height, aspect)


def _view(value: ViewValue | None) -> View | None:
    return None if value is None else View(value.center_x, value.center_y, value.zoom)
