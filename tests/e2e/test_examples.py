"""The examples, installed as anybody would, pass their own tests and do their work in an agent."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from ..architecture import ROOT
from .conftest import AgentFactory

EXAMPLES = ("ease", "image_folder")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PYTHONPATH in which all examples are installed."""
    into = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    options = ["--no-build-isolation", "--target", str(into)]
    folders = [str(ROOT / "examples" / name) for name in EXAMPLES]
    subprocess.run([*pip, *options, *folders], check=True, timeout=100)
    return into


def path_with(site: Path) -> str:
    return os.pathsep.join([str(site), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]).rstrip(
        os.pathsep
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_its_own_tests_pass(site: Path, tmp_path: Path, name: str) -> None:
    test = ROOT / "examples" / name / f"test_{name}.py"
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio"]
    done = subprocess.run(
        [*command, "-c", os.devnull, "--import-mode=importlib", "--rootdir", str(tmp_path), str(test)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path_with(site)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout


def test_a_policy_and_a_backend_of_others_do_the_work(
    site: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    for number in range(100):
        picture = np.full((180, 320, 3), (200, 30, 10), np.uint8)
        cv2.imwrite(str(tmp_path / f"{number:03}.png"), picture)
    settings = {
        "PYTHONPATH": path_with(site),
        "RUNNER_MEDIA_BACKEND": "image-folder",
        "RUNNER_SMOOTHING_POLICY": "ease",
        "RUNNER_PLUGIN_EASE_SECONDS": "0.2",
    }
    agent = start_agent(settings)
    found = {plugin["name"]: plugin for plugin in agent.client.get("/runner/plugins").json()["plugins"]}
    assert [found[name]["state"] for name in EXAMPLES] == ["loaded"] * 2
    job_id = agent.start_ingest(str(tmp_path / "000.png"))
    with agent.client.stream("GET", f"/runner/job/frames/{job_id}", params={"width": 320}) as frames:
        body = b""
        for piece in frames.iter_raw():
            body += piece
            if b"\xff\xd9" in body:
                break
    jpeg = body[body.index(b"\xff\xd8") : body.index(b"\xff\xd9") + 2]
    shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert np.abs(shown.mean(axis=(0, 1)) - (200, 30, 10)).max() < 6
    ended = agent.wait_ended(job_id)
    assert (ended["state"], ended["last_error"], ended["policy"]) == ("stopped", None, "ease")
