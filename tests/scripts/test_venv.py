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


def install_for_tests(project: Path, python: str, **environ: str) -> tuple[int, list[str], str]:
    """The exit status, what pip was called with, and what was said; `python` is the interpreter's script."""
    path = project / ".venv" / "bin" / "python"
    path.write_text(f'#!/bin/sh\n{python}\necho "$@" >> {project}/calls\n')
    (project / "calls").unlink(missing_ok=True)
    script = f"set -euo pipefail; source {project}/scripts/_venv.sh; install_for_tests"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VPTZ_")}
    command = [BASH, "-c", script]
    done = subprocess.run(
        command, env={**clean, **environ}, check=False, capture_output=True, text=True, timeout=30
    )
    calls = project / "calls"
    return done.returncode, calls.read_text().splitlines() if calls.exists() else [], done.stderr


NO_TORCH = '[ "$1 $2" = "-c import torch" ] && exit 1; [ "$1" = -c ] && exit 0'


def test_a_newcomer_gets_no_torch(project: Path) -> None:
    status, calls, _ = install_for_tests(project, NO_TORCH)
    assert status == 0
    assert [call.split()[-1] for call in calls] == [f"{project}[dev,docs,ffmpeg]"]


def test_yolo_gets_its_torch_first(project: Path) -> None:
    status, calls, _ = install_for_tests(project, NO_TORCH, VPTZ_YOLO="1")
    assert status == 0
    planned, torch, ours, triton = calls
    assert "--dry-run" in planned
    assert torch.endswith("torch==2.13.0 torchvision==0.28.0")
    assert "--dry-run" not in torch
    assert ours.endswith(f"{project}[dev,docs,ffmpeg,yolo,exports]")
    assert triton.endswith("nvidia-pytriton==0.7.0")
    assert "--no-deps" in triton, "what it asks for would change what the project has"


def test_a_torch_that_is_there_is_left_as_it_is(project: Path) -> None:
    _, calls, _ = install_for_tests(project, '[ "$1" = -c ] && exit 0', VPTZ_YOLO="1")
    assert calls[0].endswith(f"{project}[dev,docs,ffmpeg,yolo,exports]")
    assert not [call for call in calls if "torch==" in call]


def test_gigabytes_of_cuda_are_not_installed_unasked(project: Path) -> None:
    report = 'case "$*" in *--dry-run*) echo \'"name": "nvidia-cublas-cu13"\';; esac'
    status, calls, said = install_for_tests(project, f"{NO_TORCH}\n{report}", VPTZ_YOLO="1")
    assert status != 0
    assert len(calls) == 1
    assert "--index-url https://download.pytorch.org/whl/cpu" in said


def test_a_failed_installation_is_tried_again(project: Path) -> None:
    python = project / ".venv" / "bin" / "python"
    good = python.read_text()
    python.write_text('#!/bin/sh\n[ "$1" = -c ]\n')
    with pytest.raises(subprocess.CalledProcessError):
        install(project, "dev")
    python.write_text(good)
    assert install(project, "dev") == [f"{project}[dev]"]
