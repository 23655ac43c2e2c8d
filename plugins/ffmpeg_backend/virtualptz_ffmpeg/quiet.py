"""Keeps one complaint, said every second for hours, from filling a log."""

import re
import time
from dataclasses import dataclass, field

AGAIN_SECONDS = 60.0
MOST_KINDS = 50
_NUMBERS = re.compile(r"0x[0-9a-f]+|\d+")


@dataclass
class Quiet:
    """Lets each kind of line through once a minute, lines alike but for their numbers being one kind.

    More than `MOST_KINDS` kinds within a minute are a flood: the rest of them wait for their turn.
    """

    _last: dict[str, float] = field(default_factory=dict)

    def lets_through(self, line: str) -> bool:
        now = time.monotonic()
        self._last = {kind: at for kind, at in self._last.items() if now - at < AGAIN_SECONDS}
        kind = _NUMBERS.sub("#", line)
        if kind in self._last or len(self._last) >= MOST_KINDS:
            return False
        self._last[kind] = now
        return True
