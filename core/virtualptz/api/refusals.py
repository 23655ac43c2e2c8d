"""Who was turned away, counted and told: neither must let strangers fill a log or the memory."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from starlette.responses import Response

from ..wire.problems import Name
from .problems import problem

log = logging.getLogger(__name__)

Reason = Literal["no_key", "wrong_key", "stale_preview", "stranger"]
REASONS: tuple[Reason, ...] = get_args(Reason)
WARN_EVERY = 60.0
"""Seconds between two lines about refusals for the same reason."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that says no; `stranger`: no key is set, and the client is not on this machine."""

    reason: Reason
    problem: Name
    detail: str

    def answer(self) -> Response:
        headers = {"WWW-Authenticate": "Bearer"} if self.reason == "no_key" else None
        return problem(self.problem, self.detail, headers)


class Refusals:
    """Since the agent began."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: Counter[Reason] = Counter()
        self._told: dict[Reason, tuple[float, int]] = {}

    @property
    def counts(self) -> Mapping[Reason, int]:
        return {reason: self._counts[reason] for reason in REASONS}

    def note(self, refusal: Refusal, client: str) -> None:
        reason = refusal.reason
        self._counts[reason] += 1
        now, count = self._clock(), self._counts[reason]
        told_at, told = self._told.get(reason, (-WARN_EVERY, 0))
        if now - told_at < WARN_EVERY:
            return
        self._told[reason] = (now, count)
        more = f" ({count - told - 1} more since the last such line)" if count - told > 1 else ""
        log.warning("refused %s: %s%s", client, refusal.detail, more)
