"""The bounded queue between encoder and publisher: whole GOPs, newest first to be kept."""

import threading
from collections import deque
from dataclasses import dataclass, field

from .coded import VIDEO, Coded

MAX_BYTES = 64 << 20
EARLY_PACKETS = 200
MOST_AT_ONCE = 8
"""Packets: a picture, and the sound that has waited for it."""


@dataclass
class _Gop:
    packets: list[Coded] = field(default_factory=list)
    size: int = 0

    def add(self, packet: Coded) -> None:
        self.packets.append(packet)
        self.size += len(packet.data)


class GopQueue:
    """One writer, one reader.

    The reader gets packets in order, always from a keyframe on. When more than `seconds` of video or
    `max_bytes` wait, the oldest whole GOPs go and are counted. The GOP that the reader is in is kept until it
    is through, so that a new reader (`rewind`) can begin at once, at the newest keyframe that is there.
    """

    def __init__(self, seconds: float, video_ticks: int, max_bytes: int = MAX_BYTES) -> None:
        self._limit_ticks = seconds * video_ticks
        self._max_bytes = max_bytes
        self._condition = threading.Condition()
        self._gops: deque[_Gop] = deque()
        self._early: deque[Coded] = deque(maxlen=EARLY_PACKETS)
        self._started = False
        self._position = 0
        self._closed = False
        self._dropped = 0

    @property
    def dropped(self) -> int:
        return self._dropped

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def empty(self) -> bool:
        with self._condition:
            return not self._available()

    def put(self, packet: Coded) -> None:
        with self._condition:
            if packet.starts_gop and not self._closed:
                self._gops.append(_Gop())
                self._started = True
            if self._closed or not self._gops:
                self._keep_early(packet)
                return
            self._gops[-1].add(packet)
            self._take_early()
            self._trim(packet)
            if packet.stream == VIDEO:
                # Sound goes with the next picture: the muxer waits for that one anyway.
                self._condition.notify()

    def get(self, timeout: float) -> list[Coded]:
        """The next packets, all of one GOP; none after `timeout` seconds without, or closed and empty."""
        with self._condition:
            if not self._available() and not self._closed:
                self._condition.wait(timeout)
            if not self._available():
                return []
            if self._position >= len(self._gops[0].packets):
                self._gops.popleft()
                self._position = 0
            packets = self._gops[0].packets[self._position : self._position + MOST_AT_ONCE]
            self._position += len(packets)
            return packets

    def rewind(self) -> None:
        """For a new reader: begin again with the first GOP that is still here."""
        with self._condition:
            self._position = 0

    def close(self) -> None:
        """No more comes; what is here can still be had."""
        with self._condition:
            self._closed = True
            self._condition.notify()

    def discard(self) -> None:
        """Close, and count what nobody has taken as dropped."""
        with self._condition:
            self._closed = True
            self._dropped += sum(len(gop.packets) for gop in self._gops) - self._position
            self._gops.clear()
            self._position = 0
            self._condition.notify()

    def _keep_early(self, packet: Coded) -> None:
        if self._started or self._closed or packet.stream == VIDEO:
            self._dropped += 1
            return
        self._dropped += len(self._early) == self._early.maxlen
        self._early.append(packet)

    def _take_early(self) -> None:
        """Sound comes before the first picture, by the encoder's delay: it goes behind the keyframe, whose
        decoding time lies before it. A muxer that got the sound first would move or refuse the pictures."""
        for packet in self._early:
            self._gops[-1].add(packet)
        self._early.clear()

    def _available(self) -> bool:
        if not self._gops:
            return False
        return self._position < len(self._gops[0].packets) or len(self._gops) > 1

    def _trim(self, newest: Coded) -> None:
        while self._too_much(newest):
            gone = self._gops.popleft()
            self._dropped += len(gone.packets) - self._position
            self._position = 0

    def _too_much(self, newest: Coded) -> bool:
        if not self._gops or not self._gops[0].packets:
            return False
        if sum(gop.size for gop in self._gops) > self._max_bytes:
            return True
        waiting = newest.dts - self._gops[0].packets[0].dts
        return newest.stream == VIDEO and len(self._gops) > 1 and waiting > self._limit_ticks
