"""Coded packets on their way to the publisher, and how they cross the pipe to its process.

Frames on the pipe: a 4-byte length and a JSON hello with a header blob behind it, once; then packets, each a
fixed head and its bytes. Both ends are ours, so nothing has to be probed, no time stamp is rounded to a
container's, and a stream whose sound stops holds nothing up.
"""

import struct
import time
from dataclasses import dataclass, field
from fractions import Fraction

VIDEO, AUDIO = 0, 1
VIDEO_RATE = 90_000
VIDEO_TIME_BASE = Fraction(1, VIDEO_RATE)
HELLO = struct.Struct("!II")
HEAD = struct.Struct("!BBqqqI")
"""Stream, keyframe, pts, dts, duration, size."""
AGAIN = b"\n"
"""To a publishing process that could not connect: try again."""


@dataclass(frozen=True, slots=True)
class Coded:
    """One packet; times in its stream's time base."""

    stream: int
    data: bytes
    pts: int
    dts: int
    duration: int
    keyframe: bool
    made: float = field(default_factory=time.monotonic, compare=False)
    """When, monotonic."""

    @property
    def starts_gop(self) -> bool:
        return self.stream == VIDEO and self.keyframe

    def parts(self) -> tuple[bytes, bytes]:
        """As it crosses the pipe: its head, and its bytes."""
        head = HEAD.pack(self.stream, self.keyframe, self.pts, self.dts, self.duration, len(self.data))
        return head, self.data
