"""Sample data that lies beside the project where it is at hand."""

from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "shared" / "data"


def sample(relative: str) -> Path:
    """A file or folder such as `video/soccer_left_3072x1728_10s.mp4`; skips the test where it is absent."""
    path = SAMPLES / relative
    if not path.exists():
        pytest.skip(f"no sample data {relative} beside the project")
    return path
