"""The examples, and what `virtualptz plugins new` writes, installed as anybody's would be."""

import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest

from virtualptz.scaffold import Kind, write_plugin

from ..architecture import ROOT
from .conftest import AgentFactory

EXAMPLES = ("ease", "image_folder")
KINDS: tuple[Kind, ...] = get_args(Kind)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a new plug-in of each kind, which is its name."""
    into = tmp_path_factory.mktemp("written")
    for kind in KINDS:
        write_plugin(f"my-{kind}", kind, into)
    return into


@pytest.fixture(scope="module")
def site(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PYTHONPATH in which all of them are installed."""
    into = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    options = ["--no-build-isolation", "--target", str(into)]
    folders = [*(str(ROOT / "examples" / name) for name in EXAMPLES), *map(str, written.iterdir())]
    subprocess.run([*pip, *options, *folders], check=True, timeout=100)
    return into


def path_with(site: Path) -> str:
    return os.pathsep.join([str(site), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]).rstrip(
        os.pathsep
    )


def run_tests(test: Path, site: Path, folder: Path) -> None:
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio"]
    done = subprocess.run(
        [*command, "-c", os.devnull, "--import-mode=importlib", "--rootdir", str(folder), str(test)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path_with(site)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_passes_its_own_tests(site: Path, tmp_path: Path, name: str) -> None:
    run_tests(ROOT / "examples" / name / f"test_{name}.py", site, tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_plugin_passes_its_contract_at_once(
    site: Path, written: Path, tmp_path: Path, kind: Kind
) -> None:
    run_tests(written / f"vptz-my-{kind}" / f"test_vptz_my_{kind}.py", site, tmp_path)


def test_new_plugins_are_typed(written: Path, tmp_path: Path) -> None:
    files = [str(file) for file in sorted(written.glob("*/*.py"))]
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull]
    done = subprocess.run(
        [*mypy, "--cache-dir", str(tmp_path), *files],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": os.pathsep.join(map(str, written.iterdir()))},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


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
    for name in (*EXAMPLES, *(f"my-{kind}" for kind in KINDS)):
        assert (found[name]["state"], found[name]["reason"]) == ("loaded", None), name
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
