"""MPEG-TS taken apart and put together again: pieces joined, with the time stamps that one likes."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

PACKET = 188
CLOCK = 90_000
WRAP = 1 << 33
"""Ticks after which MPEG-TS time stamps begin at 0 again: 26.5 hours."""
VIDEO_PID, AUDIO_PID = 0x100, 0x101
"""As FFmpeg's muxer numbers them."""

Timed = Iterator[tuple[float, bytes]]
"""Seconds after the beginning at which a packet is to be sent, and the packet."""
Shift = Callable[[int, float], float]
"""Of a PID and the second at which its packet is sent: by how many seconds its time stamps are moved."""


def joined(pieces: Iterable[tuple[Path, float]], shift: Shift = lambda _pid, _at: 0.0) -> Timed:
    """The packets of files that are each so many seconds long, as one stream that goes on from one to the
    next without a seam (but for what `shift` says). Made as it is asked for."""
    counters: dict[int, int] = {}
    begins = 0.0
    for path, seconds in pieces:
        first: int | None = None
        at = begins
        stream = path.read_bytes()
        origin = _first_picture(stream)
        for packet in _packets(stream):
            clock = _clock_of(packet)
            if clock is not None:
                first = clock if first is None else first
                at = begins + (clock - first) / CLOCK
            pid = _pid_of(packet)
            if packet[3] & 0x10:
                counters[pid] = (counters.get(pid, -1) + 1) % 16
            packet[3] = packet[3] & 0xF0 | counters.get(pid, 0)
            yield at, _moved(packet, round((begins + shift(pid, at)) * CLOCK) - origin)
        begins += seconds


def _packets(stream: bytes) -> Iterator[bytearray]:
    for start in range(0, len(stream) - PACKET + 1, PACKET):
        yield bytearray(stream[start : start + PACKET])


def _first_picture(stream: bytes) -> int:
    """Its time stamp."""
    return next(
        _stamp(packet[at + 9 : at + 14])
        for packet in _packets(stream)
        if _pid_of(packet) == VIDEO_PID and (at := _pes_at(packet)) is not None
    )


def _pes_at(packet: bytearray) -> int | None:
    """Where the head of a picture or piece of sound with time stamps begins in the packet, if one does."""
    at = 5 + packet[4] if packet[3] & 0x20 else 4
    begins = packet[1] & 0x40 and packet[at : at + 3] == b"\0\0\1"
    return at if begins and packet[at + 6] & 0xC0 == 0x80 and packet[at + 7] & 0x80 else None


def _pid_of(packet: bytearray) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def _clock_of(packet: bytearray) -> int | None:
    """The PCR in ticks of 90 kHz; None where the packet has none."""
    if not packet[3] & 0x20 or packet[4] < 7 or not packet[5] & 0x10:
        return None
    return int.from_bytes(packet[6:10], "big") << 1 | packet[10] >> 7


def _moved(packet: bytearray, ticks: int) -> bytes:
    """With every time stamp in it (PCR, PTS, DTS) so many ticks later."""
    clock = _clock_of(packet)
    if clock is not None:
        later = (clock + ticks) % WRAP
        packet[6:10] = (later >> 1).to_bytes(4, "big")
        packet[10] = packet[10] & 0x7F | (later & 1) << 7
    at = _pes_at(packet)
    if at is not None:
        for start in (at + 9, at + 14)[: (packet[at + 7] >> 6) - 1]:  # a PTS, and mostly a DTS behind it
            packet[start : start + 5] = _stamp_moved(packet[start : start + 5], ticks)
    return bytes(packet)


def _stamp(coded: bytearray) -> int:
    high = (coded[0] >> 1 & 7) << 30
    return high | coded[1] << 22 | coded[2] >> 1 << 15 | coded[3] << 7 | coded[4] >> 1


def _stamp_moved(old: bytearray, ticks: int) -> bytes:
    new = (_stamp(old) + ticks) % WRAP
    high = old[0] & 0xF1 | new >> 30 << 1
    return bytes([high, new >> 22 & 255, new >> 14 & 254 | 1, new >> 7 & 255, new << 1 & 254 | 1])
