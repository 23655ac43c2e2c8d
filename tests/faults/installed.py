"""Versions of the agent, installed as an operator does, and one that runs by the link to them."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from ..architecture import ROOT
from ..e2e.agent import API_KEY, Agent
from ..e2e.processes import Peer, wait_for

SOURCES = ("core", "plugins", "pyproject.toml", "README.md", "LICENSE")
OURS = ("virtualptz", "_virtualptz", "__editable__", "pip", "setuptools")
SERVICE = """
while [ ! -e "$0/over" ]; do
    "$1/bin/virtualptz" serve --port "$2" &
    echo $! > "$0/pid"
    wait $!
done
"""
"""What a service manager does: the agent is started again whenever it ends."""
RESTART = 'was=$(cat {0}/pid); kill -TERM "$was"; until [ "$(cat {0}/pid)" != "$was" ]; do sleep 0.1; done'


def built(folder: Path, changes: Mapping[str, tuple[str, str]]) -> Path:
    """A wheel of the project with a text in a file of it replaced."""
    folder.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder)
    for name, (old, new) in changes.items():
        text = (folder / name).read_text()
        assert text.count(old) == 1, (name, old)
        (folder / name).write_text(text.replace(old, new))
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    return next((folder / "dist").iterdir())


def installed(version: Path, wheel: Path, before: str) -> None:
    """As deploy/upgrade leaves it, without pip in it: that takes long."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", version], check=True, timeout=60)
    pip = [sys.executable, "-m", "pip", "--python", str(version), "install", "--quiet", "--no-index"]
    subprocess.run([*pip, "--no-deps", "--no-compile", str(wheel)], check=True, timeout=60)
    (version / "upgraded-from").write_text(before)


def dependencies(folder: Path) -> Path:
    """A folder for PYTHONPATH with all that the tests' environment has, but for what is ours."""
    found = Path(sysconfig.get_path("purelib"))
    theirs = [path for path in found.iterdir() if not path.name.startswith(OURS) and path.suffix != ".pth"]
    folder.mkdir()
    for path in theirs:
        (folder / path.name).symlink_to(path)
    # cv2 looks for itself where its own modules really are.
    cv2 = folder / "cv2"
    cv2.unlink()
    cv2.mkdir()
    for path in (found / "cv2").iterdir():
        if path.suffix == ".py":
            shutil.copy(path, cv2)
        else:
            (cv2 / path.name).symlink_to(path)
    return folder


class Service(Agent):
    """An agent of whichever version the link is to, started again when it ends, as systemd does."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.home = folder / "opt" / "virtualptz"
        self.home.parent.mkdir(parents=True)
        found = {"PYTHONPATH": str(dependencies(folder / "dependencies")), "PIP_NO_INDEX": "1"}
        super().__init__(folder, {"RUNNER_KEEP_JOBS_ON_SHUTDOWN": "1", **found, **settings})

    def upgrade(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        place = ["--home", str(self.home), "--base-url", self.base_url]
        command = [sys.executable, str(ROOT / "deploy" / "upgrade"), *place]
        return subprocess.run(
            [*command, "--restart", RESTART.format(self.folder), *map(str, arguments)],
            env={**self._env, "RUNNER_API_KEY": API_KEY},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    def spawn(self) -> Peer:
        command = ["sh", "-c", SERVICE, str(self.folder), str(self.home), str(self.port)]
        self._peer = Peer(command, self.log, env=self._env)
        return self._peer

    @property
    def pid(self) -> int:
        return int((self.folder / "pid").read_text())

    @property
    def version(self) -> str:
        """Of the agent that answers."""
        lines = self.client.get("/metrics").text.splitlines()
        return next(line for line in lines if line.startswith("vptz_build_info{")).split('"')[1]

    def program_of(self, job_id: str) -> Path:
        """The version's folder that a job's process runs from."""
        pid = int((self.state_dir / "jobs" / job_id / "pid").read_text().split()[0])
        first = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
        return Path(os.fsdecode(first)).parent.parent

    def close(self) -> None:
        (self.folder / "over").touch()
        if self._peer is not None and self._peer.running:
            self.stop_all()
            wait_for("the end of all jobs", lambda: not self.job_processes())
            self.send(signal.SIGTERM)
            self._peer.process.wait(30)
        super().close()
