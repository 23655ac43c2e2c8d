"""Pictures and sound with their stream time, on their way to the program."""

from dataclasses import dataclass

from ...protocols import AudioPacket, Picture


@dataclass(frozen=True, slots=True)
class TimedPicture:
    item: Picture
    time: float
    """Seconds of stream time."""


@dataclass(frozen=True, slots=True)
class TimedSound:
    item: AudioPacket
    time: float


TimedItem = TimedPicture | TimedSound


@dataclass(frozen=True, slots=True)
class Due:
    """What is to leave now."""

    timed: TimedItem
    at: float
    """Seconds of program time: stream time, moved where the look-ahead was changed."""
