"""A real agent, as a service manager sees it."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..e2e.agent import Agent
from ..e2e.conftest import AgentFactory
from ..e2e.processes import wait_for
from .program import now

PATIENCE = 1.5


class Manager:
    """Hears what the agent tells, as systemd would."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(place))
        self._heard: list[str] = []

    def wait(self, word: str, timeout: float = 60.0) -> list[str]:
        """All words up to this one, which is taken with them."""
        deadline = now() + timeout
        while word not in self._heard:
            self._socket.settimeout(max(0.01, deadline - now()))
            self._heard += self._socket.recv(4096).decode().splitlines()
        end = self._heard.index(word) + 1
        words, self._heard = self._heard[:end], self._heard[end:]
        return words

    def silent(self, seconds: float) -> bool:
        """Whether nothing comes for so long. What came before is forgotten."""
        self._socket.setblocking(False)
        try:
            while True:
                self._socket.recv(4096)
        except BlockingIOError:
            self._socket.settimeout(seconds)
        try:
            self._socket.recv(4096)
        except TimeoutError:
            return True
        return False

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.close()


@pytest.fixture
def agent(start_agent: AgentFactory, manager: Manager) -> Agent:
    watchdog = f"{PATIENCE * 1e6:.0f}"
    return start_agent({"NOTIFY_SOCKET": str(manager.place), "WATCHDOG_USEC": watchdog})


def test_ready_alive_reloading_stopping(agent: Agent, manager: Manager) -> None:
    manager.wait("READY=1")
    for _ in range(3):
        manager.wait("WATCHDOG=1", 3 * PATIENCE)
    agent.send(signal.SIGHUP)
    manager.wait("RELOADING=1")
    words = manager.wait("READY=1")
    assert any(word.startswith("MONOTONIC_USEC=") for word in words), words
    (agent.folder / "runner.toml").write_text("max_jobs = 0\n")
    agent.send(signal.SIGHUP)
    manager.wait("RELOADING=1")
    manager.wait("READY=1")
    manager.wait("STATUS=the settings stay as they were, since the new ones cannot be used")
    agent.send(signal.SIGTERM)
    manager.wait("STOPPING=1")
    assert agent.wait_end() == 0


def test_an_agent_that_stands_still_is_missed(agent: Agent, manager: Manager) -> None:
    manager.wait("WATCHDOG=1")
    agent.send(signal.SIGSTOP)
    try:
        wait_for("a stop", lambda: "T" in Path(f"/proc/{agent.pid}/stat").read_text().rpartition(")")[2][:3])
        assert manager.silent(PATIENCE)
    finally:
        agent.send(signal.SIGCONT)
    manager.wait("WATCHDOG=1")


def test_no_other_process_speaks_for_it(agent: Agent) -> None:
    for process in agent.family():
        if process.pid != agent.pid:
            assert "NOTIFY_SOCKET" not in process.environ(), process
