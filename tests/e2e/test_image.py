"""The agent as its container runs it: no root, no capability, nothing to write to but what is in memory."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from ..architecture import ROOT
from ..image import environment, last
from ..media.watch import Viewer
from .agent import Agent
from .processes import Peer, missing, program
from .servers import Nginx

USER = "9001"


def contained(clips: Path) -> list[str]:
    """The machine as it is, but read-only, and with an empty /tmp, where the clips are."""
    bwrap = program("bwrap")
    namespaces = ["--unshare-user", "--unshare-pid", "--unshare-ipc", "--uid", USER, "--gid", USER]
    places = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]  # noqa: S108
    for needed in (ROOT, Path(sys.prefix)):
        places += ["--ro-bind", str(needed), str(needed)]
    words = [bwrap, *namespaces, *places, "--ro-bind", str(clips), "/tmp/clips", "--chdir", "/"]  # noqa: S108
    if subprocess.run([*words, "true"], check=False, capture_output=True, timeout=20).returncode:
        missing("a bubblewrap that may make namespaces")
    return words


class Contained(Agent):
    def __init__(self, folder: Path, settings: Mapping[str, str], prefix: list[str]) -> None:
        super().__init__(folder, settings)
        self._prefix = prefix

    def spawn(self) -> Peer:
        assert last("ENTRYPOINT").words == ["tini", "--", "virtualptz"]
        given = {"--host": "127.0.0.1", "--port": str(self.port)}
        words = last("CMD").words
        told = [given.get(before, word) for before, word in zip(["", *words], words, strict=False)]
        command = [*self._prefix, sys.executable, "-P", "-m", "virtualptz", *told]
        self._peer = Peer(command, self.log, env=self._env)
        return self._peer

    def inside(self) -> psutil.Process:
        below = psutil.Process(self.pid).children(recursive=True)
        return next(each for each in below if "serve" in each.cmdline() and "bwrap" not in each.name())

    def send(self, number: signal.Signals) -> None:
        """To the agent, as the container's first process hands it on."""
        self.inside().send_signal(number)


@pytest.fixture
def agent(tmp_path: Path, clips: Path, nginx: Nginx) -> Iterator[Contained]:
    theirs = {name: value for name, value in environment().items() if name != "PATH"}
    theirs["RUNNER_STATE_DIR"] = "/tmp/virtualptz/state"  # noqa: S108
    settings = theirs | {"RUNNER_INGEST_OUTPUT_URI": nginx.url(tmp_path.name)}
    (tmp_path / "agent").mkdir()
    agent = Contained(tmp_path / "agent", settings, contained(clips))
    agent.start()
    yield agent
    agent.close()


def test_an_ingest_runs(agent: Contained, nginx: Nginx, tmp_path: Path, clips: Path) -> None:
    status = Path(f"/proc/{agent.inside().pid}/status").read_text()
    assert "CapEff:\t0000000000000000" in status
    job_id = agent.start_ingest("/tmp/clips/loop.mp4")  # noqa: S108
    nginx.wait_published(tmp_path.name)
    viewer = Viewer(nginx.url(tmp_path.name))
    viewer.wait_frames(25)
    assert viewer.close().counts
    assert agent.wait_streaming(job_id)["restart_count"] == 0
    agent.stop_ingest(job_id)
    assert agent.terminate() == 0


def test_the_health_check(agent: Contained) -> None:
    name, _, command = last("HEALTHCHECK").rest.partition(" CMD ")
    assert name
    words = [word.replace(":9001/", f":{agent.port}/") for word in json.loads(command)]
    assert words[0] == "python"
    check = [sys.executable, *words[1:]]
    assert subprocess.run(check, check=False, timeout=20).returncode == 0
    assert agent.terminate() == 0
    done = subprocess.run(check, check=False, capture_output=True, timeout=20)
    assert done.returncode == 1
