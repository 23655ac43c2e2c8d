"""The look-ahead that was asked for, and as much of it as memory holds."""

from dataclasses import dataclass, field

from ..memory import MEGABYTE

SLACK_PICTURES = 8
"""Held beyond the look-ahead, by a source thread that is ahead of the render thread."""
LEAST_SECONDS = 0.2
"""A fallback that is shorter would be of no use to a policy, and is none."""


@dataclass
class Lookahead:
    """Re-evaluated for each size of picture. Not thread-safe: its owner has the lock."""

    asked: float
    """Seconds."""
    room: int
    """Bytes that all pictures may take."""
    _picture_bytes: int = field(default=0, init=False)
    _rate: float = field(default=0.0, init=False)

    def measure(self, picture_bytes: int, rate: float) -> None:
        """What is held from now on: pictures of that size, `rate` of them a second."""
        self._picture_bytes, self._rate = picture_bytes, rate

    @property
    def seconds(self) -> float:
        """That is in force; before anything was measured, all that was asked for."""
        if not self._picture_bytes:
            return self.asked
        fits = (self.room / self._picture_bytes - SLACK_PICTURES) / self._rate
        if fits >= self.asked:
            return self.asked
        return round(fits, 2) if fits >= LEAST_SECONDS else 0.0

    @property
    def problem(self) -> str | None:
        """Why less than what was asked for is in force; None where all of it is."""
        if self.seconds == self.asked:
            return None
        a_second = self._picture_bytes * self._rate / MEGABYTE
        return (
            f"a look-ahead of {self.seconds:g} s instead of the {self.asked:g} s asked for: its pictures "
            f"take {a_second:.0f} MB a second, and they may have {self.room / MEGABYTE:.0f} MB "
            "(RUNNER_LOOKAHEAD_MEMORY_MB, and a quarter of the memory that was available)"
        )
