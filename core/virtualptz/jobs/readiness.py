"""Whether the agent could take one more job now, check by check."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Check = Literal["agent", "disk", "jobs", "media", "memory", "store"]
CHECKS: tuple[Check, ...] = get_args(Check)
Word = Literal["ok", "stopping", "full", "read_only", "gone", "hangs", "broken", "low", "failing"]
"""What may be told to anybody: no path, no number, no name."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """A check that is not named is `ok`."""

    troubles: Mapping[Check, Word]

    @property
    def ready(self) -> bool:
        return not self.troubles

    @property
    def words(self) -> dict[Check, Word]:
        return {check: self.troubles.get(check, "ok") for check in CHECKS}
