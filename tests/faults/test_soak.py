"""The soak for three minutes: its bounds alone; the figures are those of `scripts/soak --write`."""

from pathlib import Path

import pytest

from .soak.run import Soak, say_aloud

SECONDS = 180.0
BETWEEN_SECONDS = (8.0, 16.0)
"""Denser than in a long one, so that each fault comes once."""


@pytest.mark.fault(26)
@pytest.mark.long
@pytest.mark.timeout(600)
def test_three_minutes(tmp_path: Path) -> None:
    outcome = Soak(SECONDS, between=BETWEEN_SECONDS, say=say_aloud).run(tmp_path)
    assert list(outcome.broken()) == [], outcome.table()
