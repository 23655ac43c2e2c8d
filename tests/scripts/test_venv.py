"""How the scripts set up their virtual environment, seen by an interpreter that only keeps notes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from scripts._demo.options import ROOT

BASH = shutil.which("bash") or "bash"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "_venv.sh", tmp_path / "scripts")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\n[ "$1" = -c ] || echo "$@" >> {tmp_path}/calls\n')
    python.chmod(0o755)
    return tmp_path


def install(project: Path, *extras: str) -> list[str]:
    """Call `install` for each; what pip was told to install."""
    (project / "calls").unlink(missing_ok=True)
    script = f'set -euo pipefail; source {project}/scripts/_venv.sh; for e in "$@"; do install "$e"; done'
    environ = {name: value for name, value in os.environ.items() if name not in ("VPTZ_VENV", "PYTHON")}
    command = [BASH, "-c", script, "test", *extras]
    subprocess.run(command, env=environ, check=True, capture_output=True, timeout=30)
    calls = project / "calls"
    return [line.split()[-1] for line in calls.read_text().splitlines()] if calls.exists() else []


def test_it_installs_once(project: Path) -> None:
    assert install(project, "dev,ffmpeg") == [f"{project}[dev,ffmpeg]"]
    assert install(project, "dev,ffmpeg") == []


def test_what_an_earlier_installation_had_is_not_installed_again(project: Path) -> None:
    install(project, "dev,ffmpeg")
    assert install(project, "", "ffmpeg", "dev") == []


def test_what_it_had_not_is_installed(project: Path) -> None:
    assert install(project, "", "ffmpeg") == [str(project), f"{project}[ffmpeg]"]
    assert install(project, "dev,ffmpeg") == [f"{project}[dev,ffmpeg]"]


def test_a_change_of_the_project_installs_anew(project: Path) -> None:
    install(project, "dev,ffmpeg")
    (project / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    assert install(project, "dev,ffmpeg") == [f"{project}[dev,ffmpeg]"]


def test_a_failed_installation_is_tried_again(project: Path) -> None:
    python = project / ".venv" / "bin" / "python"
    good = python.read_text()
    python.write_text('#!/bin/sh\n[ "$1" = -c ]\n')
    with pytest.raises(subprocess.CalledProcessError):
        install(project, "dev")
    python.write_text(good)
    assert install(project, "dev") == [f"{project}[dev]"]
