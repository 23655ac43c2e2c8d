"""The render thread: every picture through the camera to the sink; while the source is away, the last one."""

import logging
import math
import time
from dataclasses import dataclass, replace

from ...camera.operator import CameraOperator
from ...errors import MediaError
from ...model import AudioInfo, CropShape, MediaInfo, OutputSpec
from ...protocols import AudioPacket, MediaBackend, MediaSink, Picture, SinkStats
from .feed import Feed
from .hush import Hush
from .progress import Progress, Pulse
from .slate import Slate, SlateKeeper
from .taps import Taps
from .timed import Due, TimedPicture

log = logging.getLogger(__name__)

HOLD_AFTER_SECONDS = 0.5
HOLD_AFTER_PICTURES = 3
"""Without a new picture for as long as this (the longer of the two) the last one is shown again."""
KEEP_AFTER_SECONDS = 2.0
"""A picture that is held for as long as this is written down: a link that stumbles writes nothing."""
SLATE_AFTER_SECONDS = 2.0
"""Without a picture of the camera for as long as this, or when it could not be opened, the slate is shown."""
SLATE_LOOK_SECONDS = 0.05
SILENT_AFTER_SECONDS = 1.5
"""Live sound that is this far behind the pictures is taken to have stopped: silence is sent in its place."""
NO_SOUND_YET = AudioInfo("aac", 48_000, 2)
"""What a live program has before its source has any: it cannot be announced later."""
TURN_SECONDS = 5.0
"""A turn of the render loop that takes longer is a hang: the heartbeat stops and the agent acts."""


@dataclass(frozen=True)
class ProgramParts:
    """What the program is made of."""

    backend: MediaBackend
    operator: CameraOperator
    target: str
    output: OutputSpec
    slate: Slate | None = None
    """On air until the source has sent a picture."""
    keeper: SlateKeeper | None = None


class Program:
    """One job's program output. Run by its owner's thread."""

    def __init__(self, parts: ProgramParts, feed: Feed, taps: Taps, progress: Progress) -> None:
        self._parts = parts
        self._feed = feed
        self._taps = taps
        self._progress = progress
        self._sink: MediaSink | None = None
        self._hush: Hush | None = None
        """None: the program has no sound."""
        self._last: Picture | None = None
        self._shown: Picture | None = None
        """The last one as it was published."""
        self._last_time = 0.0
        self._last_at = 0.0
        """The same in program time."""
        self._last_moment = 0.0
        self._held = False
        self._keep_at = math.inf
        """When the held picture is to be written down, monotonic."""
        self._interval = 1 / 30
        self._aspect = 1.0
        self._shape = CropShape()
        self.pulse = Pulse(TURN_SECONDS)

    def run(self) -> None:
        """Until the feed ends; then the sink is drained and closed. MediaError where it cannot go on."""
        try:
            while not self._feed.ended:
                self.pulse.rest()
                due = self._feed.get(self._patience())
                self.pulse.beat()
                if due is not None:
                    self._show(due)
                elif not self._feed.ended:
                    self._stand_by()
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
        if self._shown is None:
            return None if self._parts.slate is None else SLATE_LOOK_SECONDS
        patience = max(HOLD_AFTER_SECONDS, HOLD_AFTER_PICTURES * self._interval)
        wait = self._interval if self._held else patience
        return max(0.0, self._last_moment + wait - time.monotonic())

    def _show(self, due: Due) -> None:
        timed = due.timed
        if isinstance(timed, TimedPicture):
            if self._shown is not None and (due.at <= self._last_at or timed.time <= self._last_time):
                # Pictures come, if late ones: holding the last one now would keep them late for ever.
                self._held, self._last_moment = False, time.monotonic()
                self._progress.drop()
                return
            self._held = False
            self._render(timed.item, timed.time, due.at)
            if self._media().live:
                self._silence(due.at - SILENT_AFTER_SECONDS)
        else:
            self._sound(timed.item, due.at)

    def _sound(self, sound: AudioPacket, at: float) -> None:
        if self._sink is None or self._hush is None or not self._hush.takes(at):
            return
        if (silence := self._hush.before(at)) is not None:
            self._sink.write(silence, silence.pts)
        self._sink.write(sound, at)
        self._hush.heard(sound, at)

    def _stand_by(self) -> None:
        """Nothing is due, and has not been for a while."""
        if self._last is not None:
            self._hold(self._last)
        elif (slate := self._parts.slate) is not None and (self._shown is not None or self._is_away(slate)):
            self._show_slate(slate)

    def _is_away(self, slate: Slate) -> bool:
        """A camera that answers is waited for: what it sends is on air soon, and the slate is older."""
        progress = self._progress
        silent = progress.frames_in == 0 and time.monotonic() - slate.born > SLATE_AFTER_SECONDS
        return silent or progress.source_attempts > 0

    def _show_slate(self, slate: Slate) -> None:
        """As late as the source's pictures will be, so that the first of them is not behind it; where the
        look-ahead changes, by a shift."""
        now = time.monotonic()
        if self._shown is None:
            self._feed.begun()
            self._interval = float(1 / slate.media.video.frame_rate)
        lookahead, shift = self._feed.clock
        seen = slate.time(now) - lookahead
        at = seen + shift
        self._held = True
        if self._shown is None or at > self._last_at:
            self._progress.frames_held += 1
            self._publish(slate.picture, seen, at)
        # What coding it took is time too.
        self._last_moment = now
        output = self._parts.output
        self._taps.offer("program", slate.picture, at, output.width / output.height)
        self._silence(at)

    def _hold(self, picture: Picture) -> None:
        """Stream time goes on while the source is away, and stands while the look-ahead grows."""
        step = max(time.monotonic() - self._last_moment, self._interval / 2)
        at, moment = self._last_at + step, self._last_moment + step
        seen = at - self._feed.shift
        if not self._held:
            self._keep_at = time.monotonic() + KEEP_AFTER_SECONDS
        elif self._shown is not None and time.monotonic() >= self._keep_at:
            self._keep_at = math.inf
            self._keep(self._shown, at_once=True)
        self._held = True
        self._feed.ran_dry()
        self._progress.frames_held += 1
        if seen > self._last_time or self._shown is None:
            self._render(picture, seen, at)
        else:
            self._publish(self._shown, self._last_time, at)
        # What the rendering took is time too: over minutes, the program would fall behind by seconds.
        self._last_moment = moment
        self._silence(at)

    def _silence(self, at: float) -> None:
        """Where there is no sound up to that time."""
        silence = None if self._hush is None else self._hush.until(at)
        if self._sink is not None and silence is not None:
            self._sink.write(silence, silence.pts)

    def _render(self, picture: Picture, seen: float, at: float) -> None:
        """`seen`: the picture's stream time; `at`: its program time."""
        if self._last is None or (picture.width, picture.height) != (self._last.width, self._last.height):
            self._reshape(picture)
        begun = time.monotonic()
        output = self._parts.output
        view = self._parts.operator.view_at(seen)
        shown = picture.render(view, self._shape, output.width, output.height)
        self._last = picture
        self._publish(shown, seen, at)
        self._keep(shown)
        self._progress.took_encode.took(self._last_moment - begun)
        self._taps.offer("program", shown, seen, output.width / output.height)
        self._taps.offer("overlay", picture, seen, self._aspect)

    def _publish(self, shown: Picture, seen: float, at: float) -> None:
        self._open_sink(at).write(shown, at)
        self._shown, self._last_time, self._last_at = shown, seen, at
        self._last_moment = time.monotonic()
        self._progress.pts_out, self._progress.program_at = seen, at
        self._progress.frames_out += 1
        self._progress.rate_out.count()

    def _keep(self, shown: Picture, *, at_once: bool = False) -> None:
        if self._parts.keeper is not None:
            self._parts.keeper.offer(shown, self._media(), at_once=at_once)

    def _reshape(self, picture: Picture) -> None:
        media = self._media()
        output = self._parts.output
        self._aspect = picture.width * float(media.video.sample_aspect) / picture.height
        self._shape = CropShape.fit(self._aspect, output.width / output.height)
        self._interval = float(1 / media.video.frame_rate)
        self._parts.operator.reshape(self._shape, self._aspect)

    def _open_sink(self, at: float) -> MediaSink:
        if self._sink is None:
            media = self._media()
            if media.live and media.audio is None:
                media = replace(media, audio=NO_SOUND_YET)
            self._sink = self._parts.backend.open_sink(self._parts.target, self._parts.output, media)
            if media.audio is not None:
                self._hush = Hush(self._parts.backend, media.audio, begin_at=at)
        return self._sink

    def _media(self) -> MediaInfo:
        media = self._progress.media
        if media is None and self._parts.slate is not None:
            media = self._parts.slate.media
        if media is None:
            raise MediaError("a picture came before its source was described", retryable=False)
        return media
