"""The render thread: every picture through the camera to the sink; while the source is away, the last one."""

import logging
import time
from dataclasses import dataclass

from ...camera.operator import CameraOperator
from ...errors import MediaError
from ...model import CropShape, MediaInfo, OutputSpec
from ...protocols import MediaBackend, MediaSink, Picture, SinkStats
from .feed import Feed, TimedItem, TimedPicture
from .progress import Progress, Pulse
from .taps import Taps

log = logging.getLogger(__name__)

HOLD_AFTER_SECONDS = 0.5
HOLD_AFTER_PICTURES = 3
"""Without a new picture for as long as this (the longer of the two) the last one is shown again."""
TURN_SECONDS = 5.0
"""A turn of the render loop that takes longer is a hang: the heartbeat stops and the agent acts."""


@dataclass(frozen=True)
class ProgramParts:
    """What the program is made of."""

    backend: MediaBackend
    operator: CameraOperator
    target: str
    output: OutputSpec


class Program:
    """One job's program output. Run by its owner's thread."""

    def __init__(self, parts: ProgramParts, feed: Feed, taps: Taps, progress: Progress) -> None:
        self._parts = parts
        self._feed = feed
        self._taps = taps
        self._progress = progress
        self._sink: MediaSink | None = None
        self._last: Picture | None = None
        self._last_time = 0.0
        self._last_moment = 0.0
        self._held: Picture | None = None
        self._interval = 1 / 30
        self._aspect = 1.0
        self._shape = CropShape()
        self.pulse = Pulse(TURN_SECONDS)

    def run(self) -> None:
        """Until the feed ends; then the sink is drained and closed. MediaError where it cannot go on."""
        try:
            while not self._feed.ended:
                self.pulse.rest()
                item = self._feed.get(self._patience())
                self.pulse.beat()
                if item is not None:
                    self._show(item)
                elif self._last is not None and not self._feed.ended:
                    self._hold(self._last)
        finally:
            self._progress.phase = "draining"
            self.pulse.rest()
            if self._sink is not None:
                self._sink.close()

    @property
    def sink_stats(self) -> SinkStats:
        return SinkStats() if self._sink is None else self._sink.stats

    def _patience(self) -> float | None:
        """Seconds to wait for the next item before the last picture is shown again."""
        if self._last is None:
            return None
        patience = max(HOLD_AFTER_SECONDS, HOLD_AFTER_PICTURES * self._interval)
        wait = self._interval if self._held is not None else patience
        return max(0.0, self._last_moment + wait - time.monotonic())

    def _show(self, item: TimedItem) -> None:
        if isinstance(item, TimedPicture):
            if self._last is not None and item.time <= self._last_time:
                self._progress.drop()
                return
            self._held = None
            self._render(item.item, item.time)
        elif self._sink is not None:
            self._sink.write(item.item, item.time)

    def _hold(self, picture: Picture) -> None:
        now = time.monotonic()
        at = self._last_time + max(now - self._last_moment, self._interval / 2)
        self._held = picture
        self._progress.frames_held += 1
        self._render(picture, at)

    def _render(self, picture: Picture, at: float) -> None:
        output = self._parts.output
        sink = self._open_sink()
        if self._last is None or (picture.width, picture.height) != (self._last.width, self._last.height):
            self._reshape(picture)
        view = self._parts.operator.view_at(at)
        shown = picture.render(view, self._shape, output.width, output.height)
        sink.write(shown, at)
        self._taps.offer("program", shown, at, output.width / output.height)
        self._last, self._last_time, self._last_moment = picture, at, time.monotonic()
        self._progress.pts_out = at
        self._progress.frames_out += 1
        self._progress.rate_out.count()

    def _reshape(self, picture: Picture) -> None:
        media = self._media()
        output = self._parts.output
        self._aspect = picture.width * float(media.video.sample_aspect) / picture.height
        self._shape = CropShape.fit(self._aspect, output.width / output.height)
        self._interval = float(1 / media.video.frame_rate)
        self._parts.operator.reshape(self._shape, self._aspect)

    def _open_sink(self) -> MediaSink:
        if self._sink is None:
            media = self._media()
            self._sink = self._parts.backend.open_sink(self._parts.target, self._parts.output, media)
        return self._sink

    def _media(self) -> MediaInfo:
        media = self._progress.media
        if media is None:
            raise MediaError("a picture came before its source was described", retryable=False)
        return media
