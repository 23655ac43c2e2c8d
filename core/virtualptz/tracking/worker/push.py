"""The push loop: updates from a source to the agent, whatever becomes of the agent meanwhile."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic

from ...backoff import Backoff
from ...client import RunnerClient, RunnerError
from ...model import TrackingUpdate
from .checked import BadUpdateError, checked

SLOWEST_SECONDS = 10.0
LEAST_PAUSE_SECONDS = 0.5
"""After a failure, where every update is pushed."""
EARLY = 0.5
"""Of the interval: an update that comes sooner after the last push than that is passed over."""
MOST_A_SECOND = 100
"""Pushes, whatever the interval: no camera is quicker, and the agent serves others too."""

Say = Callable[[str], None]
"""Prints one line."""


@dataclass
class Pusher:
    """Sends the newest update at most once an interval (0: each); after a failure, ever less often.

    What a source gives and cannot be is not sent: said now and then, and of no consequence for the next one.
    A refused push (the job ended, the key is wrong) and one that met nobody are the same to it: said,
    and tried again with a later update.
    """

    client: RunnerClient
    job_id: str
    interval: float
    say: Say
    quiet: bool = False
    """Says only what went wrong, and the first push after it."""
    complain: Say | None = None
    """For what went wrong, where that is said otherwise."""
    now: Callable[[], float] = monotonic
    pushed: int = 0
    refused: int = 0
    """Updates that cannot be."""
    _backoff: Backoff = field(init=False)
    _failing: bool = field(default=False, init=False)
    _not_before: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        first = self.interval or LEAST_PAUSE_SECONDS
        longest = max(self.interval, SLOWEST_SECONDS)
        self._backoff = Backoff(first, longest, least=first, clock=self.now)

    def run(self, updates: Iterable[TrackingUpdate]) -> None:
        """Until the updates end."""
        for update in updates:
            if self.now() >= self._not_before:
                self._push_checked(update)

    def push(self, update: TrackingUpdate) -> None:
        began = self.now()
        try:
            self.client.push_tracking(self.job_id, update)
        except RunnerError as error:
            self._failed(error)
        else:
            self._not_before = began + max(self.interval * EARLY, 1 / MOST_A_SECOND)
            again, self._failing = self._failing, False
            self._backoff.working()
            self.pushed += 1
            if again or not self.quiet:
                self.say(f"push {self.pushed}: {described(update)}")

    def _push_checked(self, update: TrackingUpdate) -> None:
        try:
            self.push(checked(update))
        except BadUpdateError as error:
            self.refused += 1
            if self.refused.bit_count() == 1:
                self._complain(f"{self.refused} updates that cannot be so far: {error}")

    def _failed(self, error: RunnerError) -> None:
        self._failing = True
        pause = self._backoff.failed(str(error))
        self._not_before = self.now() + pause
        self._complain(f"push failed: {error}; next try in {pause:.1f} s")

    def _complain(self, line: str) -> None:
        (self.complain or self.say)(line)


def described(update: TrackingUpdate) -> str:
    """One push on one line."""
    parts = [
        f"state={update.tracking_state}",
        f"confidence={update.tracking_confidence:.2f}",
        f"phase={update.play_phase or '-'}",
        f"mode={update.tracking_mode_hint or '-'}",
    ]
    if update.frame_pts is not None:
        parts.append(f"pts={update.frame_pts:.2f}")
    if update.target_x is not None and update.target_y is not None:
        parts.append(f"target=({update.target_x:.3f}, {update.target_y:.3f})")
    return " ".join([*parts, f"source={update.source}"])
