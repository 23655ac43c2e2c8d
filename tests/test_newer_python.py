"""The agent under the newest Python of this machine, with what its installation brings there.

Some packages give each Python another version: what works here may not there.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .e2e import judge
from .e2e.agent import Agent
from .e2e.conftest import clips, short_mp4
from .test_packaging import wheel

__all__ = ["clips", "short_mp4", "wheel"]

PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"


def newer_pythons() -> Iterator[tuple[tuple[int, int], Path]]:
    """Those that run, each with its version."""
    folders = [Path(folder) for folder in os.environ["PATH"].split(os.pathsep)]
    for path in [
        *(found for each in folders for found in each.glob("python3.*")),
        *PYENV.glob("3.*/bin/python3.*"),
    ]:
        version = re.fullmatch(r"python3\.(\d+)", path.name)
        number = int(version[1]) if version else 0
        if number <= sys.version_info.minor:
            continue
        tried = subprocess.run([path, "-c", "import venv, ssl"], capture_output=True, check=False, timeout=60)
        if tried.returncode == 0:
            yield (3, number), path


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the agent installed."""
    newest = max(newer_pythons(), default=None)
    if newest is None:
        pytest.skip(f"no Python newer than 3.{sys.version_info.minor} is on this machine")
    folder = tmp_path_factory.mktemp("newer") / "venv"
    subprocess.run([newest[1], "-m", "venv", folder], check=True, timeout=120)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True, timeout=600)
    return python


@pytest.mark.timeout(900)
def test_a_job_from_start_to_stop(python: Path, short_mp4: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.mp4"
    agent = Agent(tmp_path, {"RUNNER_INGEST_OUTPUT_URI": str(program), "RUNNER_DETECTOR": "motion"})
    agent.python = str(python)
    agent.start()
    try:
        agent.wait_ended(agent.start_ingest(str(short_mp4)))
    finally:
        agent.close()
    judge.assert_steady(judge.decoded(program))
