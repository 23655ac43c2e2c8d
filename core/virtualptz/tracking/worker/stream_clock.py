"""A job's stream time, from now and then asking the agent and counting on in between."""

from collections import deque
from collections.abc import Callable
from time import monotonic

from ...client import RunnerError
from ...model import JobState
from ...wire.job import JobAnswer

POLL_SECONDS = 0.83
"""No multiple of the half second between two heartbeats, so that polls meet them at all ages."""
POLL_AFTER_FAILURE_SECONDS = 3.0
KEPT = 8
JUMP_SECONDS = 1.5

Ask = Callable[[], JobAnswer]


class StreamClock:
    """Seconds of the job's stream now. Until the agent has told, seconds since this clock was made.

    The agent's `pts` is that of its last heartbeat, so it is late by up to a heartbeat. Of the last polls
    the least late one is believed, as NTP's clock filter does (RFC 5905, section 10); a stream that
    stood still or began anew is seen by a jump and believed at once.
    """

    def __init__(self, ask: Ask, now: Callable[[], float] = monotonic) -> None:
        self._ask = ask
        self._now = now
        self._began = now()
        self._next_poll = self._began
        self._offsets: deque[float] = deque(maxlen=KEPT)
        self.state: JobState | None = None
        """The job's at the last poll that was answered."""

    @property
    def is_told(self) -> bool:
        """Whether it is the job's time that it gives."""
        return bool(self._offsets)

    def __call__(self) -> float:
        if self._now() >= self._next_poll:
            self._poll()
        return max(0.0, self._now() + (max(self._offsets) if self._offsets else -self._began))

    def _poll(self) -> None:
        asked = self._now()
        try:
            answer = self._ask()
        except RunnerError:
            # The push that follows meets the same trouble and reports it.
            self._next_poll = self._now() + POLL_AFTER_FAILURE_SECONDS
            return
        self._next_poll = self._now() + POLL_SECONDS
        self.state = answer.state
        if answer.pts is not None:
            self._learn(answer.pts - (asked + self._now()) / 2)

    def _learn(self, offset: float) -> None:
        if self._offsets and abs(offset - max(self._offsets)) > JUMP_SECONDS:
            self._offsets.clear()
        self._offsets.append(offset)
