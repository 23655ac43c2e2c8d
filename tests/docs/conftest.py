"""What the pages' commands are given to work on."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def match(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn match, small, of 15 s; beside it match.jsonl, what is really to be seen."""
    clip = tmp_path_factory.mktemp("match") / "match.mp4"
    draw = [sys.executable, "-m", "virtualptz", "court", "--seconds", "15", "--size", "320x180"]
    truth = clip.with_suffix(".jsonl")
    subprocess.run([*draw, "--output", str(clip), "--truth", str(truth)], check=True, timeout=100)
    return clip
