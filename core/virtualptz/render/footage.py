"""The recording: its pictures with their stream time, from any place on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from ..errors import MediaError
from ..jobs.process.timeline import Timeline
from ..model import MediaInfo, SourceOptions
from ..protocols import MediaBackend, MediaSource, Picture

BEFORE_SECONDS = 2.0
"""A file's own time may begin before its first picture, and a decoder is sure of its pictures after some."""
DIGITS = 6
"""Of stream time: whoever begins in the middle comes to the same numbers."""


@dataclass(frozen=True, slots=True)
class Place:
    """A picture that is done with."""

    time: float
    breaks: int
    """How often the source's clock had jumped by then: what follows cannot be told by time."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A decoded picture."""

    picture: Picture
    time: float
    """Seconds of stream time."""
    zero: float
    """The source's own time at stream time 0, as its clock goes here."""
    breaks: int

    @property
    def place(self) -> Place:
        return Place(self.time, self.breaks)


@dataclass(frozen=True)
class Footage:
    """Stream time is that of the file: 0 is its first picture, wherever one begins."""

    backend: MediaBackend
    source: str
    info: MediaInfo
    first_pts: float
    """The source's own time at stream time 0."""

    @classmethod
    def of(cls, backend: MediaBackend, source: str) -> "Footage":
        """Raises MediaError for what is no recording with pictures."""
        opened = backend.open_source(source, SourceOptions(audio=False))
        try:
            while (item := opened.read()) is not None:
                if hasattr(item, "render"):
                    return cls(backend, source, opened.info, item.pts)
            raise MediaError(f"{source}: there is no picture in it", retryable=False)
        finally:
            opened.close()

    def pictures(self, since: float, until: float, after: Place | None = None) -> Iterator[Seen]:
        """Those from `since` to before `until`; `after`: only those behind this one."""
        wanted = since if after is None else max(after.time, since)
        seek = max(wanted - BEFORE_SECONDS, 0.0) if after is None or not after.breaks else 0.0
        pictures = self._from(seek)
        first = next(pictures, None)
        if seek and (first is None or first.time > wanted):
            pictures = self._from(0.0)  # its index leads astray
            first = next(pictures, None)
        while first is not None and first.time < until:
            if first.time >= since and (after is None or first.time > after.time):
                yield first
            first = next(pictures, None)

    def _from(self, seconds: float) -> Iterator[Seen]:
        options = SourceOptions(start_seconds=seconds, audio=False)
        source = self.backend.open_source(self.source, options)
        try:
            yield from self._read(source)
        finally:
            source.close()

    def _read(self, source: MediaSource) -> Iterator[Seen]:
        timeline: Timeline | None = None
        while (item := source.read()) is not None:
            if not hasattr(item, "render"):
                continue
            if timeline is None:
                interval = float(1 / source.info.video.frame_rate)
                timeline = Timeline(interval, begin_at=item.pts - self.first_pts)
            # Nobody waited for the pictures: as long as the source's clock goes on, it is right.
            time = timeline.picture(item.pts, item.pts)
            if time is not None:
                yield Seen(cast("Picture", item), round(time, DIGITS), item.pts - time, timeline.breaks)
