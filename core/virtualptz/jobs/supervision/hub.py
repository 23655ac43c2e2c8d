"""Frames for viewers: one tap in the job's process for all who want the same, newest frame wins.

A viewer has a slot for one frame, never a queue: a slow one skips frames and sees the newest. One that
takes none at all while new ones come gives its place up, since its reader is gone or stuck.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from time import monotonic

from ...wire.view import ViewValue
from ..messages import SHARED, Aim, FrameHeader, Unwatch, Watch
from ..status import FrameStreamRequest, JpegFrame
from .link import Link

PATIENCE_SECONDS = 5.0


class FrameStream(AsyncIterator[JpegFrame]):
    """One viewer's frames. Ends with its job; `close()` gives its place to another."""

    def __init__(self, tap: "Tap") -> None:
        self._tap = tap
        self._slot: JpegFrame | None = None
        self._filled_at = 0.0
        self._changed = asyncio.Event()
        self._closed = False

    def offer(self, frame: JpegFrame, now: float) -> None:
        if self._slot is None:
            self._filled_at = now
        elif now - self._filled_at > PATIENCE_SECONDS:
            self.close()
            return
        else:
            self._tap.hub.skipped[self._tap.owner] += 1
        self._slot = frame
        self._changed.set()

    async def __anext__(self) -> JpegFrame:
        await self._changed.wait()
        frame, self._slot = self._slot, None
        if frame is None or self._closed:
            raise StopAsyncIteration
        self._changed.clear()
        return frame

    def close(self) -> None:
        """End the stream at once; safe to call twice."""
        if not self._closed:
            self._closed = True
            self._slot = None
            self._changed.set()
            self._tap.leave(self)

    async def aclose(self) -> None:
        self.close()


@dataclass(eq=False)
class Tap:
    """What one kind of viewer of one job sees."""

    hub: "Hub"
    name: str
    owner: str
    request: FrameStreamRequest
    view: ViewValue | None
    viewers: set[FrameStream] = field(default_factory=set)

    def join(self) -> FrameStream:
        stream = FrameStream(self)
        self.viewers.add(stream)
        return stream

    def leave(self, stream: FrameStream) -> None:
        self.viewers.discard(stream)
        if not self.viewers:
            self.hub.drop(self)

    def offer(self, frame: JpegFrame) -> None:
        now = monotonic()
        for stream in tuple(self.viewers):
            stream.offer(frame, now)

    def close(self) -> None:
        for stream in tuple(self.viewers):
            stream.close()

    def watch(self) -> Watch:
        request = self.request
        return Watch(
            tap=self.name,
            of=request.of,
            view=self.view,
            scale=request.scale,
            fps=request.fps,
            quality=request.quality,
        )


class Hub:
    """The taps of one job process, whether it is there at the moment or not."""

    def __init__(self) -> None:
        self._taps: dict[str, Tap] = {}
        self._link: Link | None = None
        self._draws = False
        """Whether the process has said that it draws overlays."""
        self.skipped: Counter[str] = Counter()
        """Frames that a viewer had no room for, by the job that is watched."""

    @property
    def viewers(self) -> int:
        return sum(len(tap.viewers) for tap in self._taps.values())

    def viewers_of(self, owner: str) -> int:
        """Open streams of one job that is watched here."""
        return sum(len(tap.viewers) for tap in self._of(owner))

    def connect(self, link: Link | None) -> None:
        """A process is there to ask, which knows nothing of the taps yet; None: it is gone."""
        self._link, self._draws = link, False
        for tap in self._taps.values():
            self._send(tap.watch())

    def draws(self, able: bool) -> None:
        """The process has said whether it draws overlays: one that does not would not understand the wish."""
        overlays = [tap for tap in self._taps.values() if tap.request.of == "overlay"]
        if able and not self._draws:
            self._draws = True
            for tap in overlays:
                self._send(tap.watch())
        elif not able:
            for tap in overlays:
                tap.close()

    def join(self, owner: str, request: FrameStreamRequest, view: ViewValue | None) -> FrameStream:
        """A new viewer. `owner` is the job that is watched, which need not be the process's own."""
        name = _name(owner, request, through_view=view is not None)
        tap = self._taps.get(name)
        if tap is None:
            tap = Tap(self, name, owner, request, view)
            self._take(tap)
        return tap.join()

    def aim(self, owner: str, view: ViewValue) -> None:
        for tap in self._of(owner):
            if tap.view is not None:
                tap.view = view
                self._send(Aim(tap=tap.name, view=view))

    def deliver(self, header: FrameHeader, jpeg: bytes) -> None:
        if tap := self._taps.get(header.tap):
            tap.offer(JpegFrame(header.pts, header.width, header.height, jpeg, header.place))

    def move(self, owner: str, other: "Hub") -> None:
        """Let a job's viewers see it through another process from now on."""
        for tap in self._of(owner):
            self.drop(tap)
            other._take(tap)
        other.skipped[owner] += self.skipped.pop(owner, 0)

    def end(self, owner: str | None = None) -> None:
        """End the streams of one job that is watched here, or of all."""
        for tap in self._of(owner):
            tap.close()

    def drop(self, tap: Tap) -> None:
        if self._taps.pop(tap.name, None) is not None:
            self._send(Unwatch(tap=tap.name))

    def _take(self, tap: Tap) -> None:
        tap.hub = self
        self._taps[tap.name] = tap
        self._send(tap.watch())

    def _of(self, owner: str | None) -> list[Tap]:
        return [tap for tap in self._taps.values() if owner is None or tap.owner == owner]

    def _send(self, command: Watch | Aim | Unwatch) -> None:
        too_new = isinstance(command, Watch) and command.of == "overlay" and not self._draws
        if self._link is not None and not too_new:
            self._link.send(command)


def _name(owner: str, request: FrameStreamRequest, *, through_view: bool) -> str:
    kind = "view" if through_view else request.of
    return f"{owner}/{kind}/{request.scale}/{request.fps:g}/{request.quality}" + (
        SHARED if request.shared else ""
    )
