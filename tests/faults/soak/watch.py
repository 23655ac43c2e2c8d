"""A viewer who watches for days: keeps what is wrong, forgets the pictures."""

import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

import av.error

from ...media.watch import FLASH_MEAN, Recording, Seen, decode

GAP_SECONDS = 1.0
"""Without a fresh picture: shorter is a stall that nobody need explain."""
SETTLED_SECONDS = 5.0
"""A player that has just joined catches up first."""
BREAK_SECONDS = 1.0
"""The stream's time and ours go apart by so much at once: another stream, whose clock began elsewhere."""
NEAR_SECONDS = 0.4
JUDGED_SECONDS = 1.0
"""After a flash its beep is there, if there is one."""
AGAIN_SECONDS, JOIN_SECONDS = 0.3, 60.0


@dataclass
class Watch:
    """Joins again for as long as it is not closed. What it has found may be read at any time."""

    url: str
    pictures: int = 0
    gaps: list[tuple[float, float]] = field(default_factory=list)
    """From one fresh picture to the next, monotonic time, where that took long."""
    stretches: list[list[tuple[float, float]]] = field(default_factory=list)
    """Of each connection and stream: once a second, when, and how far our clock is ahead of its own."""
    offsets: list[float] = field(default_factory=list)
    """By how much a beep came after its flash, seconds."""
    joins: int = 0
    fresh_at: float = 0.0
    """When the newest fresh picture came."""
    _count: int | None = None
    _joined_at: float = 0.0
    _lit: bool = True
    _flashes: deque[float] = field(default_factory=deque)
    _seen: threading.Event = field(default_factory=threading.Event)
    _leave: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Returns when there is something to see."""
        self._thread = threading.Thread(target=self._watch, name="soak viewer", daemon=True)
        self._thread.start()
        assert self._seen.wait(JOIN_SECONDS), "no program to be seen"

    def close(self) -> None:
        self._leave.set()
        self._thread.join(40)
        self._note_gap(time.monotonic())

    def _watch(self) -> None:
        while not self._leave.is_set():
            self._joined_at, self._lit = time.monotonic(), True
            self.joins += 1
            self._flashes.clear()
            # Not on air, or cut: what that comes to is in the gaps.
            with suppress(OSError, av.error.FFmpegError):
                decode(self.url, stop=self._step, options={"rw_timeout": "5000000"})
            self._leave.wait(AGAIN_SECONDS)

    def _step(self, recording: Recording) -> bool:
        for frame in recording.frames:
            self._see(frame)
        while (
            self._flashes
            and recording.frames
            and recording.frames[-1].pts > self._flashes[0] + JUDGED_SECONDS
        ):
            self._judge(self._flashes.popleft(), recording.beeps)
        recording.frames.clear()
        recording.sounds.clear()
        del recording.beeps[:-8]
        return self._leave.is_set()

    def _see(self, frame: Seen) -> None:
        self.pictures += 1
        if frame.count is not None and frame.count != self._count:
            self._count = frame.count
            if self._seen.is_set():
                self._note_gap(frame.arrived)
            self.fresh_at = frame.arrived
            self._seen.set()
        lit = frame.brightness > FLASH_MEAN
        if lit and not self._lit:
            self._flashes.append(frame.pts)
        self._lit = lit
        if frame.arrived > self._joined_at + SETTLED_SECONDS:
            self._clock(frame.arrived, frame.arrived - frame.pts)

    def _note_gap(self, until: float) -> None:
        if until - self.fresh_at > GAP_SECONDS:
            self.gaps.append((self.fresh_at, until))

    def _clock(self, at: float, ahead: float) -> None:
        """Of each second the least: a picture may come late, and never early."""
        last = self.stretches[-1] if self.stretches else []
        apart = not last or last[-1][0] < self._joined_at or abs(ahead - last[-1][1]) > BREAK_SECONDS
        if apart:
            self.stretches.append([(at, ahead)])
        elif at >= last[-1][0] + 1:
            last.append((at, ahead))
        elif ahead < last[-1][1]:
            last[-1] = (last[-1][0], ahead)

    def _judge(self, flash: float, beeps: list[float]) -> None:
        near = [beep - flash for beep in beeps if abs(beep - flash) <= NEAR_SECONDS]
        self.offsets.extend(sorted(near, key=abs)[:1])
