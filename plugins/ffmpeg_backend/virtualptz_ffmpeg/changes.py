"""What a connection carries that it did not begin with: another codec, or a stream that was not there.

FFmpeg's libraries go on as they were opened: a decoder is fed what is not for it, packets of a new stream go
nowhere, and nothing of it is said. So it is seen here, for the source to be opened again.
"""

import io
from collections.abc import Callable
from functools import cache

import av
from av.container import InputContainer
from av.stream import Stream

from virtualptz.errors import MediaChangedError

IN_A_ROW = 3
"""Packets that begin as those of another codec do; fewer are damage."""
START_CODES = (b"\0\0\0\1", b"\0\0\1")
MOST_STREAMS = 64
_H264_UNITS = frozenset(
    {0x01, 0x21, 0x41, 0x61, 0x25, 0x45, 0x65, 0x06, 0x09, 0x27, 0x47, 0x67, 0x28, 0x48, 0x68}
)
"""Slices, their parameter sets and what may come before them, each with the importance that it can have."""
_HEVC_UNITS = frozenset({*range(10), *range(16, 22), *range(32, 36), 39, 40})


def video_codec(data: bytes, now: str) -> str | None:
    """`h264` or `hevc`, by the first unit of a picture in Annex B's format; in doubt `now`, None: neither."""
    start = next((len(code) for code in START_CODES if data.startswith(code)), None)
    if start is None or len(data) < start + 2:
        return None
    first, second = data[start : start + 2]
    fits = {
        "h264": first in _H264_UNITS,
        "hevc": not first & 0x81 and second & 0xF8 == 0 < second and first >> 1 in _HEVC_UNITS,
    }
    return now if fits.get(now) else next((codec for codec, fit in fits.items() if fit), None)


def audio_codec(data: bytes, now: str) -> str | None:
    """By the sync word of a piece of sound, which all of MPEG-TS's have; None: none that is known."""
    if data[:2] == b"\x0b\x77":
        return now if now in ("ac3", "eac3") else "ac3"
    if len(data) < 2 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return None
    return ("aac", "mp3", "mp2", "mp1")[data[1] >> 1 & 3]


class Codec:
    """Looks at the packets of one stream of MPEG-TS."""

    def __init__(self, name: str, told: Callable[[bytes, str], str | None]) -> None:
        self._name = name.removesuffix("float")
        self._told = told
        self._others = 0
        self._known = (told is video_codec and name in ("h264", "hevc")) or told is audio_codec

    def look(self, packet: "av.Packet[Stream]") -> None:
        """Raises MediaChangedError where the stream has another codec by now."""
        if not self._known or not packet.size:
            return
        found = self._told(bytes(memoryview(packet)[:8]), self._name)
        self._others = self._others + 1 if found not in (None, self._name) else 0
        if self._others >= IN_A_ROW:
            raise MediaChangedError(f"the source has changed from {self._name} to {found}")


def has_grown(container: InputContainer) -> bool:
    """Whether there are streams by now that `container.streams` does not know.

    Nothing tells their number but the complaint of `demux` about one that is out of range; nothing is read.
    """
    known = len(container.streams)
    if known >= MOST_STREAMS:
        return False
    streams = _foreign()
    try:
        next(container.demux(streams[known], streams[-1]), None)
    except ValueError as error:
        return str(known) not in str(error).split()
    return True


@cache
def _foreign() -> tuple[Stream, ...]:
    """Streams of each index, of no container that is ever read."""
    container = av.open(io.BytesIO(), "w", format="matroska")
    return tuple(container.add_stream("pcm_s16le", rate=8000) for _ in range(MOST_STREAMS + 1))
