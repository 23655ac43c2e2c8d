"""Where play is: measured on the recording, and written down; or read from a log."""

import math
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from ..camera.decision_lines import update_line
from ..camera.replay.entries import LoggedUpdate
from ..camera.replay.log import read_log
from ..errors import ConfigError, PluginError, VirtualPtzError
from ..model import WHOLE_FRAME, FrameRequest, TrackingUpdate, View
from ..protocols import Frame, TrackingSource
from ..wire.scale import fit_scale
from .ahead import Ahead
from .footage import Footage
from .progress import Progress

WARM_UP_SECONDS = 10.0
"""A detector that begins in the middle looks at so much before, to know what stands and who is who."""
FRAMES_AHEAD = 6
SLOT_TOLERANCE = 0.01
"""As a live job's: rounded time stamps must not move a picture into the slot before its own."""
FLUSH_SECONDS = 1.0


class Detection:
    """One detector on one recording; every picture that is due is looked at."""

    def __init__(self, name: str, source: TrackingSource, footage: Footage, file: Path) -> None:
        """Updates go into `file`, a line each. ConfigError for a source that looks at no pictures."""
        wanted = source.wants(footage.info)
        if wanted is None:
            raise ConfigError(f"{name} looks at no pictures: it cannot say where play is in a recording")
        self._name = name
        self._source = source
        self._footage = footage
        self._file = file
        self._wanted: FrameRequest = wanted
        self._shown = -math.inf
        """Stream time of the newest picture that the detector took."""
        self._known = self._last_known()
        self.frames = 0

    @property
    def known(self) -> float:
        """Stream time of what an earlier call has found last; minus infinity: it found nothing."""
        return self._known

    def run(self, since: float, until: float, progress: Progress) -> None:
        """Goes on behind the last line that is there. PluginError where the detector fails."""
        known = self._known
        begin = max(max(known, since) - WARM_UP_SECONDS, 0.0)
        frames = self._frames(begin, until)
        with self._file.open("ab") as file, Ahead("decode", frames, FRAMES_AHEAD) as ahead:
            try:
                self._write(self._updates(ahead), file, max(known, since - WARM_UP_SECONDS), since, progress)
            finally:
                self._source.close()
            file.flush()
            os.fsync(file.fileno())

    def _write(
        self,
        updates: Iterator[TrackingUpdate],
        file: BinaryIO,
        known: float,
        since: float,
        progress: Progress,
    ) -> None:
        flushed = time.monotonic()
        for update in updates:
            at = self._shown if update.frame_pts is None else update.frame_pts
            if at > known:
                line = update_line(update.model_copy(update={"frame_pts": at}), at)
                file.write(line.encode() + b"\n")
            if time.monotonic() > flushed + FLUSH_SECONDS:
                file.flush()
                flushed = time.monotonic()
            progress.reached(max(at - since, 0.0))

    def _updates(self, frames: Iterator[Frame]) -> Iterator[TrackingUpdate]:
        try:
            yield from self._source.updates(self._looked_at(frames))
        except VirtualPtzError:
            raise
        except OSError:
            raise
        except Exception as error:  # the boundary to a detector of others
            raise PluginError(f"detector {self._name}: {type(error).__name__}: {error}") from error

    def _looked_at(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame in frames:
            self._shown = frame.pts
            self.frames += 1
            yield frame

    def _frames(self, since: float, until: float) -> Iterator[Frame]:
        """As a live job hands them out: the first picture of each slot of time."""
        wanted, video = self._wanted, self._footage.info.video
        sample_aspect, last = float(video.sample_aspect), -1
        for seen in self._footage.pictures(since, until):
            slot = math.floor(seen.time * wanted.fps + SLOT_TOLERANCE)
            if slot == last:
                continue
            last, picture = slot, seen.picture
            aspect = picture.width * sample_aspect / picture.height
            size = fit_scale(f"{min(wanted.width, picture.width)}:-1", picture.width, picture.height, aspect)
            yield Frame(seen.time, picture.render(View(), WHOLE_FRAME, *size).to_array(*size))

    def _last_known(self) -> float:
        """Of the lines that are there, the last one's time; half a line at the end is cut off."""
        if not self._file.exists():
            return -math.inf
        with self._file.open("rb+") as file:
            data = file.read()
            whole = data.rfind(b"\n") + 1
            file.truncate(whole)
        if not whole:
            return -math.inf
        return max(each.at for each in read_updates(self._file))


def read_updates(path: Path, shift: float = 0.0) -> list[LoggedUpdate]:
    """A log's updates in order of time, each known as soon as its picture is: nobody waited for it.

    ConfigError for what is no log of tracking updates, or holds none.
    """
    if path.exists() and not path.stat().st_size:
        return []
    found = [update for section in read_log(path).sections for update in section.updates]
    return sorted((_placed(update, shift) for update in found), key=lambda each: each.at)


def _placed(update: LoggedUpdate, shift: float) -> LoggedUpdate:
    if not shift:
        return replace(update, arrived=update.at)
    moved = update.parse().model_copy(update={"frame_pts": update.at + shift})
    at = update.at + shift
    return replace(update, text=moved.model_dump_json().encode(), at=at, arrived=at)
