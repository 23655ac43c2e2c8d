"""Whether the agent could take one more job now, check by check."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from ..wire.health import Check, Word

CHECKS: tuple[Check, ...] = get_args(Check)


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
