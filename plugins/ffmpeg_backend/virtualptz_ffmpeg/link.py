"""How it stands with the place where the program goes, and when it is tried again."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from virtualptz.backoff import Backoff
from virtualptz.model import PublishReport

AWAY_LONGEST_SECONDS = 0.5
"""A server that is back is to be on air at once, and a knock at a closed port costs nothing."""
REFUSED_SECONDS = 12.0
"""The least between two tries where we are not wanted: at most six in a minute, whatever came before."""
REFUSED_LONGEST_SECONDS = 30.0
SECOND_CHANCE_SECONDS = 2.0
"""After the first refusal: a server may not have noticed yet that our last connection is gone."""
SOON_SECONDS = 5.0
"""Some servers take every publish and close those that they do not want right afterwards. What has stood for
longer is tried again at once, whatever ended it."""
SOON_ENDS = 2
"""So many of them in a row are a refusal."""


@dataclass
class Link:
    """Told by the publisher's thread; any thread may ask for the report."""

    clock: Callable[[], float] = time.monotonic
    away: Backoff = field(default_factory=lambda: Backoff(longest=AWAY_LONGEST_SECONDS))
    refused: Backoff = field(
        default_factory=lambda: Backoff(
            first=REFUSED_SECONDS, longest=REFUSED_LONGEST_SECONDS, least=REFUSED_SECONDS
        )
    )
    connections: int = field(default=0, init=False)
    _report: PublishReport = field(default_factory=PublishReport, init=False)
    _next_at: float | None = field(default=None, init=False)
    _connected_at: float | None = field(default=None, init=False)
    _soon: int = field(default=0, init=False)
    _refusals: int = field(default=0, init=False)
    """In a row."""

    def connected(self) -> None:
        self.connections += 1
        self._connected_at = self.clock()
        self.away.working()
        self.refused.working()
        self._next_at, self._refusals = None, 0
        self._report = PublishReport(state="publishing", reconnects=self.connections - 1)

    def lost(self, reason: str, *, refused: bool = False) -> float:
        """It failed, or ended without being asked to; seconds to wait before the next try."""
        stood = self._stood()
        fleeting = self._is_fleeting(stood)
        delay = self._delay_after(reason, refused=refused, fleeting=fleeting)
        if not refused and stood is not None and stood >= SOON_SECONDS:
            delay = 0.0
        self._next_at = self.clock() + delay
        self._report = PublishReport(
            state="rejected" if refused or fleeting else "retrying",
            reason=reason,
            attempts=self._report.attempts + 1,
            reconnects=self._report.reconnects,
        )
        return delay

    def trying(self) -> None:
        self._next_at = None

    @property
    def report(self) -> PublishReport:
        next_at = self._next_at
        if next_at is None:
            return self._report
        return self._report.model_copy(update={"next_attempt_in": max(0.0, next_at - self.clock())})

    def _delay_after(self, reason: str, *, refused: bool, fleeting: bool) -> float:
        if not refused and not fleeting:
            return self.away.failed(reason)
        self._refusals += 1
        if self._refusals == 1 and not fleeting:
            return SECOND_CHANCE_SECONDS
        return self.refused.failed(reason)

    def _stood(self) -> float | None:
        """Seconds that the connection held which is lost now; None where there was none."""
        began, self._connected_at = self._connected_at, None
        return None if began is None else self.clock() - began

    def _is_fleeting(self, stood: float | None) -> bool:
        """Whether a connection has ended so soon after it began, as the one before it did."""
        if stood is None:
            return False
        self._soon = self._soon + 1 if stood < SOON_SECONDS else 0
        return self._soon >= SOON_ENDS
