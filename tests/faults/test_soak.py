"""The soak, for three minutes."""

import math
from pathlib import Path

import pytest

from .figures import Figures
from .soak.run import Soak, say_aloud

SECONDS = 180.0
BETWEEN_SECONDS = (8.0, 16.0)
"""Denser than in a long one, so that each fault comes once."""


@pytest.mark.fault(26)
@pytest.mark.long
@pytest.mark.timeout(600)
def test_three_minutes(tmp_path: Path, figures: Figures) -> None:
    outcome = Soak(SECONDS, between=BETWEEN_SECONDS, say=say_aloud).run(tmp_path)
    figures.add("memory slope after warm-up", outcome.steepest.slope.per_hour)
    figures.add("memory slope's standard error", outcome.steepest.slope.error)
    figures.add("memory's rise", max(growth.rise for growth in outcome.growths))
    if math.isfinite(outcome.drift_error):
        figures.add("drift", outcome.drift)
        figures.add("drift's standard error", outcome.drift_error)
    figures.add("sound off the picture", abs(1000 * outcome.offset))
    figures.add("unplanned restarts", outcome.unplanned)
    figures.add("still without a reason", outcome.unexplained)
    assert list(outcome.broken()) == [], outcome.table()
