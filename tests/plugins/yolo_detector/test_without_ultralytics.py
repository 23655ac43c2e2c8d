"""The plug-in on a machine that has everything but the extra."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from ...architecture import ROOT

EXTRA = ("ultralytics", "torch", "nvidia", "cuda")
SOURCES = ("core", "plugins/ffmpeg_backend", "plugins/motion_detector", "plugins/yolo_detector")


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of links to all that is installed, but for the extra."""
    folder = tmp_path_factory.mktemp("packages")
    for installed in Path(sysconfig.get_path("purelib")).iterdir():
        if not installed.name.startswith((*EXTRA, "_", "__")) and installed.suffix != ".pth":
            (folder / installed.name).symlink_to(installed)
    return folder


def virtualptz(packages: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    paths = [str(packages), *(str(ROOT / source) for source in SOURCES)]
    state = packages.parent / "state"
    return subprocess.run(
        [sys.executable, "-S", "-m", "virtualptz", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "RUNNER_STATE_DIR": str(state)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_is_a_line_that_says_what_to_install(packages: Path) -> None:
    done = virtualptz(packages, "plugins", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    [yolo] = [status for status in json.loads(done.stdout) if status["name"] == "yolo"]
    assert yolo["state"] == "failed"
    assert "Ultralytics is not installed" in yolo["reason"]
    assert "pip install 'virtualptz-runner-agent[yolo]'" in yolo["reason"]


def test_a_doctor_finds_nothing_wrong_with_that(packages: Path) -> None:
    lines = [line for line in virtualptz(packages, "doctor").stdout.splitlines() if "yolo" in line]
    assert len(lines) == 1
    assert lines[0].startswith("ok")
    assert "pip install 'virtualptz-runner-agent[yolo]'" in lines[0]


def test_a_worker_that_is_to_use_it_says_what_to_install(packages: Path) -> None:
    done = virtualptz(
        packages, "worker", "--runner-base-url", "http://127.0.0.1:9", "--job-id", "a", "--mode", "yolo"
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "pip install 'virtualptz-runner-agent[yolo]'" in done.stderr
