"""What a child writes to its stderr, cut into lines; of a flood no more than can be read."""

import time
from collections.abc import Callable

from virtualptz.redact import mask

LONGEST_LINE = 500
LINES_A_SECOND = 50
"""More are only counted: to look at each of them would cost the encoder its time."""


class Messages:
    """Belongs to the thread that reads. `hear` gets each line, with nothing secret in it."""

    def __init__(self, hear: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._hear = hear
        self._clock = clock
        self._rest = b""
        self._second = clock()
        self._heard = 0
        self._left_out = 0
        self._last = b""
        """Of those left out: perhaps why it ended."""

    def take(self, piece: bytes) -> None:
        if self._clock() - self._second >= 1:
            self._account()
        if self._heard >= LINES_A_SECOND:
            self._leave_out(piece)
            return
        *lines, rest = (self._rest + piece).split(b"\n")
        self._rest = rest[:LONGEST_LINE]
        room = LINES_A_SECOND - self._heard
        for line in lines[:room]:
            self._say(line)
        if len(lines) > room:
            self._left_out += len(lines) - room
            self._last = lines[-1]

    def end(self) -> None:
        """There is no more: what was cut off is a line too."""
        self._account()
        self._say(self._rest)

    def _leave_out(self, piece: bytes) -> None:
        self._left_out += piece.count(b"\n")
        whole, end, rest = piece.rpartition(b"\n")
        if end:
            self._last = whole[whole.rfind(b"\n") + 1 :][:LONGEST_LINE]
            self._rest = rest[:LONGEST_LINE]

    def _account(self) -> None:
        left_out, last = self._left_out, self._last
        self._second, self._heard, self._left_out = self._clock(), 0, 0
        if left_out:
            self._hear(f"{left_out} messages left out")
            self._say(last)

    def _say(self, raw: bytes) -> None:
        line = mask(raw[:LONGEST_LINE].decode(errors="replace").strip())
        if line:
            self._heard += 1
            self._hear(line)
