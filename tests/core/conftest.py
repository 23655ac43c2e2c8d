"""What tests of the core share."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting but the defaults, a state folder of its own, and `tmp_path` as the working directory."""
    for name in [name for name in os.environ if name.startswith(("RUNNER_", "PREVIEW_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RUNNER_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setenv("RUNNER_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
